#pragma once
#include "ck_winograd.h"

/// c[m × n] (+)= aᵀ · b over k rows, both operands in groups of 16 columns: element (t, j) of a at a[t · a_row + (j / 16) · a_group + j % 16],
/// likewise b; m and n are multiples of 16, c is row-major.
typedef struct {
  int32_t m, n, k;
  const float *a;
  ptrdiff_t a_row, a_group;
  const float *b;
  ptrdiff_t b_row, b_group;
  float *c;
  ptrdiff_t ldc;
  int32_t accumulate;
} ck_outer_product;

/// What an epilogue (see ck_epilogue) hands back for one item:
///   dz = scale · activation'(z) · dout;  dr1 += weight1 · dout;  dr2 += weight2 · dout;  sums of dz and of dout over the pixels.
/// Surfaces lie `*_pixel` values apart per pixel; absent ones are NULL. `saved` holds z, or for a leaky activation anything of z's sign.
typedef struct {
  ptrdiff_t pixels;
  int32_t channels, activation;
  float scale, slope, weight1, weight2;
  const float *dout, *saved;
  float *dz, *dr1, *dr2;
  ptrdiff_t dout_pixel, saved_pixel, dz_pixel, dr1_pixel, dr2_pixel;
  float *dz_sums, *dout_sums;  // [channels] each
} ck_epilogue_gradient;

/// One update of Adam with decoupled weight decay and a moving average (see Neural's Adam for the formulas).
typedef struct {
  float *weight, *first, *second, *average;  // average may be NULL
  const float *gradient;
  float gradient_scale, beta1, beta2, step, second_correction, epsilon, coupled_decay, decay, average_share;
} ck_adam;

/// One instruction set's kernels for backward passes.
typedef struct {
  /// 16 pixels of dz (NULL: none there) to 36 planes, A dY Aᵀ; layout of ck_kernels.winograd_input.
  void (*winograd_output)(const float *const pixels[16], int32_t channels, float *out, ptrdiff_t plane, ptrdiff_t group_stride);
  /// 36 planes to 36 pixels, B dV Bᵀ, added to them (NULL: dropped).
  void (*winograd_input)(const float *planes, ptrdiff_t plane, float *const pixels[36], int32_t channels);
  /// Gᵀ dU G: 36 planes, each the sum of `parts` (distance `part`), to nine taps of `channels` values each: taps[t · 16 + j], 16 channels at most.
  void (*winograd_kernel)(const float *planes, ptrdiff_t plane, int32_t parts, ptrdiff_t part, int32_t channels, float *taps);
  /// G g Gᵀ of the kernels of at most 16 outputs, `stride` values apart, each `kernel` wide; 36 planes of 16 values. Taps as in ck_kernel_layout.
  void (*winograd_pack)(const float *weight, ptrdiff_t stride, int32_t outputs, int32_t kernel, const int32_t *down,
                        const int32_t *across, float *out, ptrdiff_t plane);
  void (*outer_product)(const ck_outer_product *p);
  void (*epilogue)(const ck_epilogue_gradient *e);
  /// to[i] += weight · from[i].
  void (*add)(const float *from, float weight, float *to, ptrdiff_t count);
  /// dx[i] += mish'(x[i]) · dout[i].
  void (*mish)(const float *x, const float *dout, float *dx, ptrdiff_t count);
  void (*adam)(const ck_adam *a, ptrdiff_t count);
} ck_gradient_kernels;

/// Numbered as ck_kernels_named.
const ck_gradient_kernels *ck_gradient_kernels_named(int32_t set);

/// The gradients of a ck_winograd convolution. A part is a range of items: it adds to the input's gradient and has sums of its own for the
/// kernel's, so that results depend on `parts` and never on the threads.
typedef struct {
  const ck_kernels *kernels;
  const ck_gradient_kernels *gradients;
  ck_surface input, dz, dinput;  // dinput.base NULL: not wanted
  int32_t input_height, input_width, channels, reflect, input_phases, output_phases;
  int32_t grid_height, grid_width, outputs, tiles_down, tiles_across, items;
  int32_t block_tiles, padded_channels, padded_outputs, parts;
  const float *weights;   // [36][output phase][input phase][padded_outputs × padded_channels], the transposes, in panels; NULL: dinput not wanted
  const uint8_t *active;  // as in ck_winograd
  const float *zeros;
  float *sums;            // [parts][36][output phase][input phase][padded_channels × padded_outputs]
  float *const *scratch;
} ck_winograd_gradient;

int64_t ck_winograd_gradient_scratch(const ck_winograd_gradient *g);
/// A ck_task: part `index`.
void ck_winograd_gradient_part(void *context, int32_t index, int32_t worker);

/// From the sums of all parts to the weight's gradient in PyTorch's layout, which must be zero.
typedef struct {
  const ck_gradient_kernels *gradients;
  const float *sums;
  int32_t parts, kernel, phases, channels, outputs, padded_channels, padded_outputs;
  ptrdiff_t channel_stride, output_stride;
  const int32_t *taps;  // [phases][3], as in ck_kernel_layout
  const uint8_t *active;
  float *weight;
} ck_kernel_gradient;

/// A ck_task: input channel `index`.
void ck_kernel_gradient_channel(void *context, int32_t index, int32_t worker);

/// As ck_winograd_pack, in single precision and many times as fast, for kernels that are used once: channels first ..< last of one phase.
void ck_gradient_pack(const ck_gradient_kernels *gradients, const ck_kernel_layout *l, const float *weight, float *packed,
                      int32_t phase_y, int32_t phase_x, int32_t first, int32_t last);

/// The gradients of one product of a ck_gathered convolution, by parts likewise.
typedef struct {
  const ck_kernels *kernels;
  const ck_gradient_kernels *gradients;
  ck_surface input, dz, dinput;
  int32_t input_height, input_width, channels, reflect;
  int32_t in_step, out_step, out_y, out_x, grid_height, grid_width, items, outputs, taps;
  const int32_t *tap_offsets;
  int32_t block_pixels, padded_depth, padded_outputs, parts;
  const float *weights;  // the transpose, padded_outputs × padded_depth, in panels
  float *sums;           // [parts][padded_depth × padded_outputs]
  float *const *scratch;
} ck_gathered_gradient;

int64_t ck_gathered_gradient_scratch(const ck_gathered_gradient *g);
void ck_gathered_gradient_part(void *context, int32_t index, int32_t worker);
