#pragma once
#include <stddef.h>
#include <stdint.h>

/// A block of float values [item, row, column, channel]; `base` NULL means absent. Distances are in values.
typedef struct {
  float *base;
  ptrdiff_t item, row, pixel;
} ck_surface;

enum { CK_LINEAR = 0, CK_MISH = 1, CK_LEAKY = 2 };

/// What happens to a convolution's sums before they are written:
///   z = sum + bias;  out = scale · activation(z) + shift[item] + weight1 · residual1 + weight2 · residual2.
/// `preactivation`, where present, receives z (backward passes need it).
typedef struct {
  const float *bias;
  const float *shift;
  ptrdiff_t shift_stride;
  ck_surface out, preactivation, residual1, residual2;
  const int32_t *residual2_item;  // which item of residual2 belongs to each item; NULL = the same
  float scale, slope, weight1, weight2;
  int32_t activation;
} ck_epilogue;

/// c[m × n] (+)= a[m × k] · b[k × n].
/// a lies in groups of 16 values of k: element (row, j) at a[(j / 16) · group_stride + row · row_stride + j % 16]; k is a multiple of 16.
/// b lies in panels of `panel_width` columns (the last one 16 wide if need be), each [k][width]; n is a multiple of 16.
/// A library's product reads b as a plain row-major matrix with leading dimension ldb and needs group_stride == 16.
typedef struct {
  int32_t m, n, k;
  const float *a;
  ptrdiff_t row_stride, group_stride;
  const float *b;
  ptrdiff_t ldb;
  float *c;
  ptrdiff_t ldc;
  int32_t accumulate;
} ck_product;

/// Tiles side by side in one row of tiles. Tile i of group g of 16 channels goes to out + g · group_stride + i · tile_stride, one value per
/// plane; channels beyond the last are written as zeros.
typedef struct {
  const float *rows[6];      // NULL: a row of zeros
  const int32_t *columns;    // 4 · tiles + 2 distances from the rows, in values; −1: a column of zeros
  const float *zeros;        // at least `channels` zeros
  int32_t tiles, channels;
  int32_t has_zeros;         // whether any row or column is one of zeros
  int32_t points;            // 6, or 5 where the point at infinity is never used
  float *out;
  ptrdiff_t plane, group_stride, tile_stride;
} ck_tile_run;

enum { CK_ALL = 0, CK_NOT_FIRST = 1, CK_NOT_LAST = 2 };

/// A tile of the result: rows × columns ≤ 4 × 4 pixels at (item, y + i · step, x + j · step). `skip_y` and `skip_x` name the point (0 or ∞) whose sums
/// are zero and not stored.
typedef struct {
  int32_t item, y, x, step, rows, columns, skip_y, skip_x;
} ck_tile;

/// Sums of `count` pixels, `channels` each, `stride` apart, which follow one another from (item, y, x) on a grid of height × width per item; grid
/// place (y, x) is the result's (y · step + offset_y, x · step + offset_x).
typedef struct {
  const float *sums;
  ptrdiff_t stride;
  int32_t count, channels, item, y, x, height, width, step, offset_y, offset_x;
} ck_run;

typedef void (*ck_product_fn)(const ck_product *);

/// One instruction set's kernels.
typedef struct {
  const char *name;
  /// Columns of one packed panel of b.
  int32_t panel_width;
  /// Rows of a that one pass of the product kernel takes; blocks that are multiples of it waste nothing.
  int32_t product_rows;
  /// Product of packed operands; every row is computed alike, whatever the number of rows.
  ck_product_fn product;
  /// Input transform of F(4×4, 3×3) for a run of tiles.
  void (*winograd_input)(const ck_tile_run *r);
  /// Output transform: 36 planes of `channels` sums (from column `column` of a convolution's channels) to one tile, through the epilogue.
  void (*winograd_output)(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e, ck_tile t);
  /// The epilogue for a run of pixels.
  void (*finish_pixels)(const ck_run *r, const ck_epilogue *e);
  /// out[i] = mish(x[i]).
  void (*mish)(const float *x, float *out, ptrdiff_t count);
  /// Multiply-adds on registers alone, `rounds` times; returns how many floating-point operations were done.
  double (*peak)(int64_t rounds, float *sink);
} ck_kernels;

extern const ck_kernels ck_portable_kernels;

/// 0 portable, 1 AVX2 + FMA, 2 AVX-512; NULL where this machine cannot run it.
const ck_kernels *ck_kernels_named(int32_t set);
