// F(4×4, 3×3) with the points 0, ±1, ±2, ∞ (Lavin & Gray 2016, section 4.1 and its 4×4 analogue).

/// Bᵀ d: six values to six.
INLINE void transform_input(const vf d[6], vf v[6]) {
  vf four = (vf)(4.0f), two = (vf)(2.0f), minus5 = (vf)(-5.0f);
  vf a = FMA(d[2], -four, d[4]), b = FMA(d[1], -four, d[3]);
  vf c = d[4] - d[2], e = (d[3] - d[1]) * two;
  v[0] = FMA(d[0], four, FMA(d[2], minus5, d[4]));
  v[1] = a + b;
  v[2] = a - b;
  v[3] = c + e;
  v[4] = c - e;
  v[5] = FMA(d[1], four, FMA(d[3], minus5, d[5]));
}

/// Aᵀ m: six sums to four.
INLINE void transform_output(const vf m[6], vf y[4]) {
  vf s = m[1] + m[2], d = m[1] - m[2], t = m[3] + m[4], e = m[3] - m[4];
  y[0] = m[0] + s + t;
  y[1] = FMA(e, (vf)(2.0f), d);
  y[2] = FMA(t, (vf)(4.0f), s);
  y[3] = FMA(e, (vf)(8.0f), d) + m[5];
}

static void KERNEL(winograd_input)(const float *const pixels[36], int32_t channels, float *out, ptrdiff_t plane,
                                   ptrdiff_t group_stride) {
  for (int32_t c = 0; c < ((channels + 15) & ~15); c += WIDTH) {
    float *o = out + (c >> 4) * group_stride + (c & 15);
    int32_t n = channels - c < WIDTH ? (channels > c ? channels - c : 0) : WIDTH;
    vf t[6][6];
#pragma unroll
    for (int x = 0; x < 6; x++) {
      vf d[6], v[6];
#pragma unroll
      for (int y = 0; y < 6; y++) d[y] = n == WIDTH ? load(pixels[y * 6 + x] + c) : load_some(pixels[y * 6 + x] + c, n);
      transform_input(d, v);
#pragma unroll
      for (int y = 0; y < 6; y++) t[y][x] = v[y];
    }
#pragma unroll
    for (int y = 0; y < 6; y++) {
      vf v[6];
      transform_input(t[y], v);
#pragma unroll
      for (int x = 0; x < 6; x++) store(o + (y * 6 + x) * plane, v[x]);
    }
  }
}

INLINE void output_tile(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e, int32_t item,
                        int32_t y0, int32_t x0, int32_t step, int32_t rows, int32_t columns, const int activation) {
  pixel p[16];
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < columns; j++) p[i * 4 + j] = pixel_at(e, item, y0 + i * step, x0 + j * step);
  for (int32_t c = 0; c < channels; c += WIDTH) {
    int32_t n = channels - c < WIDTH ? channels - c : WIDTH;
    ptrdiff_t at = column + c;
    vf bias = e->bias ? load_some(e->bias + at, n) : (vf)(0.0f);
    vf shift = e->shift ? load_some(e->shift + item * e->shift_stride + at, n) : (vf)(0.0f);
    vf t[4][6], r[4][4];
#pragma unroll
    for (int x = 0; x < 6; x++) {
      vf m[6], y[4];
#pragma unroll
      for (int i = 0; i < 6; i++) m[i] = load(sums + (i * 6 + x) * plane + c);
      transform_output(m, y);
#pragma unroll
      for (int i = 0; i < 4; i++) t[i][x] = y[i];
    }
#pragma unroll
    for (int i = 0; i < 4; i++) transform_output(t[i], r[i]);
    for (int32_t i = 0; i < rows; i++)
      for (int32_t j = 0; j < columns; j++) finish(r[i][j], bias, shift, e, p[i * 4 + j], at, n, activation);
  }
}

static void KERNEL(winograd_output)(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e,
                                    int32_t item, int32_t y0, int32_t x0, int32_t step, int32_t rows, int32_t columns) {
  switch (e->activation) {
    case CK_MISH: output_tile(sums, plane, column, channels, e, item, y0, x0, step, rows, columns, CK_MISH); break;
    case CK_LEAKY: output_tile(sums, plane, column, channels, e, item, y0, x0, step, rows, columns, CK_LEAKY); break;
    default: output_tile(sums, plane, column, channels, e, item, y0, x0, step, rows, columns, CK_LINEAR); break;
  }
}
