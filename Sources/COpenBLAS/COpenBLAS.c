#include "COpenBLAS.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Exported by OpenBLAS builds with DYNAMIC_ARCH, though in no header; weak, so that a build without them still links.
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int32_t changed = 0;

static void prepare(void) {
  openblas_set_num_threads(1);
#if defined(__x86_64__)
  // OpenBLAS 0.3.21 knows no CPU newer than itself and falls back to Haswell's kernels, half as wide as AVX-512's.
  if (getenv("OPENBLAS_CORETYPE") || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  const char *name = openblas_get_corename();
  int poorer = !strcmp(name, "Haswell") || !strcmp(name, "Zen") || !strcmp(name, "Prescott") || !strcmp(name, "Sandybridge");
  int able = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  if (!poorer || !able) return;
  gotoblas_dynamic_quit();
  setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
  changed = 1;
#endif
}

int32_t cob_prepare(void) {
  pthread_once(&once, prepare);
  return changed;
}

const char *cob_core_name(void) { return openblas_get_corename(); }
const char *cob_configuration(void) { return openblas_get_config(); }

void cob_multiply(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a, int32_t lda,
                  const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a,
              lda, b, ldb, beta, c, ldc);
}
