#define _GNU_SOURCE
#include "CNifti.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// One entry as the kernel hands it out; opendir would allocate, which a signal handler must not.
struct entry {
  unsigned long long inode;
  long long offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

int cnifti_pending_remove_folder(const char *path) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (folder < 0) return -1;
  _Alignas(8) char buffer[8192];
  for (;;) {
    // Removing while reading may skip entries: begin again until none is left.
    if (lseek(folder, 0, SEEK_SET) < 0) break;
    long got = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (got <= 0) break;
    int removed = 0;
    for (long at = 0; at < got;) {
      struct entry *entry = (struct entry *)(buffer + at);
      if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0 && unlinkat(folder, entry->name, 0) == 0)
        removed++;
      at += entry->length;
    }
    if (removed == 0) break;
  }
  close(folder);
  return rmdir(path);
}
