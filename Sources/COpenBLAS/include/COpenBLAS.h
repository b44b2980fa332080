#pragma once
#include <stddef.h>
#include <stdint.h>

// The installed OpenBLAS behind a narrow door: row-major products on the calling thread alone, with the right kernels for this CPU.

/// Who decided which CPU's kernels OpenBLAS runs.
typedef enum {
  COB_OWN_CHOICE = 0,
  COB_CORRECTED,     // its own choice was poorer than the CPU: it was made to choose again
  COB_WISH,          // OPENBLAS_CORETYPE in the user's environment
  COB_WISH_REFUSED,  // the same, but OpenBLAS has no such kernels and took others
} cob_origin;

/// Makes OpenBLAS single-threaded and, where its own choice is poorer than the CPU, has it choose again (once per process).
/// A user's OPENBLAS_CORETYPE is left alone.
cob_origin cob_prepare(void);
/// The OPENBLAS_CORETYPE that was found, or an empty string.
const char *cob_wish(void);
/// The core whose kernels suit a CPU with these instructions better than those of `chosen`; NULL where `chosen` is right.
const char *cob_better_core(const char *chosen, int32_t has_avx2, int32_t has_avx512);
const char *cob_core_name(void);
const char *cob_configuration(void);

/// c[m × n] = alpha · op(a) · op(b) + beta · c, row-major, on the calling thread.
void cob_multiply(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a, int32_t lda,
                  const float *b, int32_t ldb, float beta, float *c, int32_t ldc);
