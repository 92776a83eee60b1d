/*
 * Reservations at a fixed rate: how long llm_admit takes when so many a second come, from as many
 * connections as it needs, each followed by its llm_settle. Prints one line.
 *
 *   DATABASE_URL=... admit 1000 10 16 KEY...
 *
 * Open loop: each call has its time, and waits from then on count, whether for a connection or for
 * the answer. A call that was late because the driver itself was not run counts too.
 */
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/llm/store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    MAX_CONNECTIONS = 256,
    MAX_SECONDS = 600,
    MAX_RATE = 100000,
    WARM_SECONDS = 2, /* not counted: each server connection compiles its functions once */
    US_A_SECOND = 1000000,
    NS_A_US = 1000,
};

struct plan {
    const char *url;
    char **keys;
    size_t key_count;
    int64_t rate, seconds, connections;
    int64_t start_us;
};

struct worker {
    pthread_t thread;
    const struct plan *plan;
    int64_t number; /* of `plan->connections` */
    int32_t *waited_us, *served_us;
    size_t count, failed;
};

static const struct llm_attempt attempt = {
    .target = STR_INIT("bench/model"),
    .provider = STR_INIT("bench"),
    .model = STR_INIT("model"),
    .http_status = 200,
    .took_us = 1000,
    .usage = {.input = 100, .output = 50, .is_known = true},
    .cost_nano = 1000,
};

/* One call, whose time is `due_us`. */
static void call_run(struct ctx *cx, struct pg *pg, struct worker *worker,
                     const struct llm_caller *caller, int64_t due_us)
{
    char id[UUID_TEXT_LEN + 1];
    uuid_v4(id);
    struct llm_admission_request request = {
        .caller = caller,
        .alias = STR("fast"),
        .function = STR("bench"),
        .worst_cost_nano = 5000,
        .worst_tokens = 500,
        .hold_ms = 60000,
        .call_id = str_from_cstr(id),
    };
    struct llm_admission admission;
    int64_t sent_us = clock_mono_us();
    enum status status = llm_admit(cx, pg, &request, &admission);
    int64_t done_us = clock_mono_us();
    struct llm_settlement settlement = {
        .caller = caller,
        .call_id = request.call_id,
        .alias = request.alias,
        .function = request.function,
        .price_version = STR("bench"),
        .attempts = &attempt,
        .attempt_count = 1,
        .succeeded = true,
        .took_us = 1000,
    };
    if (status == OK) {
        status = llm_settle(cx, pg, &settlement);
    }
    if (status != OK) {
        (void)fprintf(stderr, "admit: %s\n", cx->err.text);
        worker->failed++;
        return;
    }
    if (due_us >= worker->plan->start_us + (int64_t)WARM_SECONDS * US_A_SECOND) {
        worker->waited_us[worker->count] = (int32_t)(done_us - due_us);
        worker->served_us[worker->count++] = (int32_t)(done_us - sent_us);
    }
}

static void sleep_until(int64_t due_us)
{
    for (int64_t left_us; (left_us = due_us - clock_mono_us()) > 0;) {
        struct timespec left = {.tv_sec = left_us / US_A_SECOND,
                                .tv_nsec = left_us % US_A_SECOND * NS_A_US};
        (void)nanosleep(&left, NULL);
    }
}

static void *worker_run(void *object)
{
    struct worker *worker = object;
    const struct plan *plan = worker->plan;
    struct arena caller_arena, arena;
    arena_init(&caller_arena, 0);
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &caller_arena};
    struct pg *pg = pg_new(plan->url);
    struct llm_caller caller;
    const char *key = plan->keys[(size_t)worker->number % plan->key_count];
    if (llm_key_caller(&cx, pg, str_from_cstr(key), &caller) != OK) {
        (void)fprintf(stderr, "admit: %s\n", cx.err.text);
        exit(EXIT_FAILURE);
    }
    cx.arena = &arena;
    int64_t calls = plan->rate * (plan->seconds + WARM_SECONDS);
    for (int64_t i = worker->number; i < calls; i += plan->connections) {
        int64_t due_us = plan->start_us + i * US_A_SECOND / plan->rate;
        sleep_until(due_us);
        call_run(&cx, pg, worker, &caller, due_us);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    pg_free(pg);
    arena_deinit(&caller_arena);
    return NULL;
}

/* ---- the figures ---- */

static int by_size(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void samples_print(const char *name, int32_t *us, size_t count)
{
    qsort(us, count, sizeof *us, by_size);
    (void)printf(" %s_p50_us=%d %s_p99_us=%d %s_max_us=%d", name, us[count / 2], name,
                 us[count * 99 / 100], name, us[count - 1]);
}

static int32_t *samples_new(size_t count)
{
    int32_t *samples = calloc(count, sizeof *samples); /* as long as the program */
    if (samples == NULL) {
        abort();
    }
    return samples;
}

/* Puts the workers' samples into the first one's arrays, which have room for all. */
static void samples_gather(struct worker *workers, int64_t count)
{
    for (int64_t i = 1; i < count; i++) {
        struct worker *all = &workers[0], *one = &workers[i];
        memcpy(all->waited_us + all->count, one->waited_us, one->count * sizeof *one->waited_us);
        memcpy(all->served_us + all->count, one->served_us, one->count * sizeof *one->served_us);
        all->count += one->count;
        all->failed += one->failed;
    }
}

static int plan_run(struct plan *plan)
{
    static struct worker workers[MAX_CONNECTIONS];
    size_t most = (size_t)(plan->rate * plan->seconds) + 1;
    plan->start_us = clock_mono_us() + US_A_SECOND;
    for (int64_t i = 0; i < plan->connections; i++) {
        size_t room = i == 0 ? most : most / (size_t)plan->connections + 1;
        workers[i] = (struct worker){.plan = plan,
                                     .number = i,
                                     .waited_us = samples_new(room),
                                     .served_us = samples_new(room)};
        if (pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]) != 0) {
            abort();
        }
    }
    for (int64_t i = 0; i < plan->connections; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
    samples_gather(workers, plan->connections);
    int64_t took_us = clock_mono_us() - plan->start_us;
    if (workers[0].count == 0) {
        return EXIT_FAILURE;
    }
    (void)printf(
        "rate=%lld connections=%lld counted=%zu failed=%zu done_per_s=%.0f", (long long)plan->rate,
        (long long)plan->connections, workers[0].count, workers[0].failed,
        (double)(plan->rate * (plan->seconds + WARM_SECONDS)) * US_A_SECOND / (double)took_us);
    samples_print("waited", workers[0].waited_us, workers[0].count);
    samples_print("served", workers[0].served_us, workers[0].count);
    (void)printf("\n");
    return workers[0].failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int64_t number_read(const char *text, int64_t max)
{
    int64_t number = 0;
    if (!str_to_i64(str_from_cstr(text), &number) || number < 1 || number > max) {
        (void)fprintf(stderr, "admit: not a number from 1 to %lld: %s\n", (long long)max, text);
        exit(2);
    }
    return number;
}

int main(int argc, char **argv)
{
    const char *url = getenv("DATABASE_URL");
    if (argc < 5 || url == NULL) {
        (void)fputs("DATABASE_URL=... admit RATE SECONDS CONNECTIONS KEY...\n", stderr);
        return 2;
    }
    struct plan plan = {
        .url = url,
        .rate = number_read(argv[1], MAX_RATE),
        .seconds = number_read(argv[2], MAX_SECONDS),
        .connections = number_read(argv[3], MAX_CONNECTIONS),
        .keys = argv + 4,
        .key_count = (size_t)argc - 4,
    };
    return plan_run(&plan);
}
