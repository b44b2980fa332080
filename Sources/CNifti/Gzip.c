#include "CNifti.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

struct cnifti_gz {
  gzFile file;
};

static cnifti_gz *open_gz(int fd, const char *mode) {
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return NULL;
  cnifti_gz *gz = calloc(1, sizeof *gz);
  if (gz) gz->file = gzdopen(own, mode);
  if (!gz || !gz->file) {
    free(gz);
    close(own);
    errno = ENOMEM;
    return NULL;
  }
  gzbuffer(gz->file, 128 * 1024);
  return gz;
}

cnifti_gz *cnifti_gz_open_read(int fd) {
  if (lseek(fd, 0, SEEK_SET) != 0) return NULL;
  return open_gz(fd, "rb");
}

int64_t cnifti_gz_read(cnifti_gz *gz, void *out, int64_t count) {
  int64_t done = 0;
  while (done < count) {
    int64_t rest = count - done;
    unsigned step = rest > (1 << 30) ? 1u << 30 : (unsigned)rest;
    errno = 0;
    int got = gzread(gz->file, (char *)out + done, step);
    if (got > 0) {
      done += got;
      // gzread hands over what it has before it reports a stream that breaks off.
      if ((unsigned)got < step) {
        int code = Z_OK;
        gzerror(gz->file, &code);
        if (code == Z_BUF_ERROR) return cnifti_gz_truncated;
      }
      continue;
    }
    int code = Z_OK;
    gzerror(gz->file, &code);
    if (code == Z_BUF_ERROR) return cnifti_gz_truncated;
    if (got < 0) return code == Z_ERRNO ? cnifti_gz_io : cnifti_gz_corrupt;
    break;
  }
  return done;
}

int cnifti_gz_rewind(cnifti_gz *gz) { return gzrewind(gz->file); }

cnifti_gz *cnifti_gz_open_write(int fd, int level) {
  char mode[4] = {'w', 'b', (char)('0' + (level < 0 ? 0 : level > 9 ? 9 : level)), 0};
  return open_gz(fd, mode);
}

int cnifti_gz_write(cnifti_gz *gz, const void *bytes, int64_t count) {
  int64_t done = 0;
  while (done < count) {
    int64_t rest = count - done;
    unsigned step = rest > (1 << 30) ? 1u << 30 : (unsigned)rest;
    errno = 0;
    int put = gzwrite(gz->file, (const char *)bytes + done, step);
    if (put <= 0) return errno ? errno : EIO;
    done += put;
  }
  return 0;
}

int cnifti_gz_close(cnifti_gz *gz) {
  errno = 0;
  int code = gzclose(gz->file);
  int reason = errno;
  free(gz);
  if (code == Z_OK || code == Z_BUF_ERROR) return 0;  // Z_BUF_ERROR: a reader that stopped early
  return reason ? reason : EIO;
}

int64_t cnifti_zlib_bound(int64_t count) { return count < 0 ? -1 : (int64_t)compressBound((uLong)count); }

int64_t cnifti_zlib_pack(const void *bytes, int64_t count, void *out, int64_t capacity, int level) {
  uLongf length = (uLongf)capacity;
  if (count < 0 || capacity < 0 || compress2(out, &length, bytes, (uLong)count, level) != Z_OK) return -1;
  return (int64_t)length;
}
