#include "ck_winograd.h"

#include <string.h>

/// G g: three taps to six values.
static void transform_kernel(const double g[3], double u[6]) {
  double even = g[0] + g[2], wide = g[0] + 4 * g[2];
  u[0] = g[0] / 4;
  u[1] = -(even + g[1]) / 6;
  u[2] = -(even - g[1]) / 6;
  u[3] = (wide + 2 * g[1]) / 24;
  u[4] = (wide - 2 * g[1]) / 24;
  u[5] = g[2];
}

static ptrdiff_t packed_place(int32_t panel, int32_t depth, int32_t outputs, int32_t k, int32_t n) {
  if (panel == 0) return (ptrdiff_t)k * outputs + n;
  int32_t start = n / panel * panel, width = outputs - start < panel ? outputs - start : panel;
  return (ptrdiff_t)start * depth + (ptrdiff_t)k * width + (n - start);
}

void ck_winograd_pack(const ck_kernel_layout *l, const float *weight, float *packed, int32_t phase_y, int32_t phase_x,
                      int32_t first, int32_t last) {
  int32_t total = l->phases * l->phases, phase = phase_y * l->phases + phase_x;
  ptrdiff_t matrix = (ptrdiff_t)l->padded_channels * l->padded_outputs;
  const int32_t *down = l->taps + 3 * phase_y, *across = l->taps + 3 * phase_x;
  for (int32_t k = 0; k < l->channels; k++)
    for (int32_t n = first; n < last; n++) {
      const float *w = weight + k * l->channel_stride + n * l->output_stride;
      double t[6][3], u[6][6];
      for (int b = 0; b < 3; b++) {
        double g[3], v[6];
        for (int a = 0; a < 3; a++) g[a] = down[a] < 0 || across[b] < 0 ? 0 : w[down[a] * l->kernel + across[b]];
        transform_kernel(g, v);
        for (int a = 0; a < 6; a++) t[a][b] = v[a];
      }
      for (int a = 0; a < 6; a++) transform_kernel(t[a], u[a]);
      float *out = packed + phase * matrix + packed_place(l->panel_width, l->padded_channels, l->padded_outputs, k, n);
      for (int f = 0; f < 36; f++) out[f * total * matrix] = (float)u[f / 6][f % 6];
    }
}

void ck_pack_panels(const float *matrix, int32_t depth, int32_t outputs, int32_t padded_depth, int32_t padded_outputs,
                    int32_t panel_width, float *packed) {
  memset(packed, 0, sizeof(float) * (size_t)padded_depth * (size_t)padded_outputs);
  for (int32_t k = 0; k < depth; k++)
    for (int32_t n = 0; n < outputs; n++)
      packed[packed_place(panel_width, padded_depth, padded_outputs, k, n)] = matrix[(ptrdiff_t)k * outputs + n];
}
