#include "ck_winograd.h"

#include <string.h>

static int32_t mirrored(int32_t i, int32_t size, int32_t reflect) {
  if (i >= 0 && i < size) return i;
  if (!reflect) return -1;
  return i < 0 ? -i : 2 * (size - 1) - i;
}

int64_t ck_gathered_scratch(const ck_gathered *g) {
  return (int64_t)g->block_pixels * (g->padded_depth + g->padded_outputs) + g->padded_depth;
}

int32_t ck_gathered_blocks(const ck_gathered *g) {
  int32_t pixels = g->grid_height * g->grid_width;
  if (g->block_per_item) return g->items * ((pixels + g->block_pixels - 1) / g->block_pixels);
  return (int32_t)(((int64_t)g->items * pixels + g->block_pixels - 1) / g->block_pixels);
}

/// Copies what one output pixel needs: whole groups of 16 channels straight to their places, anything else by way of `line`.
static void gather(const ck_gathered *g, const float *base, int32_t y, int32_t x, float *a, ptrdiff_t group, float *line) {
  int32_t whole = g->channels % 16 == 0;
  float *to = line;
  for (int32_t t = 0; t < g->taps; t++) {
    int32_t iy = mirrored(y * g->in_step + g->tap_offsets[2 * t], g->input_height, g->reflect);
    int32_t ix = mirrored(x * g->in_step + g->tap_offsets[2 * t + 1], g->input_width, g->reflect);
    const float *from = iy < 0 || ix < 0 ? NULL : base + iy * g->input.row + ix * g->input.pixel;
    if (whole) {
      for (int32_t k = 0; k < g->channels; k += 16, a += group)
        if (from) memcpy(a, from + k, 16 * sizeof(float));
        else memset(a, 0, 16 * sizeof(float));
    } else {
      for (int32_t k = 0; k < g->channels; k++) *to++ = from ? from[k] : 0;
    }
  }
  if (whole) return;
  for (int32_t k = g->taps * g->channels; k < g->padded_depth; k++) *to++ = 0;
  for (int32_t k = 0; k < g->padded_depth; k += 16, a += group) memcpy(a, line + k, 16 * sizeof(float));
}

void ck_gathered_block(void *context, int32_t index, int32_t worker) {
  const ck_gathered *g = context;
  if (g->reversed) index = ck_gathered_blocks(g) - 1 - index;
  int64_t pixels = (int64_t)g->grid_height * g->grid_width, first, count;
  if (g->block_per_item) {
    int64_t blocks = (pixels + g->block_pixels - 1) / g->block_pixels, start = index % blocks * g->block_pixels;
    first = index / blocks * pixels + start;
    count = pixels - start;
  } else {
    first = (int64_t)index * g->block_pixels;
    count = g->items * pixels - first;
  }
  if (count > g->block_pixels) count = g->block_pixels;

  float *a = g->scratch[worker], *c = a + (ptrdiff_t)g->block_pixels * g->padded_depth;
  float *line = c + (ptrdiff_t)g->block_pixels * g->padded_outputs;
  ptrdiff_t row = g->plain_products ? g->padded_depth : 16, group = g->plain_products ? 16 : (ptrdiff_t)g->block_pixels * 16;
  int32_t rest = (int32_t)(first % pixels);
  ck_run run = {
      .sums = c, .stride = g->padded_outputs, .count = (int32_t)count, .channels = g->outputs,
      .item = (int32_t)(first / pixels), .y = rest / g->grid_width, .x = rest % g->grid_width,
      .height = g->grid_height, .width = g->grid_width, .step = g->out_step, .offset_y = g->out_y, .offset_x = g->out_x,
  };
  int32_t item = run.item, y = run.y, x = run.x;
  for (int32_t i = 0; i < count; i++) {
    gather(g, g->input.base + item * g->input.item, y, x, a + i * row, group, line);
    if (++x == g->grid_width) {
      x = 0;
      if (++y == g->grid_height) y = 0, item++;
    }
  }
  ck_product p = {
      .m = g->block_per_item ? g->block_pixels : (int32_t)count, .n = g->padded_outputs, .k = g->padded_depth,
      .a = a, .row_stride = row, .group_stride = group, .b = g->weights, .ldb = g->padded_outputs,
      .c = c, .ldc = g->padded_outputs, .accumulate = 0,
  };
  g->product(&p);
  g->kernels->finish_pixels(&run, &g->epilogue);
}
