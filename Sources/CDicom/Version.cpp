#include "CDicom.h"

#include <dcmtk/config/osconfig.h>
#include <openjpeg-2.5/openjpeg.h>

const char *cdicom_dcmtk_version(void) { return PACKAGE_VERSION PACKAGE_VERSION_SUFFIX; }
const char *cdicom_openjpeg_version(void) { return opj_version(); }
