// nifticlib and zlib behind plain C functions and opaque handles; none of their headers is needed to import this module.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What nifticlib prints as its version ("NIFTI2_IO version 2.1.0 (18 Jun, 2020), compiled …"). Not while another thread writes to stdout.
// 0, or -1 where it cannot be had.
int cnifti_library_version(char *text, size_t size);

// MARK: Header fields

typedef enum {
  cnifti_pixdim = 0,  // 0…7
  cnifti_vox_offset,  // raw only
  cnifti_slope,
  cnifti_intercept,
  cnifti_cal_max,
  cnifti_cal_min,
  cnifti_slice_duration,
  cnifti_toffset,
  cnifti_quatern,   // 0…2: b, c, d
  cnifti_qoffset,   // 0…2
  cnifti_qfac,      // image only
  cnifti_srow,      // 0…11, row by row
  cnifti_intent_p,  // 0…2
} cnifti_number_field;

typedef enum {
  cnifti_dim = 0,  // 0…7
  cnifti_datatype,
  cnifti_bitpix,  // raw only
  cnifti_qform_code,
  cnifti_sform_code,
  cnifti_slice_code,
  cnifti_slice_start,
  cnifti_slice_end,
  cnifti_xyz_units,   // image: the space part; raw: the whole byte
  cnifti_time_units,  // image only
  cnifti_intent_code,
  cnifti_dim_info,   // raw only
  cnifti_freq_dim,   // image only, as the next two
  cnifti_phase_dim,
  cnifti_slice_dim,
} cnifti_integer_field;

typedef enum {
  cnifti_descrip = 0,  // 80 bytes
  cnifti_aux_file,     // 24
  cnifti_intent_name,  // 16
} cnifti_text_field;

// MARK: Raw header: bytes as they stand, in this machine's byte order, unjudged

typedef struct cnifti_raw cnifti_raw;

// What the first bytes of a file are.
typedef enum {
  cnifti_kind_none = 0,
  cnifti_kind_nifti1,
  cnifti_kind_nifti2,
  cnifti_kind_analyze,  // an Analyze 7.5 header: 348 bytes, no NIfTI magic
} cnifti_kind;

// Judges by size field and magic; any number of bytes may be given. `swapped` and `pair` are set for NIfTI only.
cnifti_kind cnifti_kind_of(const uint8_t *bytes, size_t count, int *swapped, int *pair);

// 348 or 540; 0 for anything else.
size_t cnifti_header_bytes(int version);

// Takes a copy of a NIfTI header (as judged by cnifti_kind_of) and swaps it through nifticlib. NULL where it is none.
cnifti_raw *cnifti_raw_create(const uint8_t *bytes, size_t count);
void cnifti_raw_free(cnifti_raw *raw);
// The size field as stored, in this machine's order (348 or 540 where all is well).
int32_t cnifti_raw_size_field(const cnifti_raw *raw);
// Whether NIfTI-2's magic is followed by the line ends that show a transfer as text; some writers leave them out.
int cnifti_raw_magic_is_whole(const cnifti_raw *raw);
extern const uint8_t cnifti_magic_tail[4];
double cnifti_raw_number(const cnifti_raw *raw, cnifti_number_field field, int index);
int64_t cnifti_raw_integer(const cnifti_raw *raw, cnifti_integer_field field, int index);

// MARK: Image: nifticlib's nifti_image

typedef struct cnifti_image cnifti_image;

// Has nifticlib interpret a raw header. The caller has checked dims, type and finiteness before: nifticlib prints and
// repairs silently otherwise. NULL where it refuses.
cnifti_image *cnifti_image_from_raw(const cnifti_raw *raw);
// An empty one to fill for writing.
cnifti_image *cnifti_image_create(void);
void cnifti_image_free(cnifti_image *image);
double cnifti_image_number(const cnifti_image *image, cnifti_number_field field, int index);
int64_t cnifti_image_integer(const cnifti_image *image, cnifti_integer_field field, int index);
// Copies at most capacity − 1 bytes and ends with a zero; never reads past a field that lacks its own.
void cnifti_image_text(const cnifti_image *image, cnifti_text_field field, char *out, size_t capacity);
void cnifti_image_set_number(cnifti_image *image, cnifti_number_field field, int index, double value);
void cnifti_image_set_integer(cnifti_image *image, cnifti_integer_field field, int index, int64_t value);
// Keeps what fits before the closing zero.
void cnifti_image_set_text(cnifti_image *image, cnifti_text_field field, const char *text);
// 0 where it was added. nifticlib pads it to a multiple of 16 bytes.
int cnifti_image_add_extension(cnifti_image *image, int code, const uint8_t *bytes, int count);
// The bytes before the voxels: header, extension flag, extensions; the voxels of a single file follow at once. Returns a
// block to be freed with cnifti_free, or NULL.
uint8_t *cnifti_image_encode(cnifti_image *image, int version, int pair, size_t *count);
void cnifti_free(void *block);

// MARK: gzip streams

typedef struct cnifti_gz cnifti_gz;

enum { cnifti_gz_corrupt = -1, cnifti_gz_truncated = -2, cnifti_gz_io = -3 };

// Takes a copy of the descriptor. NULL with errno set.
cnifti_gz *cnifti_gz_open_read(int fd);
// Up to `count` bytes; fewer only at the end of the stream (0 at the end); negative for one of the errors above.
int64_t cnifti_gz_read(cnifti_gz *gz, void *out, int64_t count);
int cnifti_gz_rewind(cnifti_gz *gz);
// No name and no time in the header: equal data give equal bytes. Writes from the descriptor's position.
cnifti_gz *cnifti_gz_open_write(int fd, int level);
// 0 or an errno.
int cnifti_gz_write(cnifti_gz *gz, const void *bytes, int64_t count);
// 0 or an errno; frees in any case.
int cnifti_gz_close(cnifti_gz *gz);

// MARK: zlib in memory

/// Most bytes that `count` bytes can take when packed.
int64_t cnifti_zlib_bound(int64_t count);
/// Packs `count` bytes into a zlib stream (RFC 1950) of at most `capacity` bytes; its length, or -1 where there is no room or no memory.
int64_t cnifti_zlib_pack(const void *bytes, int64_t count, void *out, int64_t capacity, int level);

// MARK: Unfinished outputs, for signal handlers

// Notes a path of at most 4095 bytes; a slot number, or −1 where none is left.
int cnifti_pending_add(const char *path);
void cnifti_pending_remove(int slot);
// Unlinks all that are noted; the number of files removed. Safe in a signal handler.
int cnifti_pending_unlink_all(void);
// Removes the files of one folder (no folders inside it) and the folder. Async-signal-safe.
int cnifti_pending_remove_folder(const char *path);
// On SIGINT, SIGTERM, SIGHUP: unlink all, write `message` to stderr, leave with 128 + signal. `message` is copied.
void cnifti_pending_install_handlers(const char *message);
// A file size limit then shows as an error of write() (EFBIG) rather than as the end of the process.
void cnifti_ignore_file_size_signal(void);

#ifdef __cplusplus
}
#endif
