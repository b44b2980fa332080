#include "NoiseKernels.h"

// A fused multiply-add rounds once where two operations round twice: it would tell machines apart.
#pragma STDC FP_CONTRACT OFF

#define LANES 8
#define NAME noise_portable
#define TARGET
#include "noise_variant.h"
#undef LANES
#undef NAME
#undef TARGET

#if defined(__x86_64__)
#define LANES 8
#define NAME noise_avx2
#define TARGET __attribute__((target("avx2")))
#include "noise_variant.h"
#undef LANES
#undef NAME
#undef TARGET

#define LANES 16
#define NAME noise_avx512
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq")))
#include "noise_variant.h"
#undef LANES
#undef NAME
#undef TARGET
#endif

int ck_noise_variant(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return CK_NOISE_AVX512;
  if (__builtin_cpu_supports("avx2")) return CK_NOISE_AVX2;
#endif
  return CK_NOISE_PORTABLE;
}

void ck_noise_row(float *out, size_t blocks, const uint32_t counter[4], const uint32_t key[2], const float *weights,
                  size_t taps, int variant) {
#if defined(__x86_64__)
  if (variant == CK_NOISE_AVX512) {
    noise_avx512(out, blocks, counter, key, weights, taps);
    return;
  }
  if (variant == CK_NOISE_AVX2) {
    noise_avx2(out, blocks, counter, key, weights, taps);
    return;
  }
#endif
  (void)variant;
  noise_portable(out, blocks, counter, key, weights, taps);
}
