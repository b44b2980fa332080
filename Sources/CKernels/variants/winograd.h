// F(4×4, 3×3) with the points 0, ±1, ±2, ∞ (Lavin & Gray 2016, section 4.1 and its 4×4 analogue).

/// Vectors of a group of 16 channels.
enum { PARTS = 16 / WIDTH };

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

INLINE void transform_column(const ck_tile_run *r, int32_t column, ptrdiff_t c, const int32_t n, const int zeros, const int points,
                             vf v[6]) {
  vf d[6];
  ptrdiff_t at = r->columns[column];
#pragma unroll
  for (int y = 0; y < points; y++) {
    const float *p = zeros && (at < 0 || !r->rows[y]) ? r->zeros : r->rows[y] + at;
    d[y] = load_some(p + c, n);
    // The next group's line of the same pixel.
    __builtin_prefetch(p + c + 16, 0, 3);
  }
  if (points == 5) d[5] = (vf)(0.0f);
  transform_input(d, v);
}

/// One tile's values from its six transformed columns.
INLINE void transform_rows(const vf t[6][6], float *o, ptrdiff_t plane, const int points) {
#pragma unroll
  for (int y = 0; y < points; y++) {
    vf d[6], v[6];
#pragma unroll
    for (int x = 0; x < points; x++) d[x] = t[x][y];
    if (points == 5) d[5] = (vf)(0.0f);
    transform_input(d, v);
#pragma unroll
    for (int x = 0; x < points; x++) store(o + (y * 6 + x) * plane, v[x]);
  }
}

/// One group of 16 channels over the whole run, so that the lines it reads and writes are met whole. Neighbouring tiles share two columns, which are
/// transformed once.
INLINE void input_group(const ck_tile_run *r, ptrdiff_t c, float *o, const int whole, const int zeros, const int points) {
  vf t[PARTS][6][6];
  int32_t n[PARTS];
#pragma unroll
  for (int p = 0; p < PARTS; p++) {
    int32_t left = r->channels - (int32_t)c - p * WIDTH;
    n[p] = whole || left > WIDTH ? WIDTH : left > 0 ? left : 0;
#pragma unroll
    for (int x = 0; x < 2; x++) transform_column(r, x, c + p * WIDTH, n[p], zeros, points, t[p][x]);
  }
  for (int32_t tile = 0; tile < r->tiles; tile++, o += r->tile_stride) {
#pragma unroll
    for (int p = 0; p < PARTS; p++) {
      ptrdiff_t at = c + p * WIDTH;
      const int32_t count = whole ? WIDTH : n[p];
#pragma unroll
      for (int x = 2; x < points; x++) transform_column(r, 4 * tile + x, at, count, zeros, points, t[p][x]);
      transform_rows(t[p], o + p * WIDTH, r->plane, points);
#pragma unroll
      for (int y = 0; y < points; y++) t[p][0][y] = t[p][4][y];
      if (points == 6) {
#pragma unroll
        for (int y = 0; y < 6; y++) t[p][1][y] = t[p][5][y];
      } else if (tile + 1 < r->tiles) {
        transform_column(r, 4 * tile + 5, at, count, zeros, points, t[p][1]);
      }
    }
  }
}

INLINE void input_run(const ck_tile_run *r, const int zeros, const int points) {
  int32_t c = 0;
  float *o = r->out;
  for (; c + 16 <= r->channels; c += 16, o += r->group_stride) input_group(r, c, o, 1, zeros, points);
  if (c < r->channels) input_group(r, c, o, 0, zeros, points);
}

static void KERNEL(winograd_input)(const ck_tile_run *r) {
  if (r->points == 6) {
    if (r->has_zeros) input_run(r, 1, 6);
    else input_run(r, 0, 6);
  } else {
    if (r->has_zeros) input_run(r, 1, 5);
    else input_run(r, 0, 5);
  }
}

INLINE void output_group(const float *sums, ptrdiff_t plane, ptrdiff_t at, const int32_t n, const ck_epilogue *e, ck_tile tile,
                         const pixel p[16], const int32_t rows, const int32_t columns, const int activation, const int extras,
                         const int skip_y, const int skip_x) {
  vf bias = e->bias ? load_some(e->bias + at, n) : (vf)(0.0f);
  vf shift = e->shift ? load_some(e->shift + tile.item * e->shift_stride + at, n) : (vf)(0.0f);
  vf t[4][6];
#pragma unroll
  for (int x = 0; x < 6; x++) {
    vf m[6], y[4];
    if ((x == 0 && skip_x == CK_NOT_FIRST) || (x == 5 && skip_x == CK_NOT_LAST)) {
#pragma unroll
      for (int i = 0; i < 4; i++) t[i][x] = (vf)(0.0f);
      continue;
    }
#pragma unroll
    for (int i = 0; i < 6; i++)
      m[i] = (i == 0 && skip_y == CK_NOT_FIRST) || (i == 5 && skip_y == CK_NOT_LAST) ? (vf)(0.0f) : load(sums + (i * 6 + x) * plane);
    transform_output(m, y);
#pragma unroll
    for (int i = 0; i < 4; i++) t[i][x] = y[i];
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    vf r[4];
    transform_output(t[i], r);
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (i < rows && j < columns) finish(r[j], bias, shift, e, p[i * 4 + j], at, n, activation, extras);
  }
}

INLINE void output_whole_tile(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e, ck_tile tile,
                              const pixel p[16], const int activation, const int extras, const int skip_y, const int skip_x) {
  for (int32_t c = 0; c + WIDTH <= channels; c += WIDTH)
    output_group(sums + c, plane, column + c, WIDTH, e, tile, p, 4, 4, activation, extras, skip_y, skip_x);
}

INLINE void output_tile(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e, ck_tile tile,
                        const int activation, const int skip_y, const int skip_x) {
  pixel p[16];
  for (int32_t i = 0; i < tile.rows; i++)
    for (int32_t j = 0; j < tile.columns; j++) p[i * 4 + j] = pixel_at(e, tile.item, tile.y + i * tile.step, tile.x + j * tile.step);
  int32_t c = 0;
  if (tile.rows == 4 && tile.columns == 4) {
    switch (extras_of(e)) {
      case EXTRA_NONE: output_whole_tile(sums, plane, column, channels, e, tile, p, activation, EXTRA_NONE, skip_y, skip_x); break;
      case EXTRA_RESIDUAL1: output_whole_tile(sums, plane, column, channels, e, tile, p, activation, EXTRA_RESIDUAL1, skip_y, skip_x); break;
      default: output_whole_tile(sums, plane, column, channels, e, tile, p, activation, EXTRA_ANY, skip_y, skip_x); break;
    }
    c = channels / WIDTH * WIDTH;
  }
  for (; c < channels; c += WIDTH) {
    int32_t n = channels - c < WIDTH ? channels - c : WIDTH;
    output_group(sums + c, plane, column + c, n, e, tile, p, tile.rows, tile.columns, activation, EXTRA_ANY, skip_y, skip_x);
  }
}

static __attribute__((noinline)) void KERNEL(output_linear)(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels,
                                                            const ck_epilogue *e, ck_tile t) {
  switch (t.skip_y * 3 + t.skip_x) {
    case CK_NOT_FIRST * 3 + CK_NOT_FIRST: output_tile(sums, plane, column, channels, e, t, CK_LINEAR, CK_NOT_FIRST, CK_NOT_FIRST); break;
    case CK_NOT_FIRST * 3 + CK_NOT_LAST: output_tile(sums, plane, column, channels, e, t, CK_LINEAR, CK_NOT_FIRST, CK_NOT_LAST); break;
    case CK_NOT_LAST * 3 + CK_NOT_FIRST: output_tile(sums, plane, column, channels, e, t, CK_LINEAR, CK_NOT_LAST, CK_NOT_FIRST); break;
    case CK_NOT_LAST * 3 + CK_NOT_LAST: output_tile(sums, plane, column, channels, e, t, CK_LINEAR, CK_NOT_LAST, CK_NOT_LAST); break;
    default: output_tile(sums, plane, column, channels, e, t, CK_LINEAR, CK_ALL, CK_ALL); break;
  }
}

static void KERNEL(winograd_output)(const float *sums, ptrdiff_t plane, int32_t column, int32_t channels, const ck_epilogue *e,
                                    ck_tile t) {
  switch (e->activation) {
    case CK_MISH: output_tile(sums, plane, column, channels, e, t, CK_MISH, CK_ALL, CK_ALL); break;
    case CK_LEAKY: output_tile(sums, plane, column, channels, e, t, CK_LEAKY, CK_ALL, CK_ALL); break;
    default: KERNEL(output_linear)(sums, plane, column, channels, e, t); break;
  }
}
