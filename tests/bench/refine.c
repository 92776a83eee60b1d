/*
 * The refiner without a model, a database or a socket: FILE COUNT. From the body's bytes to those
 * of the checked answer, step by step; prints a line each, the median and the 99th of a hundred.
 * FILE alone is a list of bodies; what comes of them is printed as a list.
 */
#include "functions/refiner/refine.h"
#include "functions/refiner/refined_schema.h"
#include "shared/base/file.h"
#include "tests/bench/measure.h"

enum { SOURCE_MAX = 1 << 20, MAX_COUNT = 100000, STEPS = 5, WARM = 50, P99 = 99, PERCENT = 100 };

static const char *const step_names[STEPS] = {"read JSON", "read the analysis", "refine", "write",
                                              "check by the schema"};

struct job {
    struct ctx cx;
    struct arena arena;
    const struct jsonschema *schema;
    struct str source;
    double took_us[STEPS + 1][MAX_COUNT]; /* the last: all of it */
    size_t out_bytes;
};

static double lap_us(int64_t *since_ns)
{
    int64_t at_ns = now_ns();
    double took = (double)(at_ns - *since_ns) / NS_PER_US;
    *since_ns = at_ns;
    return took;
}

static struct str written(struct job *job, const struct refinement *refinement)
{
    struct buf buf = buf_in(&job->arena, REFINED_MAX_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    refined_write_members(&w, &refinement->refined);
    json_object_end(&w);
    return buf_str(&buf);
}

static void once(struct job *job, size_t at)
{
    const struct json *root = NULL, *answer = NULL;
    struct analysis *analysis = ARENA_NEW(&job->arena, struct analysis);
    struct refinement *refinement = ARENA_NEW(&job->arena, struct refinement);
    int64_t started_ns = now_ns(), since_ns = started_ns;
    must(&job->cx, json_read(&job->cx, job->source, NULL, &root));
    job->took_us[0][at] = lap_us(&since_ns);
    must(&job->cx, analysis_read(&job->cx, root, analysis));
    job->took_us[1][at] = lap_us(&since_ns);
    refine(&job->cx, analysis, refinement);
    job->took_us[2][at] = lap_us(&since_ns);
    struct str text = written(job, refinement);
    job->took_us[3][at] = lap_us(&since_ns);
    must(&job->cx, json_read(&job->cx, text, NULL, &answer));
    must(&job->cx, jsonschema_check(&job->cx, job->schema, answer, NULL));
    job->took_us[4][at] = lap_us(&since_ns);
    job->took_us[STEPS][at] = lap_us(&started_ns);
    job->out_bytes = text.len;
    arena_reset(&job->arena);
}

static void print(const char *name, double *took_us, size_t count)
{
    double middle = median(took_us, count);
    (void)printf("  %-24s %9.1f %9.1f\n", name, middle, took_us[count * P99 / PERCENT]);
}

static void measure(struct job *job, size_t count)
{
    for (size_t i = 0; i < WARM; i++) {
        once(job, 0);
    }
    for (size_t i = 0; i < count; i++) {
        once(job, i);
    }
    (void)printf("the refiner by rules, us, %zu bytes in, %zu out (%zu times)\n  %-24s %9s %9s\n",
                 job->source.len, job->out_bytes, count, "", "p50", "p99");
    for (size_t i = 0; i < STEPS; i++) {
        print(step_names[i], job->took_us[i], count);
    }
    print("all of it", job->took_us[STEPS], count);
}

static void refine_each(struct job *job)
{
    const struct json *bodies = NULL;
    must(&job->cx, json_read(&job->cx, job->source, NULL, &bodies));
    (void)putchar('[');
    JSON_EACH (body, bodies) {
        struct analysis *analysis = ARENA_NEW(&job->arena, struct analysis);
        struct refinement *refinement = ARENA_NEW(&job->arena, struct refinement);
        must(&job->cx, analysis_read(&job->cx, body, analysis));
        refine(&job->cx, analysis, refinement);
        struct str text = written(job, refinement);
        (void)printf("%s" STR_FMT, body == bodies->first ? "" : ",", STR_ARG(text));
    }
    (void)putchar(']');
}

int main(int argc, char **argv)
{
    static struct job job;
    struct arena kept;
    int64_t count = 0;
    if (argc != 2 && (argc != 3 || !str_to_i64(str_from_cstr(argv[2]), &count) || count < 1 ||
                      count > MAX_COUNT)) {
        die("usage: refine FILE [COUNT]");
    }
    arena_init(&kept, 0);
    arena_init(&job.arena, 0);
    job.cx.arena = &kept;
    must(&job.cx, file_read(&job.cx, argv[1], SOURCE_MAX, &job.source));
    must(&job.cx, refined_schema_compile(&job.cx, &kept, &job.schema));
    job.cx.arena = &job.arena;
    if (argc == 2) {
        refine_each(&job);
    } else {
        measure(&job, (size_t)count);
    }
    arena_deinit(&job.arena);
    arena_deinit(&kept);
    return 0;
}
