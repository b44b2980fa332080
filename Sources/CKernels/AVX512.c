#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define WIDTH 16
#define NAME avx512
#define PANEL 32
#define ROWS 14
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#include "variants/kernels.h"
#pragma clang attribute pop
#endif
