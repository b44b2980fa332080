// ROWS × PANEL sums stay in registers while k runs; a's values are broadcast from constant offsets, which the groups of 16 make possible.
// A row's sum is the same chain of multiply-adds whichever row of which block it is.

enum { VECTORS = PANEL / WIDTH, HALF = 16 / WIDTH };

INLINE void product_tile(const ck_product *p, const float *a, const float *b, float *c, const int rows, const int vectors) {
  vf sum[ROWS][VECTORS];
  const ptrdiff_t ldc = p->ldc, group = p->group_stride;
  const int32_t depth = p->k;
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int v = 0; v < vectors; v++) sum[r][v] = p->accumulate ? load(c + r * ldc + v * WIDTH) : (vf)(0.0f);
  for (int32_t g = 0; g < depth; g += 16, a += group) {
#pragma unroll 2
    for (int j = 0; j < 16; j++, b += vectors * WIDTH) {
      vf w[VECTORS];
#pragma unroll
      for (int v = 0; v < vectors; v++) w[v] = load(b + v * WIDTH);
#pragma unroll
      for (int r = 0; r < rows; r++) {
        vf x = (vf)(a[r * 16 + j]);
#pragma unroll
        for (int v = 0; v < vectors; v++) sum[r][v] = FMA(x, w[v], sum[r][v]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int v = 0; v < vectors; v++) store(c + r * ldc + v * WIDTH, sum[r][v]);
}

#define TILE(n) \
  case n: product_tile(p, a, b, c, n, vectors); break;

INLINE void product_rows(const ck_product *p, const float *a, const float *b, float *c, int32_t rows, const int vectors) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4)
#if ROWS > 4
    TILE(5) TILE(6)
#endif
#if ROWS > 6
    TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#endif
  }
}

static void KERNEL(product)(const ck_product *p) {
  // As many passes as needed, of even length.
  int32_t passes = (p->m + ROWS - 1) / ROWS, rows;
  for (int32_t column = 0; column < p->n; column += PANEL) {
    const float *b = p->b + (ptrdiff_t)column * p->k;
    int32_t half = p->n - column < PANEL;
    for (int32_t row = 0, pass = passes; pass > 0; row += rows, pass--) {
      rows = (p->m - row + pass - 1) / pass;
      const float *a = p->a + (ptrdiff_t)row * p->row_stride;
      float *c = p->c + row * p->ldc + column;
      if (half)
        product_rows(p, a, b, c, rows, HALF);
      else
        product_rows(p, a, b, c, rows, VECTORS);
    }
  }
}
