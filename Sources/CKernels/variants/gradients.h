// What backward passes need besides convolutions.

/// mish′(x) = t + x · 4 e (e + 1) / (n + 2)² with e = eˣ, n = e (e + 2), t = n / (n + 2).
INLINE vf mish_slope(vf x) {
  vf e = exponential(__builtin_elementwise_max(__builtin_elementwise_min(x, (vf)(20.0f)), (vf)(-87.0f)));
  vf n = e * (e + (vf)(2.0f)), inverse = (vf)(1.0f) / (n + (vf)(2.0f));
  vf q = (vf)(4.0f) * e * (e + (vf)(1.0f)) * inverse;
  return FMA(n, inverse, x * (q * inverse));
}

INLINE vf leaky_slope(vf z, float slope) { return z > (vf)(0.0f) ? (vf)(1.0f) : (vf)(slope); }

static void KERNEL(activation_gradient)(const float *z, const float *gradient, float *out, int32_t count, int32_t activation,
                                        float slope, float scale) {
  for (int32_t c = 0; c < count; c += WIDTH) {
    int32_t n = count - c < WIDTH ? count - c : WIDTH;
    vf g = load_some(gradient + c, n) * (vf)(scale);
    if (activation == CK_MISH) g *= mish_slope(load_some(z + c, n));
    if (activation == CK_LEAKY) g *= leaky_slope(load_some(z + c, n), slope);
    store_some(out + c, g, n);
  }
}

static void KERNEL(add_scaled)(const float *x, float weight, float *out, int32_t count) {
  for (int32_t c = 0; c < count; c += WIDTH) {
    int32_t n = count - c < WIDTH ? count - c : WIDTH;
    store_some(out + c, FMA(load_some(x + c, n), (vf)(weight), load_some(out + c, n)), n);
  }
}
