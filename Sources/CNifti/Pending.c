#include "CNifti.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// Fixed tables and lock-free flags only: all of this may run inside a signal handler.
enum { slots = 128, path_bytes = 4096 };
enum { slot_free = 0, slot_filling = 1, slot_live = 2 };

static char paths[slots][path_bytes];
static _Atomic int states[slots];
static char farewell[256];

int cnifti_pending_add(const char *path) {
  size_t length = strlen(path);
  if (length >= path_bytes) return -1;
  for (int slot = 0; slot < slots; slot++) {
    int expected = slot_free;
    if (!atomic_compare_exchange_strong(&states[slot], &expected, slot_filling)) continue;
    memcpy(paths[slot], path, length + 1);
    atomic_store(&states[slot], slot_live);
    return slot;
  }
  return -1;
}

void cnifti_pending_remove(int slot) {
  if (slot >= 0 && slot < slots) atomic_store(&states[slot], slot_free);
}

int cnifti_pending_unlink_all(void) {
  int removed = 0;
  for (int slot = 0; slot < slots; slot++) {
    if (atomic_load(&states[slot]) != slot_live) continue;
    if (unlink(paths[slot]) == 0 || (errno == EISDIR && cnifti_pending_remove_folder(paths[slot]) == 0)) removed++;
  }
  return removed;
}

static void leave(int signal_number) {
  cnifti_pending_unlink_all();
  ssize_t ignored = write(STDERR_FILENO, farewell, strlen(farewell));
  (void)ignored;
  _exit(128 + signal_number);
}

void cnifti_pending_install_handlers(const char *message) {
  size_t length = strnlen(message, sizeof farewell - 1);
  memcpy(farewell, message, length);
  farewell[length] = 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = leave;
  sigfillset(&action.sa_mask);
  const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  for (int s = 0; s < 3; s++) {
    // nohup asks to ignore a hang-up; that stays so.
    struct sigaction before;
    int known = sigaction(signals[s], NULL, &before) == 0;
    if (signals[s] == SIGHUP && known && before.sa_handler == SIG_IGN) continue;
    sigaction(signals[s], &action, NULL);
  }
}

void cnifti_ignore_file_size_signal(void) {
  struct sigaction before;
  if (sigaction(SIGXFSZ, NULL, &before) == 0 && before.sa_handler == SIG_DFL) signal(SIGXFSZ, SIG_IGN);
}
