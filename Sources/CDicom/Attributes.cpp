#include "Internal.hpp"

#include <dcmtk/dcmdata/dcspchrs.h>

#include <cmath>
#include <cstring>

using namespace cdicom;

namespace {

cdicom_status copied(const OFString &text, char *buffer, size_t size) {
  if (text.size() + 1 > size) return CDICOM_TOO_SMALL;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return CDICOM_OK;
}

bool textual(DcmElement *found) {
  switch (found->getVR()) {
    case EVR_AE: case EVR_AS: case EVR_CS: case EVR_DA: case EVR_DS: case EVR_DT: case EVR_IS: case EVR_LO: case EVR_LT:
    case EVR_PN: case EVR_SH: case EVR_ST: case EVR_TM: case EVR_UC: case EVR_UI: case EVR_UR: case EVR_UT:
      return true;
    default: return false;
  }
}

// A text value longer than this is no text that anybody needs here.
constexpr Uint32 longestText = 1 << 20;

cdicom_status text(cdicom_item *item, uint32_t tag, OFString &value) {
  DcmElement *found = element(item, tag);
  if (!found) return CDICOM_ABSENT;
  if (!textual(found)) return CDICOM_WRONG_TYPE;
  if (found->getLengthField() > longestText) return CDICOM_TOO_SMALL;
  return found->getOFStringArray(value).good() ? CDICOM_OK : CDICOM_DAMAGED;
}

cdicom_status number(DcmElement *found, unsigned long index, double &value) {
  OFCondition read = EC_Normal;
  switch (found->ident()) {
    case EVR_US: case EVR_xs: { Uint16 v = 0; read = found->getUint16(v, index); value = v; break; }
    case EVR_SS: { Sint16 v = 0; read = found->getSint16(v, index); value = v; break; }
    case EVR_UL: { Uint32 v = 0; read = found->getUint32(v, index); value = v; break; }
    case EVR_SL: { Sint32 v = 0; read = found->getSint32(v, index); value = v; break; }
    case EVR_FL: { Float32 v = 0; read = found->getFloat32(v, index); value = v; break; }
    case EVR_FD: { Float64 v = 0; read = found->getFloat64(v, index); value = v; break; }
    case EVR_DS: case EVR_IS: {
      OFString v;
      read = found->getOFString(v, index);
      if (read.good()) {
        const size_t first = v.find_first_not_of(" \t"), last = v.find_last_not_of(" \t");
        if (first == OFString_npos) return CDICOM_WRONG_TYPE;
        v = v.substr(first, last - first + 1);
        if (v.find_first_not_of("+-0123456789.eE") != OFString_npos) return CDICOM_WRONG_TYPE;
        OFBool parsed = OFFalse;
        value = OFStandard::atof(v.c_str(), &parsed);
        if (!parsed) return CDICOM_WRONG_TYPE;
      }
      break;
    }
    default: return CDICOM_WRONG_TYPE;
  }
  if (read.bad()) return CDICOM_DAMAGED;
  return std::isfinite(value) ? CDICOM_OK : CDICOM_WRONG_TYPE;
}

} // namespace

size_t cdicom_tags(cdicom_item *item, uint32_t *tags, size_t capacity) {
  size_t count = 0;
  guarded([&] {
    DcmObject *at = nullptr;
    while ((at = unwrap(item)->nextInContainer(at))) {
      if (count < capacity) tags[count] = uint32_t(at->getGTag()) << 16 | at->getETag();
      ++count;
    }
    return CDICOM_OK;
  });
  return count;
}

int cdicom_has(cdicom_item *item, uint32_t tag) {
  int answer = 0;
  guarded([&] { answer = element(item, tag) != nullptr; return CDICOM_OK; });
  return answer;
}

long cdicom_count(cdicom_item *item, uint32_t tag) {
  long answer = -1;
  guarded([&] {
    DcmElement *found = element(item, tag);
    if (!found) return CDICOM_ABSENT;
    if (found->ident() == EVR_SQ)
      answer = long(static_cast<DcmSequenceOfItems *>(found)->card());
    else
      answer = found->getLengthField() == 0 ? 0 : long(found->getVM());
    return CDICOM_OK;
  });
  return answer;
}

uint32_t cdicom_length(cdicom_item *item, uint32_t tag) {
  uint32_t answer = 0;
  guarded([&] {
    if (DcmElement *found = element(item, tag)) answer = found->getLengthField();
    return CDICOM_OK;
  });
  return answer;
}

cdicom_status cdicom_vr(cdicom_item *item, uint32_t tag, char vr[3]) {
  return guarded([&] {
    DcmElement *found = element(item, tag);
    if (!found) return CDICOM_ABSENT;
    std::snprintf(vr, 3, "%s", DcmVR(found->getVR()).getValidVRName());
    return CDICOM_OK;
  });
}

void cdicom_dictionary_vr(uint32_t tag, char vr[3]) {
  guarded([&] {
    start();
    std::snprintf(vr, 3, "%s", DcmTag(key(tag)).getVR().getValidVRName());
    return CDICOM_OK;
  });
}

cdicom_item *cdicom_sequence_item(cdicom_item *item, uint32_t tag, size_t index) {
  cdicom_item *answer = nullptr;
  guarded([&] {
    DcmElement *found = element(item, tag);
    if (!found || found->ident() != EVR_SQ) return CDICOM_ABSENT;
    auto *sequence = static_cast<DcmSequenceOfItems *>(found);
    if (index < sequence->card()) answer = wrap(sequence->getItem(index));
    return CDICOM_OK;
  });
  return answer;
}

cdicom_status cdicom_string(cdicom_item *item, uint32_t tag, char *buffer, size_t size) {
  return guarded([&] {
    OFString value;
    const cdicom_status status = text(item, tag, value);
    return status == CDICOM_OK ? copied(value, buffer, size) : status;
  });
}

cdicom_status cdicom_utf8(cdicom_item *dataset, cdicom_item *item, uint32_t tag, char *buffer, size_t size) {
  return guarded([&] {
    OFString value, converted;
    const cdicom_status status = text(item, tag, value);
    if (status != CDICOM_OK) return status;
    DcmSpecificCharacterSet characters;
    if (characters.selectCharacterSet(*unwrap(dataset), "UTF-8").bad()
        || characters.convertString(value, converted, "\\^=").bad())
      return CDICOM_WRONG_TYPE;
    return copied(converted, buffer, size);
  });
}

cdicom_status cdicom_numbers(cdicom_item *item, uint32_t tag, double *values, size_t capacity, size_t *count) {
  *count = 0;
  return guarded([&] {
    DcmElement *found = element(item, tag);
    if (!found) return CDICOM_ABSENT;
    if (found->ident() == EVR_SQ || found->getLengthField() > longestText) return CDICOM_WRONG_TYPE;
    const unsigned long n = found->getLengthField() == 0 ? 0 : found->getVM();
    for (unsigned long i = 0; i < n && i < capacity; ++i) {
      const cdicom_status status = number(found, i, values[i]);
      if (status != CDICOM_OK) return status;
    }
    *count = n;
    return CDICOM_OK;
  });
}

cdicom_status cdicom_words(cdicom_item *item, uint32_t tag, uint16_t *values, size_t count) {
  return guarded([&] {
    DcmElement *found = element(item, tag);
    if (!found) return CDICOM_ABSENT;
    if (found->ident() == EVR_SQ || found->getLengthField() / 2 < count) return CDICOM_TOO_SMALL;
    Uint16 *words = nullptr;
    if (found->getUint16Array(words).bad() || !words) return CDICOM_WRONG_TYPE;
    std::memcpy(values, words, count * sizeof(uint16_t));
    return CDICOM_OK;
  });
}
