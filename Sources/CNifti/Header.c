#include "CNifti.h"

#include <math.h>
#include <nifti/nifti2_io.h>
#include <stdlib.h>
#include <string.h>

struct cnifti_raw {
  int version;
  int pair;
  int32_t size_field;
  nifti_1_header one;
  nifti_2_header two;
};

const uint8_t cnifti_magic_tail[4] = {0x0D, 0x0A, 0x1A, 0x0A};

static int32_t read32(const uint8_t *bytes, int swapped) {
  uint32_t value;
  memcpy(&value, bytes, 4);
  return (int32_t)(swapped ? __builtin_bswap32(value) : value);
}

static int16_t read16(const uint8_t *bytes, int swapped) {
  uint16_t value;
  memcpy(&value, bytes, 2);
  return (int16_t)(swapped ? __builtin_bswap16(value) : value);
}

size_t cnifti_header_bytes(int version) { return version == 1 ? 348 : version == 2 ? 540 : 0; }

cnifti_kind cnifti_kind_of(const uint8_t *bytes, size_t count, int *swapped, int *pair) {
  if (!bytes || count < 348) return cnifti_kind_none;
  for (int s = 0; s < 2; s++) {
    if (count >= 540 && read32(bytes, s) == 540) {
      int single = memcmp(bytes + 4, "n+2", 4) == 0;
      if (single || memcmp(bytes + 4, "ni2", 4) == 0) {
        *swapped = s;
        *pair = !single;
        return cnifti_kind_nifti2;
      }
    }
  }
  int single = memcmp(bytes + 344, "n+1", 4) == 0;
  if (single || memcmp(bytes + 344, "ni1", 4) == 0) {
    int s = read32(bytes, 1) == 348;
    if (!s && read32(bytes, 0) != 348) {
      // The size field is wrong; dim[0] lies in 1…7 in one byte order only.
      int16_t rank = read16(bytes + 40, 0);
      s = rank < 1 || rank > 7;
    }
    *swapped = s;
    *pair = !single;
    return cnifti_kind_nifti1;
  }
  if (read32(bytes, 0) == 348 || read32(bytes, 1) == 348) return cnifti_kind_analyze;
  return cnifti_kind_none;
}

cnifti_raw *cnifti_raw_create(const uint8_t *bytes, size_t count) {
  int swapped = 0, pair = 0;
  cnifti_kind kind = cnifti_kind_of(bytes, count, &swapped, &pair);
  if (kind != cnifti_kind_nifti1 && kind != cnifti_kind_nifti2) return NULL;
  cnifti_raw *raw = calloc(1, sizeof *raw);
  if (!raw) return NULL;
  nifti_set_debug_level(0);
  raw->pair = pair;
  if (kind == cnifti_kind_nifti1) {
    raw->version = 1;
    memcpy(&raw->one, bytes, sizeof raw->one);
    if (swapped) swap_nifti_header(&raw->one, 1);
    raw->size_field = raw->one.sizeof_hdr;
    raw->one.sizeof_hdr = 348;
  } else {
    raw->version = 2;
    memcpy(&raw->two, bytes, sizeof raw->two);
    if (swapped) swap_nifti_header(&raw->two, 2);
    raw->size_field = raw->two.sizeof_hdr;
  }
  return raw;
}

void cnifti_raw_free(cnifti_raw *raw) { free(raw); }

int cnifti_raw_magic_is_whole(const cnifti_raw *raw) {
  return raw->version == 1 || memcmp(raw->two.magic + 4, cnifti_magic_tail, 4) == 0;
}

int32_t cnifti_raw_size_field(const cnifti_raw *raw) { return raw->size_field; }

// One list serves both versions, whose fields bear the same names.
#define RAW_NUMBER(h)                                         \
  switch (field) {                                            \
    case cnifti_pixdim: return (h).pixdim[index & 7];         \
    case cnifti_vox_offset: return (double)(h).vox_offset;    \
    case cnifti_slope: return (h).scl_slope;                  \
    case cnifti_intercept: return (h).scl_inter;              \
    case cnifti_cal_max: return (h).cal_max;                  \
    case cnifti_cal_min: return (h).cal_min;                  \
    case cnifti_slice_duration: return (h).slice_duration;    \
    case cnifti_toffset: return (h).toffset;                  \
    case cnifti_quatern: return index == 0 ? (h).quatern_b : index == 1 ? (h).quatern_c : (h).quatern_d; \
    case cnifti_qoffset: return index == 0 ? (h).qoffset_x : index == 1 ? (h).qoffset_y : (h).qoffset_z; \
    case cnifti_srow: return index < 4 ? (h).srow_x[index & 3] : index < 8 ? (h).srow_y[index & 3] : (h).srow_z[index & 3]; \
    case cnifti_intent_p: return index == 0 ? (h).intent_p1 : index == 1 ? (h).intent_p2 : (h).intent_p3; \
    case cnifti_qfac: return (h).pixdim[0];                   \
  }

#define RAW_INTEGER(h)                                        \
  switch (field) {                                            \
    case cnifti_dim: return (h).dim[index & 7];               \
    case cnifti_datatype: return (h).datatype;                \
    case cnifti_bitpix: return (h).bitpix;                    \
    case cnifti_qform_code: return (h).qform_code;            \
    case cnifti_sform_code: return (h).sform_code;            \
    case cnifti_slice_code: return (h).slice_code;            \
    case cnifti_slice_start: return (h).slice_start;          \
    case cnifti_slice_end: return (h).slice_end;              \
    case cnifti_xyz_units: return (h).xyzt_units;             \
    case cnifti_intent_code: return (h).intent_code;          \
    case cnifti_dim_info: return (h).dim_info;                \
    default: return 0;                                        \
  }

double cnifti_raw_number(const cnifti_raw *raw, cnifti_number_field field, int index) {
  if (raw->version == 1) {
    RAW_NUMBER(raw->one)
  } else {
    RAW_NUMBER(raw->two)
  }
  return 0;
}

int64_t cnifti_raw_integer(const cnifti_raw *raw, cnifti_integer_field field, int index) {
  if (raw->version == 1) {
    RAW_INTEGER(raw->one)
  } else {
    RAW_INTEGER(raw->two)
  }
}

cnifti_image *cnifti_image_from_raw(const cnifti_raw *raw) {
  nifti_set_debug_level(0);
  // The name only serves nifticlib's own reading of voxels, which is not used.
  const char *name = raw->pair ? "volume.hdr" : "volume.nii";
  nifti_image *image = raw->version == 1 ? nifti_convert_n1hdr2nim(raw->one, name) : nifti_convert_n2hdr2nim(raw->two, name);
  return (cnifti_image *)image;
}
