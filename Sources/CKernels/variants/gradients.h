// The kernels of backward passes, written once over a vector of WIDTH floats. The including file defines WIDTH, NAME, FMA, and OUTER_ROWS and
// OUTER_GROUPS: the rows and the groups of 16 columns whose sums one outer product keeps in registers.
#include "../include/ck_gradients.h"

#include <math.h>
#include <string.h>

#include "vectors.h"
#include "mish.h"

/// A y: four values to six.
INLINE void spread(const vf y[4], vf m[6]) {
  vf even = y[0] + y[2], odd = y[1] + y[3];
  vf wide = FMA(y[2], (vf)(4.0f), y[0]), tall = FMA(y[3], (vf)(8.0f), y[1] * (vf)(2.0f));
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = wide + tall;
  m[4] = wide - tall;
  m[5] = y[3];
}

/// B v: six values to six.
INLINE void gather_back(const vf v[6], vf d[6]) {
  vf four = (vf)(4.0f), minus5 = (vf)(-5.0f), two = (vf)(2.0f);
  vf s = v[1] + v[2], m = v[1] - v[2], t = v[3] + v[4], e = v[3] - v[4];
  d[0] = v[0] * four;
  d[1] = FMA(v[5], four, FMA(m, -four, e * -two));
  d[2] = FMA(v[0], minus5, FMA(s, -four, -t));
  d[3] = FMA(v[5], minus5, FMA(e, two, m));
  d[4] = v[0] + s + t;
  d[5] = v[5];
}

/// Gᵀ u: six values to three.
INLINE void gather_kernel(const vf u[6], vf g[3]) {
  vf s = (u[1] + u[2]) * (vf)(1.0f / 6), m = (u[2] - u[1]) * (vf)(1.0f / 6);
  vf t = u[3] + u[4], e = u[3] - u[4];
  g[0] = FMA(u[0], (vf)(0.25f), FMA(t, (vf)(1.0f / 24), -s));
  g[1] = FMA(e, (vf)(1.0f / 12), m);
  g[2] = FMA(t, (vf)(1.0f / 6), u[5] - s);
}

static void KERNEL(gradient_winograd_output)(const float *const pixels[16], int32_t channels, float *out, ptrdiff_t plane,
                                             ptrdiff_t group_stride) {
  for (int32_t c = 0; c < ((channels + 15) & ~15); c += WIDTH) {
    float *o = out + (c >> 4) * group_stride + (c & 15);
    int32_t n = channels - c < WIDTH ? (channels > c ? channels - c : 0) : WIDTH;
    vf t[6][4];
#pragma unroll
    for (int x = 0; x < 4; x++) {
      vf y[4], m[6];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const float *p = pixels[i * 4 + x];
        y[i] = p ? (n == WIDTH ? load(p + c) : load_some(p + c, n)) : (vf)(0.0f);
      }
      spread(y, m);
#pragma unroll
      for (int i = 0; i < 6; i++) t[i][x] = m[i];
    }
#pragma unroll
    for (int i = 0; i < 6; i++) {
      vf m[6];
      spread(t[i], m);
#pragma unroll
      for (int x = 0; x < 6; x++) store(o + (i * 6 + x) * plane, m[x]);
    }
  }
}

static void KERNEL(gradient_winograd_input)(const float *planes, ptrdiff_t plane, float *const pixels[36], int32_t channels) {
  for (int32_t c = 0; c < channels; c += WIDTH) {
    int32_t n = channels - c < WIDTH ? channels - c : WIDTH;
    vf t[6][6];
#pragma unroll
    for (int x = 0; x < 6; x++) {
      vf v[6], d[6];
#pragma unroll
      for (int y = 0; y < 6; y++) v[y] = load(planes + (y * 6 + x) * plane + c);
      gather_back(v, d);
#pragma unroll
      for (int y = 0; y < 6; y++) t[y][x] = d[y];
    }
#pragma unroll
    for (int y = 0; y < 6; y++) {
      vf d[6];
      gather_back(t[y], d);
#pragma unroll
      for (int x = 0; x < 6; x++) {
        float *p = pixels[y * 6 + x];
        if (!p) continue;
        if (n == WIDTH)
          store(p + c, load(p + c) + d[x]);
        else
          store_some(p + c, load_some(p + c, n) + d[x], n);
      }
    }
  }
}

static void KERNEL(gradient_winograd_kernel)(const float *planes, ptrdiff_t plane, int32_t parts, ptrdiff_t part, int32_t channels,
                                             float *taps) {
  for (int32_t c = 0; c < channels; c += WIDTH) {
    vf t[3][6];
    for (int x = 0; x < 6; x++) {
      vf u[6], g[3];
      for (int y = 0; y < 6; y++) {
        const float *from = planes + (y * 6 + x) * plane + c;
        u[y] = load(from);
        for (int32_t k = 1; k < parts; k++) u[y] += load(from + k * part);
      }
      gather_kernel(u, g);
      for (int y = 0; y < 3; y++) t[y][x] = g[y];
    }
    for (int y = 0; y < 3; y++) {
      vf g[3];
      gather_kernel(t[y], g);
      for (int x = 0; x < 3; x++) store(taps + (y * 3 + x) * 16 + c, g[x]);
    }
  }
}

/// G g: three taps to six values.
INLINE void spread_kernel(const vf g[3], vf u[6]) {
  vf even = g[0] + g[2], wide = FMA(g[2], (vf)(4.0f), g[0]), twice = g[1] + g[1];
  u[0] = g[0] * (vf)(0.25f);
  u[1] = (even + g[1]) * (vf)(-1.0f / 6);
  u[2] = (even - g[1]) * (vf)(-1.0f / 6);
  u[3] = (wide + twice) * (vf)(1.0f / 24);
  u[4] = (wide - twice) * (vf)(1.0f / 24);
  u[5] = g[2];
}

static void KERNEL(gradient_winograd_pack)(const float *weight, ptrdiff_t stride, int32_t outputs, int32_t kernel,
                                           const int32_t *down, const int32_t *across, float *out, ptrdiff_t plane) {
  float taps[9][16] = {{0}};
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      if (down[a] < 0 || across[b] < 0) continue;
      const float *w = weight + down[a] * kernel + across[b];
      for (int32_t n = 0; n < outputs; n++) taps[a * 3 + b][n] = w[n * stride];
    }
  for (int c = 0; c < 16; c += WIDTH) {
    vf t[6][3];
    for (int b = 0; b < 3; b++) {
      vf g[3] = {load(taps[b] + c), load(taps[3 + b] + c), load(taps[6 + b] + c)}, u[6];
      spread_kernel(g, u);
      for (int i = 0; i < 6; i++) t[i][b] = u[i];
    }
    for (int i = 0; i < 6; i++) {
      vf u[6];
      spread_kernel(t[i], u);
      for (int j = 0; j < 6; j++) store(out + (i * 6 + j) * plane + c, u[j]);
    }
  }
}

enum { GROUP_VECTORS = 16 / WIDTH };

INLINE void outer_tile(const ck_outer_product *p, int32_t row, int32_t column, const int groups) {
  const float *a = p->a + (row >> 4) * p->a_group + (row & 15), *b = p->b + (column >> 4) * p->b_group;
  float *c = p->c + row * p->ldc + column;
  vf sum[OUTER_ROWS][OUTER_GROUPS * GROUP_VECTORS];
#pragma unroll
  for (int r = 0; r < OUTER_ROWS; r++)
#pragma unroll
    for (int v = 0; v < groups * GROUP_VECTORS; v++)
      sum[r][v] = p->accumulate ? load(c + r * p->ldc + v * WIDTH) : (vf)(0.0f);
  for (int32_t t = 0; t < p->k; t++, a += p->a_row, b += p->b_row) {
    vf w[OUTER_GROUPS * GROUP_VECTORS];
#pragma unroll
    for (int g = 0; g < groups; g++)
#pragma unroll
      for (int v = 0; v < GROUP_VECTORS; v++) w[g * GROUP_VECTORS + v] = load(b + g * p->b_group + v * WIDTH);
#pragma unroll
    for (int r = 0; r < OUTER_ROWS; r++) {
      vf x = (vf)(a[r]);
#pragma unroll
      for (int v = 0; v < groups * GROUP_VECTORS; v++) sum[r][v] = FMA(x, w[v], sum[r][v]);
    }
  }
#pragma unroll
  for (int r = 0; r < OUTER_ROWS; r++)
#pragma unroll
    for (int v = 0; v < groups * GROUP_VECTORS; v++) store(c + r * p->ldc + v * WIDTH, sum[r][v]);
}

static void KERNEL(gradient_outer_product)(const ck_outer_product *p) {
  int32_t column = 0;
  for (; column + OUTER_GROUPS * 16 <= p->n; column += OUTER_GROUPS * 16)
    for (int32_t row = 0; row < p->m; row += OUTER_ROWS) outer_tile(p, row, column, OUTER_GROUPS);
  for (; column < p->n; column += 16)
    for (int32_t row = 0; row < p->m; row += OUTER_ROWS) outer_tile(p, row, column, 1);
}

/// mish'(x) = n/(n+2) + x · 4e(e+1)/(n+2)², e = eˣ, n = e(e+2).
INLINE vf mish_slope(vf x) {
  vf two = (vf)(2.0f), limited = __builtin_elementwise_max(__builtin_elementwise_min(x, (vf)(20.0f)), (vf)(-87.0f));
  vf e = exponential(limited), n = e * (e + two), inverse = (vf)(1.0f) / (n + two);
  return inverse * FMA(x * inverse, e * (e + (vf)(1.0f)) * (vf)(4.0f), n);
}

INLINE void epilogue_channels(const ck_epilogue_gradient *e, int32_t c, int32_t n, const int activation) {
  vf dz_sum = (vf)(0.0f), dout_sum = (vf)(0.0f), none = (vf)(0.0f);
  for (ptrdiff_t p = 0; p < e->pixels; p++) {
    vf d = load_some(e->dout + p * e->dout_pixel + c, n), dz = d * (vf)(e->scale);
    if (activation == CK_MISH) dz *= mish_slope(load_some(e->saved + p * e->saved_pixel + c, n));
    if (activation == CK_LEAKY) {
      vf z = load_some(e->saved + p * e->saved_pixel + c, n);
      dz = z > none ? dz : dz * (vf)(e->slope);
    }
    if (e->dz) store_some(e->dz + p * e->dz_pixel + c, dz, n);
    if (e->dr1) {
      float *r = e->dr1 + p * e->dr1_pixel + c;
      store_some(r, FMA(d, (vf)(e->weight1), load_some(r, n)), n);
    }
    if (e->dr2) {
      float *r = e->dr2 + p * e->dr2_pixel + c;
      store_some(r, FMA(d, (vf)(e->weight2), load_some(r, n)), n);
    }
    dz_sum += dz;
    dout_sum += d;
  }
  if (e->dz_sums) store_some(e->dz_sums + c, dz_sum, n);
  if (e->dout_sums) store_some(e->dout_sums + c, dout_sum, n);
}

static void KERNEL(gradient_epilogue)(const ck_epilogue_gradient *e) {
  for (int32_t c = 0; c < e->channels; c += WIDTH) {
    int32_t n = e->channels - c < WIDTH ? e->channels - c : WIDTH;
    switch (e->activation) {
      case CK_MISH: epilogue_channels(e, c, n, CK_MISH); break;
      case CK_LEAKY: epilogue_channels(e, c, n, CK_LEAKY); break;
      default: epilogue_channels(e, c, n, CK_LINEAR); break;
    }
  }
}

static void KERNEL(gradient_add)(const float *from, float weight, float *to, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += WIDTH) {
    int32_t n = count - i < WIDTH ? (int32_t)(count - i) : WIDTH;
    store_some(to + i, FMA(load_some(from + i, n), (vf)(weight), load_some(to + i, n)), n);
  }
}

static void KERNEL(gradient_mish)(const float *x, const float *dout, float *dx, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += WIDTH) {
    int32_t n = count - i < WIDTH ? (int32_t)(count - i) : WIDTH;
    store_some(dx + i, FMA(mish_slope(load_some(x + i, n)), load_some(dout + i, n), load_some(dx + i, n)), n);
  }
}

static void KERNEL(gradient_adam)(const ck_adam *a, ptrdiff_t count) {
  vf beta1 = (vf)(a->beta1), beta2 = (vf)(a->beta2);
  for (ptrdiff_t i = 0; i < count; i += WIDTH) {
    int32_t n = count - i < WIDTH ? (int32_t)(count - i) : WIDTH;
    vf w = load_some(a->weight + i, n), g = load_some(a->gradient + i, n) * (vf)(a->gradient_scale);
    g = FMA(w, (vf)(a->coupled_decay), g);
    vf m = FMA(load_some(a->first + i, n) - g, beta1, g);
    vf squared = g * g;
    vf v = FMA(load_some(a->second + i, n) - squared, beta2, squared);
    vf root = __builtin_elementwise_sqrt(v) * (vf)(a->second_correction) + (vf)(a->epsilon);
    w = FMA(w, (vf)(-a->decay), w) - (vf)(a->step) * (m / root);
    store_some(a->weight + i, w, n);
    store_some(a->first + i, m, n);
    store_some(a->second + i, v, n);
    if (a->average) {
      vf mean = load_some(a->average + i, n);
      store_some(a->average + i, FMA(w - mean, (vf)(a->average_share), mean), n);
    }
  }
}

#define TABLE2(n) ck_##n##_gradient_kernels
#define TABLE(n) TABLE2(n)
extern const ck_gradient_kernels TABLE(NAME);
const ck_gradient_kernels TABLE(NAME) = {
    .winograd_output = KERNEL(gradient_winograd_output),
    .winograd_input = KERNEL(gradient_winograd_input),
    .winograd_kernel = KERNEL(gradient_winograd_kernel),
    .winograd_pack = KERNEL(gradient_winograd_pack),
    .outer_product = KERNEL(gradient_outer_product),
    .epilogue = KERNEL(gradient_epilogue),
    .add = KERNEL(gradient_add),
    .mish = KERNEL(gradient_mish),
    .adam = KERNEL(gradient_adam),
};
