// z = sum + bias; out = scale · activation(z) + shift + weight1 · residual1 + weight2 · residual2.

typedef struct {
  float *out, *preactivation;
  const float *residual1, *residual2;
} pixel;

INLINE pixel pixel_at(const ck_epilogue *e, int32_t item, int32_t y, int32_t x) {
  pixel p = {0};
  p.out = e->out.base + item * e->out.item + y * e->out.row + x * e->out.pixel;
  if (e->preactivation.base)
    p.preactivation = e->preactivation.base + item * e->preactivation.item + y * e->preactivation.row + x * e->preactivation.pixel;
  if (e->residual1.base)
    p.residual1 = e->residual1.base + item * e->residual1.item + y * e->residual1.row + x * e->residual1.pixel;
  if (e->residual2.base) {
    int32_t other = e->residual2_item ? e->residual2_item[item] : item;
    p.residual2 = e->residual2.base + other * e->residual2.item + y * e->residual2.row + x * e->residual2.pixel;
  }
  return p;
}

// Which of an epilogue's extras there are. Tiles are many: where none or only the first residual is there, the compiler knows.
enum { EXTRA_NONE = 0, EXTRA_RESIDUAL1 = 1, EXTRA_ANY = 2 };

INLINE int32_t extras_of(const ck_epilogue *e) {
  if (e->preactivation.base || e->residual2.base) return EXTRA_ANY;
  return e->residual1.base ? EXTRA_RESIDUAL1 : EXTRA_NONE;
}

INLINE void finish(vf sum, vf bias, vf shift, const ck_epilogue *e, pixel p, ptrdiff_t c, int32_t n, const int activation,
                   const int extras) {
  vf z = sum + bias;
  if (extras == EXTRA_ANY && p.preactivation) store_some(p.preactivation + c, z, n);
  vf v = z;
  if (activation == CK_MISH) v = mish(z);
  if (activation == CK_LEAKY) v = __builtin_elementwise_max(z, z * (vf)(e->slope));
  v = FMA(v, (vf)(e->scale), shift);
  if (extras == EXTRA_RESIDUAL1 || (extras == EXTRA_ANY && p.residual1)) v = FMA(load_some(p.residual1 + c, n), (vf)(e->weight1), v);
  if (extras == EXTRA_ANY && p.residual2) v = FMA(load_some(p.residual2 + c, n), (vf)(e->weight2), v);
  store_some(p.out + c, v, n);
}

INLINE void finish_row(const float *sums, int32_t channels, const ck_epilogue *e, int32_t item, pixel p, const int activation) {
  const float *shift = e->shift ? e->shift + item * e->shift_stride : NULL;
  int32_t c = 0;
  for (; c + WIDTH <= channels; c += WIDTH)
    finish(load(sums + c), e->bias ? load(e->bias + c) : (vf)(0.0f), shift ? load(shift + c) : (vf)(0.0f), e, p, c, WIDTH, activation,
           EXTRA_ANY);
  if (c == channels) return;
  int32_t n = channels - c;
  finish(load(sums + c), e->bias ? load_some(e->bias + c, n) : (vf)(0.0f), shift ? load_some(shift + c, n) : (vf)(0.0f), e, p, c, n,
         activation, EXTRA_ANY);
}

INLINE void finish_run(const ck_run *r, const ck_epilogue *e, const int activation) {
  int32_t item = r->item, y = r->y, x = r->x;
  const float *sums = r->sums;
  for (int32_t i = 0; i < r->count; i++, sums += r->stride) {
    finish_row(sums, r->channels, e, item, pixel_at(e, item, y * r->step + r->offset_y, x * r->step + r->offset_x), activation);
    if (++x == r->width) {
      x = 0;
      if (++y == r->height) y = 0, item++;
    }
  }
}

static void KERNEL(finish_pixels)(const ck_run *r, const ck_epilogue *e) {
  switch (e->activation) {
    case CK_MISH: finish_run(r, e, CK_MISH); break;
    case CK_LEAKY: finish_run(r, e, CK_LEAKY); break;
    default: finish_run(r, e, CK_LINEAR); break;
  }
}
