#include "CNifti.h"
#include <nifti/nifti2_io.h>
