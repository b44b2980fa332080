#pragma once
#include "NoiseKernels.h"
