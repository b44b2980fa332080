#pragma once

// DCMTK and OpenJPEG behind a pure C face.
//
// Every function catches everything that the libraries throw, writes nothing to stderr and never ends the process. A tag is
// (group << 16) | element. Items are borrowed from the file that they came from and die with it. One file is used from one
// thread at a time; different files may be used from different threads.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CDICOM_OK = 0,
  CDICOM_CANNOT_OPEN,     // the file cannot be opened or read
  CDICOM_NOT_DICOM,       // no DICOM data set begins here
  CDICOM_DAMAGED,         // begins as DICOM and then breaks off or contradicts itself
  CDICOM_TOO_COMPLEX,     // nested or populated beyond what any scanner writes
  CDICOM_ABSENT,          // the attribute or item is not there
  CDICOM_WRONG_TYPE,      // the attribute is there with another value representation
  CDICOM_TOO_SMALL,       // the caller's buffer is too small
  CDICOM_UNSUPPORTED,     // a transfer syntax or pixel layout that is not decoded here
  CDICOM_SHORT_PIXELS,    // fewer pixels than announced
  CDICOM_WRITE_FAILED,
  CDICOM_OUT_OF_MEMORY,
  CDICOM_INTERNAL,
} cdicom_status;

// The versions that this was compiled against (DCMTK) and runs with (OpenJPEG).
const char *cdicom_dcmtk_version(void);
const char *cdicom_openjpeg_version(void);

typedef struct cdicom_file cdicom_file;
typedef struct cdicom_item cdicom_item;

// Reading. `why` takes a short technical reason (never a value from the file); pass its size.
// Values longer than 4 KiB, pixels above all, stay on disk until asked for.
cdicom_status cdicom_open(const char *path, cdicom_file **file, char *why, size_t why_size);
// An empty data set to fill.
cdicom_status cdicom_create(cdicom_file **file);
void cdicom_close(cdicom_file *file);

cdicom_item *cdicom_dataset(cdicom_file *file);
cdicom_item *cdicom_metainfo(cdicom_file *file);
// The transfer syntax in which the data set was stored, as UID; empty for a new file.
const char *cdicom_transfer_syntax(const cdicom_file *file);
// Bytes of the file on disk (of the inflated data set where it was deflated).
uint64_t cdicom_file_size(const cdicom_file *file);

// The tags of an item in ascending order; returns how many there are, and fills at most `capacity`.
size_t cdicom_tags(cdicom_item *item, uint32_t *tags, size_t capacity);
// 1 where the attribute is there, with or without a value.
int cdicom_has(cdicom_item *item, uint32_t tag);
// Items of a sequence, or number of values; 0 where empty, -1 where absent.
long cdicom_count(cdicom_item *item, uint32_t tag);
// Length of the value in bytes as announced; 0 where absent. Undefined length reads 0xFFFFFFFF.
uint32_t cdicom_length(cdicom_item *item, uint32_t tag);
// The value representation's two letters into `vr[3]`.
cdicom_status cdicom_vr(cdicom_item *item, uint32_t tag, char vr[3]);
// The dictionary's value representation of a tag.
void cdicom_dictionary_vr(uint32_t tag, char vr[3]);
// A sequence's item; NULL where there is none.
cdicom_item *cdicom_sequence_item(cdicom_item *item, uint32_t tag, size_t index);
// All values joined by backslashes, as stored (no character set applied), NUL-terminated.
cdicom_status cdicom_string(cdicom_item *item, uint32_t tag, char *buffer, size_t size);
// The same in UTF-8, by the SpecificCharacterSet of `dataset`.
cdicom_status cdicom_utf8(cdicom_item *dataset, cdicom_item *item, uint32_t tag, char *buffer, size_t size);
// The values of a numeric or numeric-text attribute (DS, IS, US, SS, UL, SL, FL, FD). `count` is how many there are; at most
// `capacity` are stored. Text that is no number is CDICOM_WRONG_TYPE.
cdicom_status cdicom_numbers(cdicom_item *item, uint32_t tag, double *values, size_t capacity, size_t *count);
// The 16-bit words of an US or OW attribute, exactly `count` of them.
cdicom_status cdicom_words(cdicom_item *item, uint32_t tag, uint16_t *values, size_t count);

// Pixels.
typedef struct {
  uint32_t rows, columns;
  uint64_t frames;
  uint16_t samples, allocated, stored, high_bit, representation;
  int encapsulated;       // compressed, in fragments
  uint64_t length;        // bytes of uncompressed pixel data announced
  uint64_t fragments;     // of compressed pixel data, without the offset table
  uint64_t compressed;    // bytes in those fragments
} cdicom_pixels;

cdicom_status cdicom_pixel_info(cdicom_file *file, cdicom_pixels *info);
// One frame's stored values, rows × columns, sign-extended by BitsStored and HighBit; `count` must be rows × columns.
cdicom_status cdicom_frame(
  cdicom_file *file, uint32_t frame, double *values, size_t count, char *why, size_t why_size);

// Writing.
cdicom_status cdicom_put_string(cdicom_item *item, uint32_t tag, const char *value);
// With a value representation of the caller's choosing (two letters), for tags with several.
cdicom_status cdicom_put_numbers(cdicom_item *item, uint32_t tag, const char *vr, const double *values, size_t count);
cdicom_status cdicom_put_words(cdicom_item *item, uint32_t tag, const uint16_t *values, size_t count);
// A new item at the end of a sequence, which is made where it is missing.
cdicom_status cdicom_append_item(cdicom_item *item, uint32_t tag, cdicom_item **child);
cdicom_status cdicom_put_empty_sequence(cdicom_item *item, uint32_t tag);
// A deep copy of one attribute; CDICOM_ABSENT where the source lacks it.
cdicom_status cdicom_copy(cdicom_item *from, uint32_t tag, cdicom_item *to);
cdicom_status cdicom_remove(cdicom_item *item, uint32_t tag);
// Explicit VR little endian, written to `path` as a whole; meta information is made from the data set.
cdicom_status cdicom_save(cdicom_file *file, const char *path, char *why, size_t why_size);

// Parametric maps (DICOM PS3.3 A.75), 32-bit float pixels, built by dcmpmap.
typedef struct {
  const char *modality;
  const char *series_number;
  const char *manufacturer, *model, *serial, *software;
  const char *label, *description;             // ContentLabel (CS), ContentDescription
  const char *image_flavor, *pixel_contrast;   // ImageType values 3 and 4
  // Real world value mapping: the identity, in this unit and quantity.
  const char *lut_label, *lut_explanation;
  const char *unit_code, *unit_scheme, *unit_meaning;
  const char *quantity_code, *quantity_scheme, *quantity_meaning;
  const char *anatomy_code, *anatomy_scheme, *anatomy_meaning;
  const char *laterality;                      // R, L, U or B
  uint16_t rows, columns;
  double row_spacing, column_spacing, slice_thickness, slice_spacing;
  double orientation[6];                       // ImageOrientationPatient
} cdicom_map_description;

typedef struct cdicom_map cdicom_map;
cdicom_status cdicom_map_create(const cdicom_map_description *description, cdicom_map **map, char *why, size_t why_size);
// Frames come in the order of the map. `position` is ImagePositionPatient; `stack_position` counts from 1 in stack `time`,
// which counts from 1 too.
cdicom_status cdicom_map_add_frame(
  cdicom_map *map, const float *values, size_t count, const double position[3], uint32_t stack_position, uint32_t time,
  const char *source_class, const char *source_uid, char *why, size_t why_size);
// Finishes the object into a new data set, to which the caller adds patient, study and references.
cdicom_status cdicom_map_finish(cdicom_map *map, cdicom_file **file, char *why, size_t why_size);
void cdicom_map_free(cdicom_map *map);

#ifdef __cplusplus
}
#endif
