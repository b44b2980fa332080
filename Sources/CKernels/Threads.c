#include "ck_threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define CK_PAUSE() _mm_pause()
#else
#define CK_PAUSE() ((void)0)
#endif

// A convolution lasts around a millisecond and the next follows at once: a worker spins this often before it sleeps.
enum { SPINS = 4000 };

struct ck_team {
  int32_t threads;
  pthread_t *ids;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  atomic_uint generation;
  atomic_int next, finished, sleeping;
  int32_t stop;
  ck_task task;
  void *context;
  int32_t count;
};

typedef struct {
  ck_team *team;
  int32_t worker;
} seat;

static void work(ck_team *t, int32_t worker) {
  for (;;) {
    int32_t index = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
    if (index >= t->count) return;
    t->task(t->context, index, worker);
  }
}

static void *run(void *argument) {
  seat s = *(seat *)argument;
  free(argument);
  ck_team *t = s.team;
  unsigned seen = 0;
  for (;;) {
    int spins = 0;
    while (atomic_load_explicit(&t->generation, memory_order_acquire) == seen) {
      if (++spins < SPINS) {
        CK_PAUSE();
        continue;
      }
      pthread_mutex_lock(&t->mutex);
      atomic_fetch_add(&t->sleeping, 1);
      while (atomic_load(&t->generation) == seen) pthread_cond_wait(&t->wake, &t->mutex);
      atomic_fetch_sub(&t->sleeping, 1);
      pthread_mutex_unlock(&t->mutex);
    }
    seen = atomic_load_explicit(&t->generation, memory_order_acquire);
    if (t->stop) return NULL;
    work(t, s.worker);
    atomic_fetch_add_explicit(&t->finished, 1, memory_order_release);
  }
}

static void announce(ck_team *t) {
  atomic_fetch_add(&t->generation, 1);
  if (atomic_load(&t->sleeping) > 0) {
    pthread_mutex_lock(&t->mutex);
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->mutex);
  }
}

ck_team *ck_team_create(int32_t threads) {
  if (threads < 1) return NULL;
  ck_team *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->ids = calloc((size_t)threads, sizeof *t->ids);
  if (!t->ids) {
    free(t);
    return NULL;
  }
  pthread_mutex_init(&t->mutex, NULL);
  pthread_cond_init(&t->wake, NULL);
  t->threads = 1;
  for (int32_t i = 1; i < threads; i++) {
    seat *s = malloc(sizeof *s);
    if (s) *s = (seat){t, i};
    if (!s || pthread_create(&t->ids[i], NULL, run, s) != 0) {
      free(s);
      ck_team_destroy(t);
      return NULL;
    }
    t->threads = i + 1;
  }
  return t;
}

void ck_team_destroy(ck_team *t) {
  if (!t) return;
  t->stop = 1;
  announce(t);
  for (int32_t i = 1; i < t->threads; i++) pthread_join(t->ids[i], NULL);
  pthread_cond_destroy(&t->wake);
  pthread_mutex_destroy(&t->mutex);
  free(t->ids);
  free(t);
}

int32_t ck_team_size(const ck_team *t) { return t->threads; }

void ck_team_run(ck_team *t, ck_task task, void *context, int32_t count) {
  if (t->threads == 1 || count == 1) {
    for (int32_t i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  t->task = task;
  t->context = context;
  t->count = count;
  atomic_store(&t->finished, 0);
  atomic_store(&t->next, 0);
  announce(t);
  work(t, 0);
  while (atomic_load_explicit(&t->finished, memory_order_acquire) != t->threads - 1) CK_PAUSE();
}
