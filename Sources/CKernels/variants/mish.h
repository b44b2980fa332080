// mish(x) = x · tanh(ln(1 + eˣ)) (Misra 2019) = x · n / (n + 2) with n = eˣ (eˣ + 2), which cancels nowhere.
// eˣ = 2ᵏ · eʳ, |r| ≤ ln 2 / 2, eʳ by a polynomial whose relative error is 3e-9.

INLINE vf exponential(vf x) {
  const vf magic = (vf)(12582912.0f);  // 1.5 · 2²³: adding it rounds to an integer, kept in the low bits
  vf t = FMA(x, (vf)(1.44269504f), magic);
  vf k = t - magic;
  vf r = FMA(k, (vf)(-0.693359375f), x);
  r = FMA(k, (vf)(2.12194440e-4f), r);
  vf p = FMA((vf)(0.00138146f), r, (vf)(0.00836871f));
  p = FMA(p, r, (vf)(0.04166839f));
  p = FMA(p, r, (vf)(0.16666521f));
  p = FMA(p, r, (vf)(0.49999993f));
  p = FMA(p, r * r, r) + (vf)(1.0f);
  vi bits = (vi)p + ((vi)t << 23);
  return (vf)bits;
}

INLINE vf mish(vf x) {
  // Above 20, n / (n + 2) is 1 to the last bit; below −87, eˣ leaves the normal numbers.
  vf e = exponential(__builtin_elementwise_max(__builtin_elementwise_min(x, (vf)(20.0f)), (vf)(-87.0f)));
  vf n = e * (e + (vf)(2.0f));
  return x * (n / (n + (vf)(2.0f)));
}

static void KERNEL(mish_values)(const float *x, float *out, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += WIDTH) {
    int32_t n = count - i < WIDTH ? (int32_t)(count - i) : WIDTH;
    store_some(out + i, mish(load_some(x + i, n)), n);
  }
}
