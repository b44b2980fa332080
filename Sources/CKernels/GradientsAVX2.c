#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDTH 8
#define NAME avx2
#define OUTER_ROWS 4
#define OUTER_GROUPS 1
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#include "variants/gradients.h"
#pragma clang attribute pop
#endif
