#pragma once

#include "CDicom.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcistrmf.h>

#include <cstdio>
#include <memory>
#include <new>
#include <string>

struct cdicom_file {
  std::unique_ptr<DcmFileFormat> format;
  std::string path;            // where the data set lies; a descriptor's path for an inflated one
  int scratch = -1;            // descriptor of the inflated data set
  uint64_t size = 0;
  std::string transfer_syntax; // as stored
  E_TransferSyntax xfer = EXS_Unknown;
};

namespace cdicom {

// Codecs registered and logging silenced, once per process.
void start();

inline void explain(char *why, size_t size, const char *text) noexcept {
  if (why && size) std::snprintf(why, size, "%s", text ? text : "");
}

// Runs `body`, which returns a status; whatever it throws becomes a status too.
template <typename Body>
cdicom_status guarded(char *why, size_t size, Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    explain(why, size, "out of memory");
    return CDICOM_OUT_OF_MEMORY;
  } catch (...) {
    explain(why, size, "an unexpected condition in a library");
    return CDICOM_INTERNAL;
  }
}

template <typename Body>
cdicom_status guarded(Body body) noexcept { return guarded(nullptr, 0, body); }

inline DcmItem *unwrap(cdicom_item *item) { return reinterpret_cast<DcmItem *>(item); }
inline cdicom_item *wrap(DcmItem *item) { return reinterpret_cast<cdicom_item *>(item); }
inline DcmTagKey key(uint32_t tag) { return DcmTagKey(Uint16(tag >> 16), Uint16(tag & 0xFFFF)); }

// The element itself, not searched for in nested items; NULL where absent.
DcmElement *element(cdicom_item *item, uint32_t tag);

// Decodes one JPEG 2000 frame into `count` values as the code stream holds them.
cdicom_status jpeg2000(
  const uint8_t *bytes, size_t size, uint32_t rows, uint32_t columns, int32_t *values, char *why, size_t why_size);

} // namespace cdicom
