#include "functions/endpoint/health.h"

#include "functions/endpoint/version.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

enum { DATABASE_PATIENCE_MS = 2000 };

static bool database_answers(struct ctx *cx, struct services *services)
{
    int64_t patience_ends = clock_now_ms() + DATABASE_PATIENCE_MS;
    int64_t deadline_ms = cx->deadline_ms;
    if (deadline_ms == 0 || deadline_ms > patience_ends) {
        cx->deadline_ms = patience_ends;
    }
    enum status status = pg_ping(cx, services->pg);
    cx->deadline_ms = deadline_ms;
    if (status != OK) {
        LOG(cx, LOG_WARN, "health_degraded", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* told in the report */
    }
    return status == OK;
}

void health_answer(struct ctx *cx, struct services *services, const char *endpoint_name,
                   int64_t now_ms, struct http_answer *answer)
{
    bool database = database_answers(cx, services);
    char timestamp[25];
    timestamp_format(now_ms, timestamp);
    struct buf buf = buf_in(cx->arena, KIB(4));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_cstr(&w, "status", database ? "healthy" : "degraded");
    json_member_cstr(&w, "function", endpoint_name);
    json_member_object(&w, "checks");
    json_member_bool(&w, "database", database);
    json_object_end(&w);
    json_member_cstr(&w, "version", build_version);
    json_member_cstr(&w, "commit", build_commit);
    json_member_cstr(&w, "timestamp", timestamp);
    json_object_end(&w);
    answer->status = database ? 200 : 503;
    answer->body = buf_str(&buf);
}
