#include "CNifti.h"

#include <limits.h>
#include <nifti/nifti2_io.h>
#include <stdlib.h>
#include <string.h>

// A cnifti_image is a nifti_image; the handle only hides the type.
static nifti_image *inside(const cnifti_image *image) { return (nifti_image *)image; }

cnifti_image *cnifti_image_create(void) {
  nifti_set_debug_level(0);
  return (cnifti_image *)nifti_simple_init_nim();
}

void cnifti_image_free(cnifti_image *image) { nifti_image_free(inside(image)); }

static double *number_slot(nifti_image *nim, cnifti_number_field field, int index) {
  switch (field) {
    case cnifti_pixdim: return &nim->pixdim[index & 7];
    case cnifti_slope: return &nim->scl_slope;
    case cnifti_intercept: return &nim->scl_inter;
    case cnifti_cal_max: return &nim->cal_max;
    case cnifti_cal_min: return &nim->cal_min;
    case cnifti_slice_duration: return &nim->slice_duration;
    case cnifti_toffset: return &nim->toffset;
    case cnifti_quatern: return index == 0 ? &nim->quatern_b : index == 1 ? &nim->quatern_c : &nim->quatern_d;
    case cnifti_qoffset: return index == 0 ? &nim->qoffset_x : index == 1 ? &nim->qoffset_y : &nim->qoffset_z;
    case cnifti_qfac: return &nim->qfac;
    case cnifti_srow: return &nim->sto_xyz.m[(index >> 2) & 3][index & 3];
    case cnifti_intent_p: return index == 0 ? &nim->intent_p1 : index == 1 ? &nim->intent_p2 : &nim->intent_p3;
    case cnifti_vox_offset: break;
  }
  return NULL;
}

static int *int_slot(nifti_image *nim, cnifti_integer_field field) {
  switch (field) {
    case cnifti_datatype: return &nim->datatype;
    case cnifti_qform_code: return &nim->qform_code;
    case cnifti_sform_code: return &nim->sform_code;
    case cnifti_slice_code: return &nim->slice_code;
    case cnifti_xyz_units: return &nim->xyz_units;
    case cnifti_time_units: return &nim->time_units;
    case cnifti_intent_code: return &nim->intent_code;
    case cnifti_freq_dim: return &nim->freq_dim;
    case cnifti_phase_dim: return &nim->phase_dim;
    case cnifti_slice_dim: return &nim->slice_dim;
    default: return NULL;
  }
}

static int64_t *long_slot(nifti_image *nim, cnifti_integer_field field, int index) {
  switch (field) {
    case cnifti_dim: return &nim->dim[index & 7];
    case cnifti_slice_start: return &nim->slice_start;
    case cnifti_slice_end: return &nim->slice_end;
    default: return NULL;
  }
}

static char *text_slot(nifti_image *nim, cnifti_text_field field, size_t *size) {
  switch (field) {
    case cnifti_descrip: *size = sizeof nim->descrip; return nim->descrip;
    case cnifti_aux_file: *size = sizeof nim->aux_file; return nim->aux_file;
    case cnifti_intent_name: *size = sizeof nim->intent_name; return nim->intent_name;
  }
  return NULL;
}

double cnifti_image_number(const cnifti_image *image, cnifti_number_field field, int index) {
  double *slot = number_slot(inside(image), field, index);
  return slot ? *slot : 0;
}

int64_t cnifti_image_integer(const cnifti_image *image, cnifti_integer_field field, int index) {
  int64_t *wide = long_slot(inside(image), field, index);
  if (wide) return *wide;
  int *narrow = int_slot(inside(image), field);
  return narrow ? *narrow : 0;
}

void cnifti_image_text(const cnifti_image *image, cnifti_text_field field, char *out, size_t capacity) {
  size_t size = 0;
  const char *text = text_slot(inside(image), field, &size);
  if (!capacity) return;
  size_t count = text ? strnlen(text, size) : 0;
  if (count > capacity - 1) count = capacity - 1;
  if (count) memcpy(out, text, count);
  out[count] = 0;
}

void cnifti_image_set_number(cnifti_image *image, cnifti_number_field field, int index, double value) {
  double *slot = number_slot(inside(image), field, index);
  if (slot) *slot = value;
}

void cnifti_image_set_integer(cnifti_image *image, cnifti_integer_field field, int index, int64_t value) {
  int64_t *wide = long_slot(inside(image), field, index);
  if (wide) *wide = value;
  int *narrow = int_slot(inside(image), field);
  if (narrow && value >= INT_MIN && value <= INT_MAX) *narrow = (int)value;
}

void cnifti_image_set_text(cnifti_image *image, cnifti_text_field field, const char *text) {
  size_t size = 0;
  char *slot = text_slot(inside(image), field, &size);
  if (!slot) return;
  memset(slot, 0, size);
  memcpy(slot, text, strnlen(text, size - 1));
}

int cnifti_image_add_extension(cnifti_image *image, int code, const uint8_t *bytes, int count) {
  // nifticlib prints about codes that are not registered; they are carried along all the same, so it sees a comment first.
  nifti_image *nim = inside(image);
  int failed = nifti_add_extension(nim, (const char *)bytes, count, NIFTI_ECODE_COMMENT);
  if (!failed) nim->ext_list[nim->num_ext - 1].ecode = code;
  return failed;
}

uint8_t *cnifti_image_encode(cnifti_image *image, int version, int pair, size_t *count) {
  nifti_image *nim = inside(image);
  size_t header_bytes = cnifti_header_bytes(version);
  if (!header_bytes) return NULL;
  nim->nifti_type = version == 1 ? (pair ? NIFTI_FTYPE_NIFTI1_2 : NIFTI_FTYPE_NIFTI1_1)
                                 : (pair ? NIFTI_FTYPE_NIFTI2_2 : NIFTI_FTYPE_NIFTI2_1);
  nim->byteorder = nifti_short_order();
  // nifticlib drops trailing ones; a volume of one slice would lose the third axis, and with it its thickness and place.
  int64_t wanted = nim->dim[0] < 3 ? 3 : nim->dim[0];
  if (nifti_update_dims_from_array(nim) != 0) return NULL;
  if (nim->ndim < wanted) nim->ndim = nim->dim[0] = wanted;
  nim->dx = nim->pixdim[1];
  nim->dy = nim->pixdim[2];
  nim->dz = nim->pixdim[3];
  nim->dt = nim->pixdim[4];
  nim->du = nim->pixdim[5];
  nim->dv = nim->pixdim[6];
  nim->dw = nim->pixdim[7];
  nifti_datatype_sizes(nim->datatype, &nim->nbyper, &nim->swapsize);
  nifti_set_iname_offset(nim, version);

  size_t total = header_bytes + 4;
  for (int e = 0; e < nim->num_ext; e++) total += (size_t)nim->ext_list[e].esize;
  if (!pair && nim->iname_offset > 0 && (size_t)nim->iname_offset > total) total = (size_t)nim->iname_offset;
  if (!pair) nim->iname_offset = (int64_t)total;
  uint8_t *out = calloc(1, total);
  if (!out) return NULL;

  // nifticlib leaves 0 where there is no qform; the standard knows 1 and -1 only.
  double qfac = nim->qfac < 0 ? -1 : 1;
  if (version == 1) {
    nifti_1_header header;
    memset(&header, 0, sizeof header);
    if (nifti_convert_nim2n1hdr(nim, &header) != 0) {
      free(out);
      return NULL;
    }
    header.pixdim[0] = (float)qfac;
    memcpy(out, &header, sizeof header);
  } else {
    nifti_2_header header;
    memset(&header, 0, sizeof header);
    if (nifti_convert_nim2n2hdr(nim, &header) != 0) {
      free(out);
      return NULL;
    }
    header.pixdim[0] = qfac;
    // Debian's nifticlib 3.0.1 leaves these four bytes 0, and readers that look for them find none.
    memcpy(header.magic + 4, cnifti_magic_tail, 4);
    memcpy(out, &header, sizeof header);
  }
  size_t at = header_bytes;
  out[at] = nim->num_ext > 0;
  at += 4;
  for (int e = 0; e < nim->num_ext; e++) {
    const nifti1_extension *extension = &nim->ext_list[e];
    memcpy(out + at, &extension->esize, 4);
    memcpy(out + at + 4, &extension->ecode, 4);
    memcpy(out + at + 8, extension->edata, (size_t)extension->esize - 8);
    at += (size_t)extension->esize;
  }
  *count = total;
  return out;
}

void cnifti_free(void *block) { free(block); }
