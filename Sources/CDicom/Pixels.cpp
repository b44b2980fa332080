#include "Internal.hpp"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <cstring>
#include <vector>

using namespace cdicom;

namespace {

struct Source {
  DcmPixelData *data = nullptr;
  DcmPixelSequence *fragments = nullptr; // NULL where the pixels are not compressed
};

Uint16 word(DcmItem *dataset, const DcmTagKey &tag, Uint16 missing) {
  Uint16 value = missing;
  return dataset->findAndGetUint16(tag, value).good() ? value : missing;
}

Source pixelSource(cdicom_file *file) {
  Source source;
  DcmElement *found = nullptr;
  if (file->format->getDataset()->findAndGetElement(DCM_PixelData, found).bad()) return source;
  source.data = dynamic_cast<DcmPixelData *>(found);
  if (!source.data) return source;
  E_TransferSyntax xfer = EXS_Unknown;
  const DcmRepresentationParameter *parameter = nullptr;
  source.data->getOriginalRepresentationKey(xfer, parameter);
  if (DcmXfer(xfer).isEncapsulated()
      && source.data->getEncapsulatedRepresentation(xfer, parameter, source.fragments).bad())
    source.fragments = nullptr;
  return source;
}

DcmPixelItem *fragment(DcmPixelSequence *fragments, unsigned long index) {
  DcmPixelItem *item = nullptr;
  return fragments->getItem(item, index).good() ? item : nullptr;
}

uint64_t compressedBytes(DcmPixelSequence *fragments, unsigned long first, unsigned long end) {
  // Along the list: by index every look would begin at its head.
  uint64_t total = 0;
  unsigned long i = 0;
  for (DcmObject *at = fragments->nextInContainer(nullptr); at && i < end; at = fragments->nextInContainer(at), ++i)
    if (i >= first) total += at->getLengthField();
  return total;
}

// Forgets the fragments that decoding brought into memory; they can be read again.
void forget(DcmPixelSequence *fragments, unsigned long first, unsigned long end) {
  for (unsigned long i = first; i < end; ++i)
    if (DcmPixelItem *item = fragment(fragments, i)) item->compact();
}

struct Range { unsigned long first = 0, end = 0; };

// The fragments of one frame (PS3.5 A.4): all of them for one frame, one each where the numbers agree, else by the offset table.
bool fragmentRange(const cdicom_pixels &info, DcmPixelSequence *fragments, uint32_t frame, Range &range) {
  const unsigned long items = fragments->card();
  if (items < 2) return false;
  if (info.frames == 1) { range = {1, items}; return true; }
  if (uint64_t(items - 1) == info.frames) { range = {frame + 1ul, frame + 2ul}; return true; }
  DcmPixelItem *table = fragment(fragments, 0);
  Uint8 *bytes = nullptr;
  if (!table || table->getLengthField() / 4 < info.frames || table->getLengthField() > (64u << 20)
      || table->getUint8Array(bytes).bad() || !bytes)
    return false;
  const auto offset = [&](uint64_t i) {
    const Uint8 *at = bytes + 4 * i;
    return uint64_t(at[0]) | uint64_t(at[1]) << 8 | uint64_t(at[2]) << 16 | uint64_t(at[3]) << 24;
  };
  const uint64_t from = offset(frame), to = frame + 1 < info.frames ? offset(frame + 1ull) : UINT64_MAX;
  uint64_t at = 0;
  range = {0, 0};
  for (unsigned long i = 1; i < items; ++i) {
    DcmPixelItem *item = fragment(fragments, i);
    if (!item) return false;
    if (at == from) range.first = i;
    if (at < to) range.end = i + 1;
    at += 8ull + item->getLengthField();
  }
  return range.first > 0 && range.end > range.first;
}

// The sample precision and size that a JPEG or JPEG-LS frame header announces.
struct JpegHeader { unsigned precision = 0, rows = 0, columns = 0, components = 0; };

bool jpegHeader(const std::vector<uint8_t> &bytes, JpegHeader &header) {
  for (size_t at = 2; at + 9 < bytes.size();) {
    if (bytes[at] != 0xFF) return false;
    const uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) { ++at; continue; }
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) { at += 2; continue; }
    const bool frame = marker == 0xF7
      || (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
    if (frame) {
      header = {bytes[at + 4], unsigned(bytes[at + 5]) << 8 | bytes[at + 6], unsigned(bytes[at + 7]) << 8 | bytes[at + 8],
                bytes[at + 9]};
      return true;
    }
    at += 2 + (size_t(bytes[at + 2]) << 8 | bytes[at + 3]);
  }
  return false;
}

cdicom_status gathered(DcmPixelSequence *fragments, Range range, std::vector<uint8_t> &bytes) {
  for (unsigned long i = range.first; i < range.end; ++i) {
    DcmPixelItem *item = fragment(fragments, i);
    Uint8 *part = nullptr;
    if (!item) return CDICOM_DAMAGED;
    const Uint32 size = item->getLengthField();
    if (size == 0) continue;
    if (item->getUint8Array(part).bad() || !part) return CDICOM_SHORT_PIXELS;
    bytes.insert(bytes.end(), part, part + size);
  }
  return CDICOM_OK;
}

struct Depth {
  unsigned shift, bits;
  bool isSigned;
  double operator()(uint32_t raw) const {
    const uint64_t mask = (uint64_t(1) << bits) - 1;
    const uint64_t value = (uint64_t(raw) >> shift) & mask;
    if (isSigned && (value >> (bits - 1))) return double(int64_t(value) - int64_t(mask) - 1);
    return double(value);
  }
};

bool isJpeg2000(E_TransferSyntax xfer) {
  return xfer == EXS_JPEG2000LosslessOnly || xfer == EXS_JPEG2000 || xfer == EXS_JPEG2000MulticomponentLosslessOnly
    || xfer == EXS_JPEG2000Multicomponent;
}

bool isJpeg(E_TransferSyntax xfer) {
  return (xfer >= EXS_JPEGProcess1 && xfer <= EXS_JPEGProcess14SV1) || xfer == EXS_JPEGLSLossless || xfer == EXS_JPEGLSLossy;
}

// Beyond 16 million pixels a frame has to be backed by its compressed size: an empty slice packs a thousandfold, no more.
bool justified(uint64_t pixels, uint64_t bytes) { return pixels <= (1u << 24) || pixels / 1000 <= bytes; }

void spread(const std::vector<uint8_t> &bytes, unsigned width, size_t count, Depth depth, double *values) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t raw = 0;
    std::memcpy(&raw, bytes.data() + i * width, width);
    values[i] = depth(raw);
  }
}

} // namespace

cdicom_status cdicom_pixel_info(cdicom_file *file, cdicom_pixels *info) {
  *info = {};
  return guarded([&]() -> cdicom_status {
    DcmDataset *dataset = file->format->getDataset();
    info->rows = word(dataset, DCM_Rows, 0);
    info->columns = word(dataset, DCM_Columns, 0);
    info->samples = word(dataset, DCM_SamplesPerPixel, 1);
    info->allocated = word(dataset, DCM_BitsAllocated, 0);
    info->stored = word(dataset, DCM_BitsStored, info->allocated);
    info->high_bit = word(dataset, DCM_HighBit, info->stored ? info->stored - 1 : 0);
    info->representation = word(dataset, DCM_PixelRepresentation, 0);
    Sint32 frames = 1;
    if (dataset->findAndGetSint32(DCM_NumberOfFrames, frames).bad()) frames = 1;
    info->frames = frames > 0 ? uint64_t(frames) : 0;
    const Source source = pixelSource(file);
    if (!source.data) return CDICOM_ABSENT;
    info->encapsulated = source.fragments != nullptr;
    if (source.fragments) {
      const unsigned long items = source.fragments->card();
      info->fragments = items > 0 ? items - 1 : 0;
      info->compressed = compressedBytes(source.fragments, 1, items);
    } else {
      info->length = source.data->getLengthField();
    }
    return CDICOM_OK;
  });
}

cdicom_status cdicom_frame(
  cdicom_file *file, uint32_t frame, double *values, size_t count, char *why, size_t why_size) {
  return guarded(why, why_size, [&]() -> cdicom_status {
    cdicom_pixels info{};
    const cdicom_status known = cdicom_pixel_info(file, &info);
    if (known != CDICOM_OK) { explain(why, why_size, "no pixel data"); return known; }
    const unsigned width = info.allocated / 8;
    if (info.samples != 1 || (info.allocated != 8 && info.allocated != 16 && info.allocated != 32) || info.stored < 1
        || info.stored > info.allocated || info.high_bit >= info.allocated || info.high_bit + 1 < info.stored) {
      explain(why, why_size, "a pixel layout that is not one grey value of 8, 16 or 32 bits");
      return CDICOM_UNSUPPORTED;
    }
    if (count == 0 || count != size_t(info.rows) * info.columns || frame >= info.frames) {
      explain(why, why_size, "no such frame");
      return CDICOM_ABSENT;
    }
    const Depth depth{unsigned(info.high_bit + 1 - info.stored), info.stored, info.representation != 0};
    Source source = pixelSource(file);
    if (!source.fragments) {
      const uint64_t size = uint64_t(count) * width, at = size * frame;
      if (at + size > info.length) { explain(why, why_size, "pixel data shorter than announced"); return CDICOM_SHORT_PIXELS; }
      std::vector<uint8_t> bytes(size);
      if (source.data->getPartialValue(bytes.data(), Uint32(at), Uint32(size), nullptr, gLocalByteOrder).bad()) {
        explain(why, why_size, "pixel data cannot be read");
        return CDICOM_SHORT_PIXELS;
      }
      spread(bytes, width, count, depth, values);
      return CDICOM_OK;
    }

    Range range;
    if (!fragmentRange(info, source.fragments, frame, range)) {
      explain(why, why_size, "the fragments of compressed pixels do not tell where a frame begins");
      return CDICOM_DAMAGED;
    }
    if (!justified(count, compressedBytes(source.fragments, range.first, range.end))) {
      explain(why, why_size, "the frame announced is larger than its compressed bytes can hold");
      return CDICOM_DAMAGED;
    }
    std::vector<uint8_t> packed;
    const bool needsHeader = isJpeg2000(file->xfer) || isJpeg(file->xfer);
    if (needsHeader) {
      const cdicom_status status = gathered(source.fragments, range, packed);
      if (status != CDICOM_OK) { explain(why, why_size, "a fragment of compressed pixels cannot be read"); return status; }
    }
    if (isJpeg2000(file->xfer)) {
      forget(source.fragments, range.first, range.end);
      std::vector<int32_t> decoded(count);
      const cdicom_status status =
        jpeg2000(packed.data(), packed.size(), info.rows, info.columns, decoded.data(), why, why_size);
      if (status != CDICOM_OK) return status;
      // The code stream's own sign may disagree with PixelRepresentation; the stored bits are what counts.
      const Depth plain{0, info.stored, info.representation != 0};
      for (size_t i = 0; i < count; ++i) values[i] = plain(uint32_t(decoded[i]));
      return CDICOM_OK;
    }
    unsigned decodedWidth = width;
    if (needsHeader) {
      JpegHeader header;
      if (!jpegHeader(packed, header)) { explain(why, why_size, "no JPEG frame header"); return CDICOM_DAMAGED; }
      if (header.rows != info.rows || header.columns != info.columns || header.components != 1) {
        explain(why, why_size, "the compressed frame has another size than the header says");
        return CDICOM_DAMAGED;
      }
      if (width == 4) { explain(why, why_size, "JPEG with 32 bits allocated"); return CDICOM_UNSUPPORTED; }
      decodedWidth = header.precision > 8 ? 2 : 1;
      if (decodedWidth > width) { explain(why, why_size, "JPEG deeper than BitsAllocated"); return CDICOM_DAMAGED; }
    } else if (file->xfer != EXS_RLELossless) {
      explain(why, why_size, "this compression is not decoded here");
      return CDICOM_UNSUPPORTED;
    }
    std::vector<uint8_t> bytes((size_t(count) * width + 1) & ~size_t(1));
    if (bytes.size() > UINT32_MAX) { explain(why, why_size, "a frame over 4 GiB"); return CDICOM_UNSUPPORTED; }
    Uint32 first = Uint32(range.first);
    OFString model;
    const OFCondition decoded = source.data->getUncompressedFrame(
      file->format->getDataset(), frame, first, bytes.data(), Uint32(bytes.size()), model, nullptr);
    forget(source.fragments, range.first, range.end);
    if (decoded.bad()) { explain(why, why_size, "the compressed pixels cannot be decoded"); return CDICOM_DAMAGED; }
    spread(bytes, decodedWidth, count, depth, values);
    return CDICOM_OK;
  });
}
