#include "ck_threads.h"

#include <pthread.h>
#include <sched.h>
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

// The next piece of a job that takes no more threads.
static const uint32_t CLOSED = INT32_MAX;

struct ck_team {
  int32_t threads;
  pthread_t *ids;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  // Which job (upper half; it wakes the sleepers) and which of its pieces comes next (lower half).
  atomic_ullong ticket;
  atomic_int done, sleeping, count;
  int32_t stop;
  ck_task task;
  void *context;
};

typedef struct {
  ck_team *team;
  int32_t worker;
} seat;

static uint32_t job_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }

/// Takes pieces until none is left. Whoever has taken a piece keeps its job from being replaced until the piece is done; a ticket of another job
/// cannot be taken, since it differs. So nobody has to wait for a thread that the system has not let run at all.
static void work(ck_team *t, int32_t worker) {
  unsigned long long ticket = atomic_load_explicit(&t->ticket, memory_order_acquire);
  for (;;) {
    int32_t index = (int32_t)(uint32_t)ticket;
    if (index >= atomic_load_explicit(&t->count, memory_order_relaxed)) {
      uint64_t now = atomic_load_explicit(&t->ticket, memory_order_acquire);
      if (now == ticket) return;
      ticket = now;
      continue;
    }
    if (!atomic_compare_exchange_weak_explicit(&t->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire)) continue;
    t->task(t->context, index, worker);
    atomic_fetch_add_explicit(&t->done, 1, memory_order_release);
    ticket = atomic_load_explicit(&t->ticket, memory_order_acquire);
  }
}

static void *run(void *argument) {
  seat s = *(seat *)argument;
  free(argument);
  ck_team *t = s.team;
  uint32_t seen = 0;
  for (;;) {
    int spins = 0;
    while (job_of(atomic_load_explicit(&t->ticket, memory_order_acquire)) == seen) {
      if (++spins < SPINS) {
        CK_PAUSE();
        continue;
      }
      pthread_mutex_lock(&t->mutex);
      atomic_fetch_add(&t->sleeping, 1);
      while (job_of(atomic_load(&t->ticket)) == seen) pthread_cond_wait(&t->wake, &t->mutex);
      atomic_fetch_sub(&t->sleeping, 1);
      pthread_mutex_unlock(&t->mutex);
    }
    seen = job_of(atomic_load_explicit(&t->ticket, memory_order_acquire));
    if (t->stop) return NULL;
    work(t, s.worker);
  }
}

/// Opens a new job; everything about it has been written.
static void announce(ck_team *t) {
  uint64_t job = (uint64_t)job_of(atomic_load(&t->ticket)) + 1;
  atomic_store(&t->ticket, job << 32);
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
  atomic_store(&t->ticket, CLOSED);
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
  atomic_store(&t->count, 0);
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
  atomic_store(&t->done, 0);
  atomic_store(&t->count, count);
  announce(t);
  work(t, 0);
  int spins = 0;
  while (atomic_load_explicit(&t->done, memory_order_acquire) != count) {
    if (++spins < SPINS)
      CK_PAUSE();
    else
      sched_yield();
  }
  // From here on the job's description may change: a thread that comes late must not take a piece by it.
  atomic_store(&t->ticket, (uint64_t)job_of(atomic_load(&t->ticket)) << 32 | CLOSED);
}
