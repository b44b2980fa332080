// The kernels, written once over the vectors of vectors.h and compiled once per instruction set. The including file defines
// WIDTH, NAME, PANEL (columns of a packed panel), ROWS (rows of the product kernel) and FMA.
#include "../include/ck_kernels.h"

#include <string.h>

#include "vectors.h"

#include "mish.h"
#include "epilogue.h"
#include "product.h"
#include "winograd.h"

static double KERNEL(peak)(int64_t rounds, float *sink) {
  vf a[12], x = (vf)(0.999f), y = (vf)(0.001f);
  for (int i = 0; i < 12; i++) a[i] = (vf)(0.5f + 0.01f * (float)i);
  for (int64_t r = 0; r < rounds; r++) {
#pragma unroll
    for (int i = 0; i < 12; i++) a[i] = FMA(a[i], x, y);
  }
  vf s = a[0];
  for (int i = 1; i < 12; i++) s += a[i];
  store_some(sink, s, 1);
  return (double)rounds * 12 * WIDTH * 2;
}

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
#define TABLE2(n) ck_##n##_kernels
#define TABLE(n) TABLE2(n)
extern const ck_kernels TABLE(NAME);
const ck_kernels TABLE(NAME) = {
    .name = TEXT(NAME),
    .panel_width = PANEL,
    .product_rows = ROWS,
    .product = KERNEL(product),
    .winograd_input = KERNEL(winograd_input),
    .winograd_output = KERNEL(winograd_output),
    .finish_pixels = KERNEL(finish_pixels),
    .mish = KERNEL(mish_values),
    .peak = KERNEL(peak),
};
