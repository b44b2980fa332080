#pragma once
#include <stddef.h>
#include <stdint.h>

// Standard normal numbers from the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011) and the Box-Muller transform. Every number is a function of its counter and key
// alone, and every variant gives the same bits: no fused multiply-add, no libm.

// Which instructions to use; ck_noise_variant() picks the best that this machine has.
enum { CK_NOISE_PORTABLE = 0, CK_NOISE_AVX2 = 1, CK_NOISE_AVX512 = 2 };

int ck_noise_variant(void);

// Writes out[0 .. 4*blocks): the sum over taps j of weights[j] * z_j, four numbers from each of the counters
// (counter[0] + i, counter[1] + j, counter[2], counter[3]), i = 0 .. blocks-1, under the key.
void ck_noise_row(float *out, size_t blocks, const uint32_t counter[4], const uint32_t key[2], const float *weights,
                  size_t taps, int variant);
