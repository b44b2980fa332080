// The kernels, written once over a vector of WIDTH floats and compiled once per instruction set. The including file defines
// WIDTH, NAME, PANEL (columns of a packed panel), ROWS (rows of the product kernel) and FMA.
#include "../include/ck_kernels.h"

#include <string.h>

#define JOIN2(a, b) ck_##a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define KERNEL(f) JOIN(NAME, f)
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(WIDTH)));
typedef int32_t vi __attribute__((ext_vector_type(WIDTH)));
typedef float vfu __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf v) { *(vfu *)p = v; }

INLINE vf load_some(const float *p, int32_t n) {
  if (n >= WIDTH) return load(p);
  float t[WIDTH] = {0};
  for (int32_t i = 0; i < n; i++) t[i] = p[i];
  return load(t);
}

INLINE void store_some(float *p, vf v, int32_t n) {
  if (n >= WIDTH) {
    store(p, v);
    return;
  }
  float t[WIDTH];
  store(t, v);
  for (int32_t i = 0; i < n; i++) p[i] = t[i];
}

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
