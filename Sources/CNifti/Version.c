#include "CNifti.h"

#include <nifti/nifti2_io.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The library only prints its version: what it prints is caught in a pipe.
int cnifti_library_version(char *text, size_t size) {
  if (size == 0) return -1;
  text[0] = 0;
  int ends[2];
  fflush(stdout);
  int shown = dup(STDOUT_FILENO);
  if (shown < 0 || pipe(ends) != 0) {
    if (shown >= 0) close(shown);
    return -1;
  }
  dup2(ends[1], STDOUT_FILENO);
  close(ends[1]);
  nifti_disp_lib_version();
  fflush(stdout);
  dup2(shown, STDOUT_FILENO);
  close(shown);
  ssize_t got = read(ends[0], text, size - 1);
  close(ends[0]);
  if (got <= 0) return -1;
  text[got] = 0;
  return 0;
}
