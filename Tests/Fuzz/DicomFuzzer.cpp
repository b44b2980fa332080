// Feeds bytes to the DICOM shim as a file, and asks for everything that the reader asks for.
//
// Build and run by Tests/Fuzz/dicom.sh.

#include "../../Sources/CDicom/include/CDicom.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {

void walk(cdicom_item *dataset, cdicom_item *item, int depth) {
  std::vector<uint32_t> tags(cdicom_tags(item, nullptr, 0));
  const size_t count = cdicom_tags(item, tags.data(), tags.size());
  char text[4096];
  double numbers[64];
  uint16_t words[64];
  for (size_t i = 0; i < count && i < 2000; ++i) {
    char vr[3] = "";
    size_t n = 0;
    cdicom_vr(item, tags[i], vr);
    cdicom_string(item, tags[i], text, sizeof text);
    cdicom_utf8(dataset, item, tags[i], text, sizeof text);
    cdicom_numbers(item, tags[i], numbers, 64, &n);
    if (cdicom_length(item, tags[i]) >= sizeof words) cdicom_words(item, tags[i], words, 64);
    const long items = std::string(vr) == "SQ" ? cdicom_count(item, tags[i]) : 0;
    for (long k = 0; k < items && k < 50 && depth < 20; ++k)
      if (cdicom_item *child = cdicom_sequence_item(item, tags[i], size_t(k))) walk(dataset, child, depth + 1);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const int file = memfd_create("fuzz", MFD_CLOEXEC);
  if (file < 0) abort();
  if (write(file, data, size) != ssize_t(size)) abort();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  char why[256];
  cdicom_file *opened = nullptr;
  if (cdicom_open(path.c_str(), &opened, why, sizeof why) == CDICOM_OK) {
    walk(cdicom_dataset(opened), cdicom_dataset(opened), 0);
    cdicom_pixels pixels;
    if (cdicom_pixel_info(opened, &pixels) == CDICOM_OK) {
      const uint64_t count = uint64_t(pixels.rows) * pixels.columns;
      if (count > 0 && count <= 1 << 22 && pixels.frames > 0) {
        std::vector<double> values(count);
        cdicom_frame(opened, 0, values.data(), values.size(), why, sizeof why);
        cdicom_frame(opened, uint32_t(pixels.frames - 1), values.data(), values.size(), why, sizeof why);
      }
    }
    // What a derived object takes over is copied element by element, and saved.
    cdicom_file *copy = nullptr;
    if (cdicom_create(&copy) == CDICOM_OK) {
      std::vector<uint32_t> tags(cdicom_tags(cdicom_dataset(opened), nullptr, 0));
      cdicom_tags(cdicom_dataset(opened), tags.data(), tags.size());
      for (uint32_t tag : tags)
        if (tag != 0x7FE00010) cdicom_copy(cdicom_dataset(opened), tag, cdicom_dataset(copy));
      cdicom_close(copy);
    }
    cdicom_close(opened);
  }
  close(file);
  return 0;
}
