#include "ck_kernels.h"

#if defined(__x86_64__)
extern const ck_kernels ck_avx2_kernels;
extern const ck_kernels ck_avx512_kernels;
#endif

const ck_kernels *ck_kernels_named(int32_t set) {
  if (set == 0) return &ck_portable_kernels;
#if defined(__x86_64__)
  if (set == 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &ck_avx2_kernels;
  if (set == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &ck_avx512_kernels;
#endif
  return NULL;
}
