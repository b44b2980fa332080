#pragma once
// The vector kernels of the engine: one table per instruction set, chosen once at run time.
// Portable C comes first; every other variant computes the same thing and is tested against it.
#include "ck_gradients.h"
#include "ck_kernels.h"
#include "ck_threads.h"
#include "ck_winograd.h"
#include "NoiseKernels.h"
