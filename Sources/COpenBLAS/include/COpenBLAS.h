#pragma once
#include <stddef.h>
#include <stdint.h>

// The installed OpenBLAS behind a narrow door: row-major products on the calling thread alone, with the right kernels for this CPU.

/// Makes OpenBLAS single-threaded and, where its own choice is poorer than the CPU, has it choose again (once per process).
/// A user's OPENBLAS_CORETYPE is left alone. Returns 1 when the choice was changed.
int32_t cob_prepare(void);
const char *cob_core_name(void);
const char *cob_configuration(void);

/// c[m × n] = alpha · op(a) · op(b) + beta · c, row-major, on the calling thread.
void cob_multiply(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a, int32_t lda,
                  const float *b, int32_t ldb, float beta, float *c, int32_t ldc);
