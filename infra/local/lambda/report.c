#include "infra/local/lambda/report.h"

#include <inttypes.h>
#include <stdio.h>

static double ms(int64_t us)
{
    return (double)us / 1000.0;
}

static int64_t ms_up(int64_t us)
{
    return (us + 999) / 1000;
}

void report_start(struct output *out, const struct function *f, const char *request_id)
{
    if (!out->quiet) {
        output_say(out, f->slug, "START RequestId: %s Version: $LATEST", request_id);
    }
}

static const char *failure_words(const struct report *r, char *words, size_t size)
{
    if (r->failure == NULL) {
        return "";
    }
    (void)snprintf(words, size, "\tStatus: %s%s%s", r->failure,
                   r->error_type != NULL ? "\tError Type: " : "",
                   r->error_type != NULL ? r->error_type : "");
    return words;
}

void report_end(struct output *out, const struct function *f, const struct report *r)
{
    if (out->quiet) {
        return;
    }
    char init[64] = "";
    char status[128];
    if (r->init_us > 0) {
        (void)snprintf(init, sizeof(init), "\tInit Duration: %.2f ms", ms(r->init_us));
    }
    output_say(out, f->slug, "END RequestId: %s", r->request_id);
    output_say(out, f->slug,
               "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %" PRId64
               " ms\tMemory Size: %" PRId64 " MB\tMax Memory Used: %" PRId64 " MB%s%s",
               r->request_id, ms(r->duration_us), ms_up(r->duration_us + r->init_us), f->memory_mb,
               r->max_memory_mb, init, failure_words(r, status, sizeof(status)));
}

void report_init_failure(struct output *out, const struct function *f, int64_t init_us,
                         const struct report *r)
{
    char status[128];
    output_say(out, f->slug, "INIT_REPORT Init Duration: %.2f ms\tPhase: init%s", ms(init_us),
               failure_words(r, status, sizeof(status)));
}
