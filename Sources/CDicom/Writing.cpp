#include "Internal.hpp"

#include <cstring>
#include <vector>

using namespace cdicom;

namespace {

cdicom_status status(const OFCondition &condition) { return condition.good() ? CDICOM_OK : CDICOM_WRITE_FAILED; }

template <typename Value>
std::vector<Value> converted(const double *values, size_t count) {
  std::vector<Value> result(count);
  for (size_t i = 0; i < count; ++i) result[i] = Value(values[i]);
  return result;
}

} // namespace

cdicom_status cdicom_put_string(cdicom_item *item, uint32_t tag, const char *value) {
  return guarded([&] { return status(unwrap(item)->putAndInsertString(DcmTag(key(tag)), value)); });
}

cdicom_status cdicom_put_numbers(
  cdicom_item *item, uint32_t tag, const char *vr, const double *values, size_t count) {
  return guarded([&]() -> cdicom_status {
    DcmItem *target = unwrap(item);
    const DcmVR representation(vr);
    const DcmTag full(key(tag), representation);
    switch (representation.getEVR()) {
      case EVR_US: return status(target->putAndInsertUint16Array(full, converted<Uint16>(values, count).data(), count));
      case EVR_SS: return status(target->putAndInsertSint16Array(full, converted<Sint16>(values, count).data(), count));
      case EVR_UL: return status(target->putAndInsertUint32Array(full, converted<Uint32>(values, count).data(), count));
      case EVR_FL: return status(target->putAndInsertFloat32Array(full, converted<Float32>(values, count).data(), count));
      case EVR_FD: return status(target->putAndInsertFloat64Array(full, values, count));
      default: return CDICOM_WRONG_TYPE;
    }
  });
}

cdicom_status cdicom_put_words(cdicom_item *item, uint32_t tag, const uint16_t *values, size_t count) {
  return guarded([&] {
    return status(unwrap(item)->putAndInsertUint16Array(DcmTag(key(tag), EVR_OW), values, static_cast<unsigned long>(count)));
  });
}

cdicom_status cdicom_append_item(cdicom_item *item, uint32_t tag, cdicom_item **child) {
  *child = nullptr;
  return guarded([&] {
    DcmItem *made = nullptr;
    const OFCondition done = unwrap(item)->findOrCreateSequenceItem(DcmTag(key(tag)), made, -2);
    *child = wrap(made);
    return status(done);
  });
}

cdicom_status cdicom_put_empty_sequence(cdicom_item *item, uint32_t tag) {
  return guarded([&] { return status(unwrap(item)->insertEmptyElement(DcmTag(key(tag)), OFTrue)); });
}

cdicom_status cdicom_copy(cdicom_item *from, uint32_t tag, cdicom_item *to) {
  return guarded([&] {
    DcmElement *found = element(from, tag);
    if (!found) return CDICOM_ABSENT;
    auto copy = std::unique_ptr<DcmElement>(static_cast<DcmElement *>(found->clone()));
    const OFCondition done = unwrap(to)->insert(copy.get(), OFTrue);
    if (done.good()) copy.release();
    return status(done);
  });
}

cdicom_status cdicom_remove(cdicom_item *item, uint32_t tag) {
  return guarded([&] {
    delete unwrap(item)->remove(key(tag));
    return CDICOM_OK;
  });
}

cdicom_status cdicom_save(cdicom_file *file, const char *path, char *why, size_t why_size) {
  return guarded(why, why_size, [&] {
    const OFCondition done = file->format->saveFile(
      OFFilename(path), EXS_LittleEndianExplicit, EET_ExplicitLength, EGL_withoutGL, EPD_noChange, 0, 0, EWM_createNewMeta);
    if (done.good()) return CDICOM_OK;
    explain(why, why_size, done.text());
    return CDICOM_WRITE_FAILED;
  });
}
