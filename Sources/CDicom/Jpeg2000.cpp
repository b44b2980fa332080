#include "Internal.hpp"

#include <openjpeg-2.5/openjpeg.h>

#include <algorithm>
#include <cstring>

namespace {

struct Bytes { const uint8_t *data; size_t size, at; };

OPJ_SIZE_T readBytes(void *target, OPJ_SIZE_T size, void *user) {
  auto *bytes = static_cast<Bytes *>(user);
  const size_t n = std::min<size_t>(size, bytes->size - bytes->at);
  if (n == 0) return OPJ_SIZE_T(-1);
  std::memcpy(target, bytes->data + bytes->at, n);
  bytes->at += n;
  return n;
}

OPJ_OFF_T skipBytes(OPJ_OFF_T size, void *user) {
  auto *bytes = static_cast<Bytes *>(user);
  if (size < 0) return -1;
  const size_t n = std::min<size_t>(size_t(size), bytes->size - bytes->at);
  bytes->at += n;
  return n == 0 && size > 0 ? -1 : OPJ_OFF_T(n);
}

OPJ_BOOL seekBytes(OPJ_OFF_T to, void *user) {
  auto *bytes = static_cast<Bytes *>(user);
  if (to < 0 || size_t(to) > bytes->size) return OPJ_FALSE;
  bytes->at = size_t(to);
  return OPJ_TRUE;
}

uint32_t big32(const uint8_t *at) {
  return uint32_t(at[0]) << 24 | uint32_t(at[1]) << 16 | uint32_t(at[2]) << 8 | at[3];
}

// OpenJPEG sets up every tile that SIZ announces before it reads one: look at SIZ (ISO 15444-1 A.5.1) first.
bool plausible(const uint8_t *data, size_t size, uint32_t rows, uint32_t columns) {
  static const uint8_t start[4] = {0xFF, 0x4F, 0xFF, 0x51};
  const uint8_t *at = std::search(data, data + std::min<size_t>(size, 4096), start, start + 4);
  if (size_t(data + size - at) < 44) return false;
  const uint64_t x1 = big32(at + 8), y1 = big32(at + 12), x0 = big32(at + 16), y0 = big32(at + 20);
  const uint64_t tileWidth = big32(at + 24), tileHeight = big32(at + 28);
  const uint64_t tileX = big32(at + 32), tileY = big32(at + 36);
  const unsigned components = unsigned(at[40]) << 8 | at[41];
  if (x1 < x0 || y1 < y0 || x1 - x0 != columns || y1 - y0 != rows || components != 1) return false;
  if (tileWidth == 0 || tileHeight == 0 || tileX > x0 || tileY > y0) return false;
  const uint64_t across = (x1 - tileX + tileWidth - 1) / tileWidth, down = (y1 - tileY + tileHeight - 1) / tileHeight;
  return across <= 4096 && down <= 4096 && across * down <= 4096;
}

struct Decoder {
  opj_stream_t *stream = nullptr;
  opj_codec_t *codec = nullptr;
  opj_image_t *image = nullptr;
  ~Decoder() {
    if (image) opj_image_destroy(image);
    if (codec) opj_destroy_codec(codec);
    if (stream) opj_stream_destroy(stream);
  }
};

} // namespace

cdicom_status cdicom::jpeg2000(
  const uint8_t *data, size_t size, uint32_t rows, uint32_t columns, int32_t *values, char *why, size_t why_size) {
  if (size < 16 || !plausible(data, size, rows, columns)) {
    explain(why, why_size, "the JPEG 2000 frame has no readable header, or another size than the DICOM header says");
    return CDICOM_DAMAGED;
  }
  static const uint8_t box[8] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
  Bytes bytes{data, size, 0};
  Decoder decoder;
  decoder.stream = opj_stream_create(std::min<size_t>(size, 1 << 16), OPJ_TRUE);
  decoder.codec = opj_create_decompress(std::memcmp(data, box, 8) == 0 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
  if (!decoder.stream || !decoder.codec) return CDICOM_OUT_OF_MEMORY;
  opj_stream_set_user_data(decoder.stream, &bytes, nullptr);
  opj_stream_set_user_data_length(decoder.stream, size);
  opj_stream_set_read_function(decoder.stream, readBytes);
  opj_stream_set_skip_function(decoder.stream, skipBytes);
  opj_stream_set_seek_function(decoder.stream, seekBytes);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(decoder.codec, &parameters)) return CDICOM_INTERNAL;
  // A broken code stream is an error, not a picture with grey corners.
  opj_decoder_set_strict_mode(decoder.codec, OPJ_TRUE);
  if (!opj_read_header(decoder.stream, decoder.codec, &decoder.image)
      || !opj_decode(decoder.codec, decoder.stream, decoder.image)
      || !opj_end_decompress(decoder.codec, decoder.stream)) {
    explain(why, why_size, "the JPEG 2000 frame cannot be decoded");
    return CDICOM_DAMAGED;
  }
  const opj_image_t *image = decoder.image;
  if (image->numcomps != 1 || image->comps[0].w != columns || image->comps[0].h != rows || !image->comps[0].data) {
    explain(why, why_size, "the JPEG 2000 frame has another size than the DICOM header says");
    return CDICOM_DAMAGED;
  }
  std::memcpy(values, image->comps[0].data, size_t(rows) * columns * sizeof(int32_t));
  return CDICOM_OK;
}
