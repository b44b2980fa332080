#include "ck_winograd.h"

#include <string.h>

// Values between planes beyond their content, so that 36 parallel streams do not meet in one cache set.
enum { SKEW = 16 };
// Tiles of one row that are transformed together.
enum { RUN = 64 };

static int32_t mirrored(int32_t i, int32_t size, int32_t reflect) {
  if (i >= 0 && i < size) return i;
  if (!reflect) return -1;
  if (i == -1) return 1;
  if (i == size) return size - 2;
  return -1;  // belongs to no output of the grid
}

static ptrdiff_t input_plane(const ck_winograd *w) {
  int32_t phases = w->input_phases * w->input_phases;
  return (ptrdiff_t)w->block_tiles * w->padded_channels * phases + SKEW;
}

static ptrdiff_t output_plane(const ck_winograd *w) { return (ptrdiff_t)w->block_tiles * w->chunk + SKEW; }

int64_t ck_winograd_scratch(const ck_winograd *w) { return 36 * (int64_t)(input_plane(w) + output_plane(w)); }

int32_t ck_winograd_blocks(const ck_winograd *w) {
  int32_t tiles = w->tiles_down * w->tiles_across;
  if (w->block_per_item) return w->items * ((tiles + w->block_tiles - 1) / w->block_tiles);
  return (w->items * tiles + w->block_tiles - 1) / w->block_tiles;
}

typedef struct {
  int32_t item, ty, tx;
} place;

static place tile_place(const ck_winograd *w, int32_t tile) {
  int32_t tiles = w->tiles_down * w->tiles_across, rest = tile % tiles;
  return (place){tile / tiles, rest / w->tiles_across, rest % w->tiles_across};
}

/// Transforms the tiles of one input phase, row of tiles by row of tiles.
static void transform_inputs(const ck_winograd *w, int32_t first, int32_t count, int32_t py, int32_t px, float *v, ptrdiff_t plane,
                             ptrdiff_t group, ptrdiff_t row) {
  int32_t columns[4 * RUN + 2], s = w->input_phases;
  ck_tile_run r = {.columns = columns, .zeros = w->zeros, .channels = w->channels, .plane = plane, .group_stride = group,
                   .tile_stride = row, .points = w->input_points};
  while (count > 0) {
    place t = tile_place(w, first);
    r.tiles = w->tiles_across - t.tx;
    if (r.tiles > count) r.tiles = count;
    if (r.tiles > RUN) r.tiles = RUN;
    r.has_zeros = 0;
    const float *base = w->input.base + t.item * w->input.item;
    for (int32_t i = 0; i < 6; i++) {
      int32_t y = mirrored((4 * t.ty - 1 + i) * s + py, w->input_height, w->reflect);
      r.rows[i] = y < 0 ? NULL : base + y * w->input.row;
      if (y < 0) r.has_zeros = 1;
    }
    for (int32_t i = 0; i < 4 * r.tiles + 2; i++) {
      int32_t x = mirrored((4 * t.tx - 1 + i) * s + px, w->input_width, w->reflect);
      columns[i] = x < 0 ? -1 : (int32_t)(x * w->input.pixel);
      if (x < 0) r.has_zeros = 1;
    }
    r.out = v;
    w->kernels->winograd_input(&r);
    v += r.tiles * row;
    first += r.tiles;
    count -= r.tiles;
  }
}

/// Which point's sums are all zero along one axis of an output phase: `stride` is 6 for rows of points, 1 for columns.
static int32_t skipped(const ck_winograd *w, int32_t q, int32_t stride) {
  int32_t outs = w->output_phases * w->output_phases, ins = w->input_phases * w->input_phases, first = 0, last = 0;
  for (int32_t other = 0; other < 6; other++)
    for (int32_t k = 0; k < ins; k++) {
      int32_t across = stride == 6 ? 1 : 6;
      first += w->active[((other * across) * outs + q) * ins + k];
      last += w->active[((5 * stride + other * across) * outs + q) * ins + k];
    }
  return !first ? CK_NOT_FIRST : !last ? CK_NOT_LAST : CK_ALL;
}

void ck_winograd_block(void *context, int32_t index, int32_t worker) {
  const ck_winograd *w = context;
  if (w->reversed) index = ck_winograd_blocks(w) - 1 - index;
  int32_t tiles = w->tiles_down * w->tiles_across, first, count;
  if (w->block_per_item) {
    int32_t blocks = (tiles + w->block_tiles - 1) / w->block_tiles, start = index % blocks * w->block_tiles;
    first = index / blocks * tiles + start;
    count = tiles - start;
  } else {
    first = index * w->block_tiles;
    count = w->items * tiles - first;
  }
  if (count > w->block_tiles) count = w->block_tiles;

  int32_t ins = w->input_phases * w->input_phases, outs = w->output_phases * w->output_phases, depth = w->padded_channels * ins;
  ptrdiff_t vplane = input_plane(w), mplane = output_plane(w);
  float *v = w->scratch[worker], *m = v + 36 * vplane;
  ptrdiff_t row = w->plain_products ? depth : 16, group = w->plain_products ? 16 : (ptrdiff_t)w->block_tiles * 16;
  ptrdiff_t phase_size = w->plain_products ? w->padded_channels : (ptrdiff_t)w->block_tiles * w->padded_channels;

  for (int32_t p = 0; p < ins; p++)
    transform_inputs(w, first, count, p / w->input_phases, p % w->input_phases, v + p * phase_size, vplane, group, row);

  ptrdiff_t matrix = (ptrdiff_t)w->padded_channels * w->padded_outputs;
  for (int32_t q = 0; q < outs; q++) {
    int32_t skip_y = w->epilogue.activation == CK_LINEAR ? skipped(w, q, 6) : CK_ALL;
    int32_t skip_x = w->epilogue.activation == CK_LINEAR ? skipped(w, q, 1) : CK_ALL;
    if (!skip_y != !skip_x) skip_y = skip_x = CK_ALL;
    for (int32_t column = 0; column < w->outputs; column += w->chunk) {
      int32_t n = w->padded_outputs - column < w->chunk ? w->padded_outputs - column : w->chunk;
      for (int32_t f = 0; f < 36; f++) {
        ck_product p = {
            .m = w->block_per_item ? w->block_tiles : count, .n = n, .k = w->padded_channels,
            .row_stride = row, .group_stride = group, .ldb = w->padded_outputs,
            .c = m + f * mplane, .ldc = w->chunk, .accumulate = 0,
        };
        for (int32_t k = 0; k < ins; k++) {
          ptrdiff_t at = ((ptrdiff_t)f * outs + q) * ins + k;
          if (!w->active[at]) continue;
          p.a = v + f * vplane + k * phase_size;
          p.b = w->weights + at * matrix + (w->plain_products ? column : (ptrdiff_t)column * w->padded_channels);
          w->product(&p);
          p.accumulate = 1;
        }
        int32_t fy = f / 6, fx = f % 6;
        int32_t unread = (skip_y == CK_NOT_FIRST && fy == 0) || (skip_y == CK_NOT_LAST && fy == 5) ||
                         (skip_x == CK_NOT_FIRST && fx == 0) || (skip_x == CK_NOT_LAST && fx == 5);
        if (!p.accumulate && !unread) memset(p.c, 0, sizeof(float) * (size_t)count * (size_t)w->chunk);
      }
      int32_t channels = w->outputs - column < n ? w->outputs - column : n;
      for (int32_t i = 0; i < count; i++) {
        place t = tile_place(w, first + i);
        int32_t rows = w->grid_height - 4 * t.ty, columns = w->grid_width - 4 * t.tx;
        ck_tile tile = {
            .item = t.item, .y = 4 * t.ty * w->output_phases + q / w->output_phases,
            .x = 4 * t.tx * w->output_phases + q % w->output_phases, .step = w->output_phases,
            .rows = rows < 4 ? rows : 4, .columns = columns < 4 ? columns : 4, .skip_y = skip_y, .skip_x = skip_x,
        };
        w->kernels->winograd_output(m + (ptrdiff_t)i * w->chunk, mplane, column, channels, &w->epilogue, tile);
      }
    }
  }
}
