// One variant of the noise kernel. Included several times by noise.c with
//   LANES   how many counters go side by side
//   NAME    the function's name
//   TARGET  an attribute that allows instructions
// Only IEEE operations that round once are used, and the compiler may not fuse any, so LANES and TARGET change no bit.

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define U32 CAT(NAME, _u32)
#define U64 CAT(NAME, _u64)
#define I32 CAT(NAME, _i32)
#define F32 CAT(NAME, _f32)

typedef uint32_t U32 __attribute__((ext_vector_type(LANES)));
typedef uint64_t U64 __attribute__((ext_vector_type(LANES)));
typedef int32_t I32 __attribute__((ext_vector_type(LANES)));
typedef float F32 __attribute__((ext_vector_type(LANES)));

// sqrt(-2 ln u) with u = (x + 1/2) / 2^32 in (0, 1].
TARGET static inline __attribute__((always_inline)) void CAT(NAME, _radius)(const U32 *x, F32 *radius) {
  F32 u = (__builtin_convertvector(*x, F32) + 0.5f) * 0x1p-32f;
  // u = m * 2^e with m in [sqrt(1/2), sqrt(2)): subtracting the bits of sqrt(1/2) carries into the exponent.
  I32 bits = __builtin_bit_cast(I32, u);
  I32 e = (bits - 0x3f3504f3) >> 23;
  F32 f = __builtin_bit_cast(F32, bits - (e << 23)) - 1.0f;
  // From 3/4 on, f = u - 1 comes from the complement, which keeps the digits that rounding to u has lost.
  F32 near = (__builtin_convertvector(~*x, F32) + 0.5f) * -0x1p-32f;
  I32 isNear = *x >= 0xC0000000u;
  f = __builtin_bit_cast(F32, (__builtin_bit_cast(I32, f) & ~isNear) | (__builtin_bit_cast(I32, near) & isNear));
  F32 ff = f * f;
  // ln(1 + f) = f - f^2/2 + f^3 P(f); P is a Chebyshev fit on [sqrt(1/2) - 1, sqrt(2) - 1].
  F32 p = f * 0x1.24da9ap-4f + -0x1.d9f4d6p-4f;
  p = p * f + 0x1.dda7cep-4f;
  p = p * f + -0x1.fc5b4cp-4f;
  p = p * f + 0x1.23d6b6p-3f;
  p = p * f + -0x1.555ed8p-3f;
  p = p * f + 0x1.999d5p-3f;
  p = p * f + -0x1.fffff2p-3f;
  p = p * f + 0x1.555554p-2f;
  F32 exponent = __builtin_convertvector(e, F32);
  F32 tail = exponent * -0x1.bd0106p-13f + ff * f * p;  // ln 2 = 355/512 + tail, the head exact in a product
  F32 log = (tail - 0.5f * ff) + f + exponent * 0x1.63p-1f;
  // ln 1 = 0 exactly; rounding must not make it positive.
  F32 square = __builtin_elementwise_max(-2.0f * log, (F32)0.0f);
  *radius = __builtin_elementwise_sqrt(square);
}

// cos and sin of 2 pi x / 2^32.
TARGET static inline __attribute__((always_inline)) void CAT(NAME, _angle)(const U32 *x, F32 *cosine, F32 *sine) {
  U32 quadrant = (*x + 0x20000000u) >> 30;
  I32 rest = __builtin_bit_cast(I32, *x - (quadrant << 30));
  F32 a = __builtin_convertvector(rest, F32) * 0x1.921fb6p-30f;  // 2 pi / 2^32, |a| <= pi/4
  F32 aa = a * a;
  F32 s = (aa * -0x1.9aca02p-13f + 0x1.110c2ap-7f) * aa + -0x1.555552p-3f;
  s = a + a * aa * s;
  F32 c = (aa * 0x1.9bd8d2p-16f + -0x1.6c12d4p-10f) * aa + 0x1.555554p-5f;
  c = (1.0f - 0.5f * aa) + aa * aa * c;
  // A quarter turn swaps the two and changes one sign; selecting bits costs no branch.
  U32 swap = -(quadrant & 1u);
  U32 sb = __builtin_bit_cast(U32, s), cb = __builtin_bit_cast(U32, c);
  U32 cosineBits = (cb & ~swap) | (sb & swap), sineBits = (sb & ~swap) | (cb & swap);
  *cosine = __builtin_bit_cast(F32, cosineBits ^ (((quadrant + 1u) & 2u) << 30));
  *sine = __builtin_bit_cast(F32, sineBits ^ ((quadrant & 2u) << 30));
}

TARGET static void NAME(float *out, size_t blocks, const uint32_t counter[4], const uint32_t key[2],
                        const float *weights, size_t taps) {
  U32 lane;
  for (int i = 0; i < LANES; i++) lane[i] = (uint32_t)i;
  for (size_t start = 0; start < blocks; start += LANES) {
    F32 sum[4] = {0, 0, 0, 0};
    for (size_t tap = 0; tap < taps; tap++) {
      U32 c0 = lane + (counter[0] + (uint32_t)start), c1 = (U32)(counter[1] + (uint32_t)tap);
      U32 c2 = (U32)counter[2], c3 = (U32)counter[3];
      uint32_t k0 = key[0], k1 = key[1];
      for (int round = 0; round < 10; round++) {
        U64 p0 = __builtin_convertvector(c0, U64) * 0xD2511F53u;
        U64 p1 = __builtin_convertvector(c2, U64) * 0xCD9E8D57u;
        c0 = __builtin_convertvector(p1 >> 32, U32) ^ c1 ^ k0;
        c2 = __builtin_convertvector(p0 >> 32, U32) ^ c3 ^ k1;
        c1 = __builtin_convertvector(p1, U32);
        c3 = __builtin_convertvector(p0, U32);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
      }
      F32 radius, cosine, sine;
      CAT(NAME, _radius)(&c0, &radius);
      CAT(NAME, _angle)(&c1, &cosine, &sine);
      radius *= weights[tap];
      sum[0] += radius * cosine;
      sum[1] += radius * sine;
      CAT(NAME, _radius)(&c2, &radius);
      CAT(NAME, _angle)(&c3, &cosine, &sine);
      radius *= weights[tap];
      sum[2] += radius * cosine;
      sum[3] += radius * sine;
    }
    float z[4][LANES] __attribute__((aligned(64)));
    for (int k = 0; k < 4; k++) *(F32 *)z[k] = sum[k];
    float *to = out + 4 * start;
    if (blocks - start >= LANES) {
      for (size_t i = 0; i < LANES; i++)
        for (int k = 0; k < 4; k++) to[4 * i + k] = z[k][i];
    } else {
      for (size_t i = 0; i < blocks - start; i++)
        for (int k = 0; k < 4; k++) to[4 * i + k] = z[k][i];
    }
  }
}

#undef U32
#undef U64
#undef I32
#undef F32
#undef CAT
#undef CAT_
