#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define WIDTH 16
#define NAME avx512
#define OUTER_ROWS 8
#define OUTER_GROUPS 2
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#include "variants/gradients.h"
#pragma clang attribute pop
#endif
