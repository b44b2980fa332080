// Plain C: four values at a time in whatever the compiler makes of them.
#define WIDTH 4
#define NAME portable
#define PANEL 16
#define ROWS 4
#define FMA(a, b, c) ((a) * (b) + (c))
#include "variants/kernels.h"
