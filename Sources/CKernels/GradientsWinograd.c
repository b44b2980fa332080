#include "ck_gradients.h"

#include <stddef.h>
#include <string.h>

// Values between planes beyond their content, so that 36 parallel streams do not meet in one cache set.
enum { SKEW = 16 };

#if defined(__x86_64__)
extern const ck_gradient_kernels ck_avx2_gradient_kernels;
extern const ck_gradient_kernels ck_avx512_gradient_kernels;
#endif
extern const ck_gradient_kernels ck_portable_gradient_kernels;

const ck_gradient_kernels *ck_gradient_kernels_named(int32_t set) {
  if (!ck_kernels_named(set)) return NULL;
#if defined(__x86_64__)
  if (set == 1) return &ck_avx2_gradient_kernels;
  if (set == 2) return &ck_avx512_gradient_kernels;
#endif
  return &ck_portable_gradient_kernels;
}

static int32_t mirrored(int32_t i, int32_t size, int32_t reflect) {
  if (i >= 0 && i < size) return i;
  if (!reflect) return -1;
  if (i == -1) return 1;
  if (i == size) return size - 2;
  return -1;  // belongs to no output of the grid
}

static ptrdiff_t input_plane(const ck_winograd_gradient *g) {
  return (ptrdiff_t)g->block_tiles * g->padded_channels * g->input_phases * g->input_phases + SKEW;
}

static ptrdiff_t output_plane(const ck_winograd_gradient *g) {
  return (ptrdiff_t)g->block_tiles * g->padded_outputs * g->output_phases * g->output_phases + SKEW;
}

int64_t ck_winograd_gradient_scratch(const ck_winograd_gradient *g) {
  return 36 * (int64_t)(2 * input_plane(g) + output_plane(g));
}

typedef struct {
  int32_t item, ty, tx;
} place;

/// Offsets in the input of the 36 pixels of a tile's phase, −1 for none.
static void offsets(const ck_winograd_gradient *g, place t, int32_t phase, ptrdiff_t at[36], const ck_surface *s) {
  int32_t py = phase / g->input_phases, px = phase % g->input_phases, rows[6], columns[6];
  for (int32_t i = 0; i < 6; i++) {
    rows[i] = mirrored((4 * t.ty - 1 + i) * g->input_phases + py, g->input_height, g->reflect);
    columns[i] = mirrored((4 * t.tx - 1 + i) * g->input_phases + px, g->input_width, g->reflect);
  }
  for (int32_t y = 0; y < 6; y++)
    for (int32_t x = 0; x < 6; x++)
      at[y * 6 + x] = rows[y] < 0 || columns[x] < 0 ? -1 : t.item * s->item + rows[y] * s->row + columns[x] * s->pixel;
}

/// Tiles of one row that are transformed together.
enum { RUN = 64 };

/// Transforms the tiles first ..< first + count of one input phase, row of tiles by row of tiles.
static void transform_inputs(const ck_winograd_gradient *g, int32_t first, int32_t count, int32_t phase, float *v, ptrdiff_t plane,
                             ptrdiff_t group) {
  int32_t columns[4 * RUN + 2], s = g->input_phases, py = phase / s, px = phase % s, tiles = g->tiles_down * g->tiles_across;
  ck_tile_run r = {.columns = columns, .zeros = g->zeros, .channels = g->channels, .plane = plane, .group_stride = group,
                   .tile_stride = 16, .points = 6};
  while (count > 0) {
    int32_t item = first / tiles, ty = first % tiles / g->tiles_across, tx = first % tiles % g->tiles_across;
    r.tiles = g->tiles_across - tx;
    if (r.tiles > count) r.tiles = count;
    if (r.tiles > RUN) r.tiles = RUN;
    r.has_zeros = 0;
    for (int32_t i = 0; i < 6; i++) {
      int32_t y = mirrored((4 * ty - 1 + i) * s + py, g->input_height, g->reflect);
      r.rows[i] = y < 0 ? NULL : g->input.base + item * g->input.item + y * g->input.row;
      if (y < 0) r.has_zeros = 1;
    }
    for (int32_t i = 0; i < 4 * r.tiles + 2; i++) {
      int32_t x = mirrored((4 * tx - 1 + i) * s + px, g->input_width, g->reflect);
      columns[i] = x < 0 ? -1 : (int32_t)(x * g->input.pixel);
      if (x < 0) r.has_zeros = 1;
    }
    r.out = v;
    g->kernels->winograd_input(&r);
    v += r.tiles * 16;
    first += r.tiles;
    count -= r.tiles;
  }
}

static void gather_dz(const ck_winograd_gradient *g, place t, int32_t phase, float *m, ptrdiff_t plane, ptrdiff_t group) {
  const float *pixels[16];
  int32_t s = g->output_phases, py = phase / s, px = phase % s;
  for (int32_t y = 0; y < 4; y++)
    for (int32_t x = 0; x < 4; x++) {
      int32_t gy = 4 * t.ty + y, gx = 4 * t.tx + x;
      pixels[y * 4 + x] = gy >= g->grid_height || gx >= g->grid_width
                              ? NULL
                              : g->dz.base + t.item * g->dz.item + (gy * s + py) * g->dz.row + (gx * s + px) * g->dz.pixel;
    }
  g->gradients->winograd_output(pixels, g->outputs, m, plane, group);
}

void ck_winograd_gradient_part(void *context, int32_t index, int32_t worker) {
  const ck_winograd_gradient *g = context;
  int32_t tiles = g->tiles_down * g->tiles_across;
  int32_t from = (int32_t)((int64_t)g->items * index / g->parts) * tiles;
  int32_t to = (int32_t)((int64_t)g->items * (index + 1) / g->parts) * tiles;
  int32_t ins = g->input_phases * g->input_phases, outs = g->output_phases * g->output_phases;
  ptrdiff_t vplane = input_plane(g), mplane = output_plane(g), matrix = (ptrdiff_t)g->padded_channels * g->padded_outputs;
  float *v = g->scratch[worker], *m = v + 36 * vplane, *d = m + 36 * mplane;
  ptrdiff_t group = (ptrdiff_t)g->block_tiles * 16;
  ptrdiff_t vphase = (ptrdiff_t)g->block_tiles * g->padded_channels, mphase = (ptrdiff_t)g->block_tiles * g->padded_outputs;
  float *sums = g->sums + index * 36 * outs * ins * matrix;

  for (int32_t first = from; first < to; first += g->block_tiles) {
    int32_t count = to - first < g->block_tiles ? to - first : g->block_tiles;
    for (int32_t p = 0; p < ins; p++) transform_inputs(g, first, count, p, v + p * vphase, vplane, group);
    for (int32_t i = 0; i < count; i++) {
      int32_t rest = (first + i) % tiles;
      place t = {(first + i) / tiles, rest / g->tiles_across, rest % g->tiles_across};
      for (int32_t q = 0; q < outs; q++) gather_dz(g, t, q, m + i * 16 + q * mphase, mplane, group);
    }
    for (int32_t f = 0; f < 36; f++) {
      for (int32_t p = 0; p < ins; p++) {
        ck_product product = {
            .m = count, .n = g->padded_channels, .k = g->padded_outputs, .row_stride = 16, .group_stride = group,
            .c = d + f * vplane + p * vphase, .ldc = g->padded_channels, .accumulate = 0,
        };
        for (int32_t q = 0; q < outs; q++) {
          ptrdiff_t at = ((ptrdiff_t)f * outs + q) * ins + p;
          if (!g->active[at]) continue;
          ck_outer_product outer = {
              .m = g->padded_channels, .n = g->padded_outputs, .k = count,
              .a = v + f * vplane + p * vphase, .a_row = 16, .a_group = group,
              .b = m + f * mplane + q * mphase, .b_row = 16, .b_group = group,
              .c = sums + at * matrix, .ldc = g->padded_outputs, .accumulate = first != from,
          };
          g->gradients->outer_product(&outer);
          if (!g->dinput.base) continue;
          product.a = m + f * mplane + q * mphase;
          product.b = g->weights + at * matrix;
          g->kernels->product(&product);
          product.accumulate = 1;
        }
        if (g->dinput.base && !product.accumulate)
          memset(product.c, 0, sizeof(float) * (size_t)count * (size_t)g->padded_channels);
      }
    }
    if (!g->dinput.base) continue;
    for (int32_t i = 0; i < count; i++) {
      int32_t rest = (first + i) % tiles;
      place t = {(first + i) / tiles, rest / g->tiles_across, rest % g->tiles_across};
      for (int32_t p = 0; p < ins; p++) {
        ptrdiff_t at[36];
        float *pixels[36];
        offsets(g, t, p, at, &g->dinput);
        for (int k = 0; k < 36; k++) pixels[k] = at[k] < 0 ? NULL : g->dinput.base + at[k];
        g->gradients->winograd_input(d + p * vphase + (ptrdiff_t)i * g->padded_channels, vplane, pixels, g->channels);
      }
    }
  }
}

void ck_gradient_pack(const ck_gradient_kernels *gradients, const ck_kernel_layout *l, const float *weight, float *packed,
                      int32_t phase_y, int32_t phase_x, int32_t first, int32_t last) {
  int32_t total = l->phases * l->phases, phase = phase_y * l->phases + phase_x;
  ptrdiff_t matrix = (ptrdiff_t)l->padded_channels * l->padded_outputs;
  for (int32_t k = first; k < last; k++)
    for (int32_t n = 0; n < l->outputs; n += 16) {
      int32_t start = n / l->panel_width * l->panel_width;
      int32_t width = l->padded_outputs - start < l->panel_width ? l->padded_outputs - start : l->panel_width;
      float *out = packed + phase * matrix + (ptrdiff_t)start * l->padded_channels + (ptrdiff_t)k * width + (n - start);
      gradients->winograd_pack(weight + k * l->channel_stride + n * l->output_stride, l->output_stride,
                               l->outputs - n < 16 ? l->outputs - n : 16, l->kernel, l->taps + 3 * phase_y,
                               l->taps + 3 * phase_x, out, total * matrix);
    }
}

void ck_kernel_gradient_channel(void *context, int32_t index, int32_t worker) {
  (void)worker;
  const ck_kernel_gradient *g = context;
  int32_t total = g->phases * g->phases;
  ptrdiff_t matrix = (ptrdiff_t)g->padded_channels * g->padded_outputs;
  for (int32_t phase = 0; phase < total; phase++) {
    const int32_t *down = g->taps + 3 * (phase / g->phases), *across = g->taps + 3 * (phase % g->phases);
    for (int32_t n = 0; n < g->outputs; n += 16) {
      float taps[9 * 16];
      g->gradients->winograd_kernel(g->sums + phase * matrix + (ptrdiff_t)index * g->padded_outputs + n, total * matrix,
                                    g->parts, 36 * total * matrix, 16, taps);
      int32_t count = g->outputs - n < 16 ? g->outputs - n : 16;
      for (int32_t j = 0; j < count; j++) {
        float *w = g->weight + index * g->channel_stride + (n + j) * g->output_stride;
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++)
            if (down[a] >= 0 && across[b] >= 0) w[down[a] * g->kernel + across[b]] += taps[(a * 3 + b) * 16 + j];
      }
    }
  }
}
