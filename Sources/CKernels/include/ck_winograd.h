#pragma once
#include "ck_kernels.h"

/// A convolution as F(4×4, 3×3) on a grid of tiles (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
///
/// A stride-2 convolution is one over the four phases of its input (`input_phases` 2); a transposed convolution is one
/// whose outputs are the phases of the result (`output_phases` = stride). Taps a phase has not leave rows of the transformed kernel zero;
/// `active` names the products that remain.
typedef struct {
  const ck_kernels *kernels;
  ck_product_fn product;
  int32_t plain_products;       // 1: `product` wants plain row-major operands (a library), 0: packed ones
  ck_surface input;
  int32_t input_height, input_width, channels;
  int32_t reflect;              // 1: mirror without repeating the edge, 0: zeros
  int32_t input_phases, output_phases;
  int32_t input_points;         // 5 where no product uses the point at infinity, else 6
  int32_t grid_height, grid_width;  // outputs per phase
  int32_t outputs;              // channels of the result
  int32_t tiles_down, tiles_across, items;
  int32_t block_tiles;          // tiles per block
  int32_t reversed;             // 1: blocks are taken last first, while what was written last is still in the caches
  int32_t block_per_item;       // 1: a block never spans items and always has block_tiles rows (library products)
  int32_t chunk;                // columns computed at a time, a multiple of the panel width
  int32_t padded_channels, padded_outputs;
  const float *weights;         // [36][output phase][input phase][padded_channels × padded_outputs]
  const uint8_t *active;        // [36][output phase][input phase]
  const float *zeros;           // at least `channels` zeros
  float *const *scratch;        // per worker
  ck_epilogue epilogue;
} ck_winograd;

/// Values of scratch that each worker needs.
int64_t ck_winograd_scratch(const ck_winograd *w);
int32_t ck_winograd_blocks(const ck_winograd *w);
/// A ck_task: block `index` of the convolution `context`.
void ck_winograd_block(void *context, int32_t index, int32_t worker);

/// Where the taps of a phase come from: index into the kernel's side for the offsets −1, 0, +1, or −1 for none.
typedef struct {
  int32_t kernel, phases, channels, outputs;
  int32_t padded_channels, padded_outputs, panel_width;  // panel_width 0: plain row-major
  ptrdiff_t channel_stride, output_stride;               // of the weight, in values; taps are contiguous, rows of `kernel`
  const int32_t *taps;                                   // [phases][3]
} ck_kernel_layout;

/// Transforms a kernel into `packed` (layout of ck_winograd.weights), which must be zero: one phase, outputs
/// first ..< last.
void ck_winograd_pack(const ck_kernel_layout *l, const float *weight, float *packed, int32_t phase_y, int32_t phase_x,
                      int32_t first, int32_t last);

/// A convolution as products of gathered pixels: output (y·out_step + out_y, x·out_step + out_x) for each (y, x) of the grid is the sum over
/// taps of input (y·in_step + dy, x·in_step + dx) times its weights.
typedef struct {
  const ck_kernels *kernels;
  ck_product_fn product;
  int32_t plain_products;
  ck_surface input;
  int32_t input_height, input_width, channels, reflect;
  int32_t in_step, out_step, out_y, out_x;
  int32_t grid_height, grid_width, items, outputs;
  int32_t taps;
  const int32_t *tap_offsets;   // [taps][2]: dy, dx
  int32_t block_pixels, block_per_item, reversed;
  int32_t padded_depth, padded_outputs;
  const float *weights;         // [padded_depth × padded_outputs], depth = tap-major, then channel
  float *const *scratch;
  ck_epilogue epilogue;
} ck_gathered;

int64_t ck_gathered_scratch(const ck_gathered *g);
int32_t ck_gathered_blocks(const ck_gathered *g);
void ck_gathered_block(void *context, int32_t index, int32_t worker);

/// One matrix, row-major [depth × outputs], into panels (panel_width 0: copied with the padded row length).
void ck_pack_panels(const float *matrix, int32_t depth, int32_t outputs, int32_t padded_depth, int32_t padded_outputs,
                    int32_t panel_width, float *packed);
