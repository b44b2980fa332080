#pragma once
#include <stdint.h>

/// A fixed team of threads that shares out numbered pieces of work. The calling thread is worker 0.
typedef struct ck_team ck_team;
typedef void (*ck_task)(void *context, int32_t index, int32_t worker);

/// Starts threads − 1 threads; NULL when the system refuses them.
ck_team *ck_team_create(int32_t threads);
void ck_team_destroy(ck_team *team);
int32_t ck_team_size(const ck_team *team);
/// Calls task(context, 0 … count − 1, worker), each index once, and returns when all are done. One caller at a time.
void ck_team_run(ck_team *team, ck_task task, void *context, int32_t count);
