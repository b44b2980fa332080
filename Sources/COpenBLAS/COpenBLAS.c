#include "COpenBLAS.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Exported by OpenBLAS builds with DYNAMIC_ARCH, though in no header; weak, so that a build without them still links.
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static pthread_once_t once = PTHREAD_ONCE_INIT;
static cob_origin origin = COB_OWN_CHOICE;
static char wish[64];

static int is_one_of(const char *name, const char *const *names) {
  for (; *names; names++)
    if (!strcasecmp(name, *names)) return 1;
  return 0;
}

const char *cob_better_core(const char *chosen, int32_t has_avx2, int32_t has_avx512) {
  // OpenBLAS 0.3.21 knows no CPU newer than itself: it falls back to kernels for AVX2, or to those for SSE where it does not know the maker.
  static const char *const without_avx2[] = {"Generic", "Prescott", "Core2", "Nehalem", "Barcelona", "Sandybridge", "Bulldozer", NULL};
  static const char *const with_avx2[] = {"Haswell", "Zen", "Excavator", NULL};
  int32_t is_old = is_one_of(chosen, without_avx2);
  if (has_avx512 && (is_old || is_one_of(chosen, with_avx2))) return "SkylakeX";
  return has_avx2 && is_old ? "Haswell" : NULL;
}

static void prepare(void) {
  openblas_set_num_threads(1);
  const char *asked = getenv("OPENBLAS_CORETYPE");
  if (asked && *asked) {
    strncpy(wish, asked, sizeof wish - 1);
    origin = strcasecmp(asked, openblas_get_corename()) ? COB_WISH_REFUSED : COB_WISH;
    return;
  }
#if defined(__x86_64__)
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
  const char *better = cob_better_core(openblas_get_corename(), avx2, avx512);
  if (!better) return;
  gotoblas_dynamic_quit();
  setenv("OPENBLAS_CORETYPE", better, 1);
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
  origin = COB_CORRECTED;
#endif
}

cob_origin cob_prepare(void) {
  pthread_once(&once, prepare);
  return origin;
}

const char *cob_wish(void) { return wish; }
const char *cob_core_name(void) { return openblas_get_corename(); }
const char *cob_configuration(void) { return openblas_get_config(); }

void cob_multiply(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a, int32_t lda,
                  const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a,
              lda, b, ldb, beta, c, ldc);
}
