#include "ck_gradients.h"

#include <string.h>

static int32_t mirrored(int32_t i, int32_t size, int32_t reflect) {
  if (i >= 0 && i < size) return i;
  if (!reflect) return -1;
  return i < 0 ? -i : 2 * (size - 1) - i;
}

int64_t ck_gathered_gradient_scratch(const ck_gathered_gradient *g) {
  return (int64_t)g->block_pixels * (2 * g->padded_depth + g->padded_outputs) + g->padded_depth;
}

typedef struct {
  int32_t item, y, x;
} place;

static place place_of(const ck_gathered_gradient *g, int64_t at) {
  int64_t pixels = (int64_t)g->grid_height * g->grid_width, rest = at % pixels;
  return (place){(int32_t)(at / pixels), (int32_t)(rest / g->grid_width), (int32_t)(rest % g->grid_width)};
}

/// Where tap `t` of an output lies in a surface of the input's size, −1 for nowhere.
static ptrdiff_t offset(const ck_gathered_gradient *g, place p, int32_t t, const ck_surface *s) {
  int32_t y = mirrored(p.y * g->in_step + g->tap_offsets[2 * t], g->input_height, g->reflect);
  int32_t x = mirrored(p.x * g->in_step + g->tap_offsets[2 * t + 1], g->input_width, g->reflect);
  return y < 0 || x < 0 ? -1 : p.item * s->item + y * s->row + x * s->pixel;
}

void ck_gathered_gradient_part(void *context, int32_t index, int32_t worker) {
  const ck_gathered_gradient *g = context;
  int64_t pixels = (int64_t)g->grid_height * g->grid_width;
  int64_t from = (int64_t)g->items * index / g->parts * pixels, to = (int64_t)g->items * (index + 1) / g->parts * pixels;
  float *a = g->scratch[worker], *dz = a + (ptrdiff_t)g->block_pixels * g->padded_depth;
  float *da = dz + (ptrdiff_t)g->block_pixels * g->padded_outputs, *line = da + (ptrdiff_t)g->block_pixels * g->padded_depth;
  ptrdiff_t group = (ptrdiff_t)g->block_pixels * 16, matrix = (ptrdiff_t)g->padded_depth * g->padded_outputs;
  size_t width = sizeof(float) * (size_t)g->channels;

  for (int64_t first = from; first < to; first += g->block_pixels) {
    int32_t count = to - first < g->block_pixels ? (int32_t)(to - first) : g->block_pixels;
    for (int32_t i = 0; i < count; i++) {
      place p = place_of(g, first + i);
      for (int32_t t = 0; t < g->taps; t++) {
        ptrdiff_t at = offset(g, p, t, &g->input);
        if (at < 0)
          memset(line + t * g->channels, 0, width);
        else
          memcpy(line + t * g->channels, g->input.base + at, width);
      }
      for (int32_t k = g->taps * g->channels; k < g->padded_depth; k++) line[k] = 0;
      for (int32_t k = 0; k < g->padded_depth; k += 16) memcpy(a + i * 16 + k / 16 * group, line + k, 16 * sizeof(float));
      const float *d = g->dz.base + p.item * g->dz.item + (p.y * g->out_step + g->out_y) * g->dz.row +
                       (p.x * g->out_step + g->out_x) * g->dz.pixel;
      for (int32_t k = 0; k < g->padded_outputs; k += 16) {
        int32_t n = g->outputs - k < 16 ? g->outputs - k : 16;
        float *to_group = dz + i * 16 + k / 16 * group;
        memcpy(to_group, d + k, sizeof(float) * (size_t)n);
        if (n < 16) memset(to_group + n, 0, sizeof(float) * (size_t)(16 - n));
      }
    }
    ck_outer_product outer = {
        .m = g->padded_depth, .n = g->padded_outputs, .k = count, .a = a, .a_row = 16, .a_group = group,
        .b = dz, .b_row = 16, .b_group = group, .c = g->sums + index * matrix, .ldc = g->padded_outputs, .accumulate = first != from,
    };
    g->gradients->outer_product(&outer);
    if (!g->dinput.base) continue;
    ck_product product = {
        .m = count, .n = g->padded_depth, .k = g->padded_outputs, .a = dz, .row_stride = 16, .group_stride = group,
        .b = g->weights, .ldb = g->padded_depth, .c = da, .ldc = g->padded_depth, .accumulate = 0,
    };
    g->kernels->product(&product);
    for (int32_t i = 0; i < count; i++) {
      place p = place_of(g, first + i);
      for (int32_t t = 0; t < g->taps; t++) {
        ptrdiff_t at = offset(g, p, t, &g->dinput);
        if (at >= 0)
          g->gradients->add(da + (ptrdiff_t)i * g->padded_depth + t * g->channels, 1, g->dinput.base + at, g->channels);
      }
    }
  }
}
