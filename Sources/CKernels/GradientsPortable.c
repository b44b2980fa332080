// Plain C: four values at a time in whatever the compiler makes of them.
#define WIDTH 4
#define NAME portable
#define OUTER_ROWS 2
#define OUTER_GROUPS 1
#define FMA(a, b, c) ((a) * (b) + (c))
#include "variants/gradients.h"
