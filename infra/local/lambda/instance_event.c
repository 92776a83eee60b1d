#include "infra/local/lambda/instance_event.h"

#include "infra/local/lambda/report.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"

#include <stdio.h>

enum { PEAK_EVERY_MS = 250 }; /* reading /proc costs 20 us; a peak only grows */

/* ---- its beginning --------------------------------------------------------------------------- */

void instance_event_take(struct instance *instance, struct invocation *inv)
{
    instance->inv = inv;
    inv->instance = instance;
}

void instance_event_begin(struct instance *instance, struct invocation *inv)
{
    const struct function *f = instance->function->def;
    instance_event_take(instance, inv);
    (void)snprintf(instance->request_id, sizeof(instance->request_id), "%s", inv->request_id);
    uuid_v4(instance->invocation_id);
    instance->error_type[0] = '\0';
    instance->invoked_us = clock_mono_us();
    instance->streamed_bytes = 0;
    instance->deadline_ms = clock_now_ms() + f->timeout_ms;
    pool_note_timer(instance->pool, instance->deadline_ms);
    if (inv->answer_by_ms > 0) {
        pool_note_timer(instance->pool, inv->answer_by_ms);
    }
    report_start(instance->pool->output, f, instance->request_id);
}

/* Each extension that wants to know of events hears of this one. */
static void event_tell(struct instance *instance)
{
    struct buf out = buf_in(&instance->pool->work, KIB(32));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "eventType", "INVOKE");
    json_member_i64(&w, "deadlineMs", instance->deadline_ms);
    json_member_cstr(&w, "requestId", instance->request_id);
    json_member_str(&w, "invokedFunctionArn", instance->function->def->arn);
    json_member_object(&w, "tracing");
    json_member_cstr(&w, "type", "X-Amzn-Trace-Id");
    json_member_str(&w, "value", instance->inv->trace_id);
    json_object_end(&w);
    json_object_end(&w);
    extensions_send(&instance->extensions, buf_str(&out));
}

void instance_event_send(struct instance *instance)
{
    struct pool *pool = instance->pool;
    const struct function *f = instance->function->def;
    const struct invocation *inv = instance->inv;
    struct runtime_conn *conn = instance->parked;
    instance->parked = NULL;
    instance->state = INSTANCE_BUSY;
    struct buf fields = buf_in(&pool->work, KIB(32));
    buf_addf(&fields,
             "Lambda-Runtime-Aws-Request-Id: %s\r\nLambda-Runtime-Invocation-Id: %s\r\n"
             "Lambda-Runtime-Deadline-Ms: %lld\r\nLambda-Runtime-Invoked-Function-Arn: " STR_FMT
             "\r\nLambda-Runtime-Trace-Id: " STR_FMT "\r\n",
             instance->request_id, instance->invocation_id, (long long)instance->deadline_ms,
             STR_ARG(f->arn), STR_ARG(inv->trace_id));
    if (inv->client_context.len > 0) {
        buf_addf(&fields, "Lambda-Runtime-Client-Context: " STR_FMT "\r\n",
                 STR_ARG(inv->client_context));
    }
    if (instance->extensions.count > 0) {
        event_tell(instance);
    }
    runtime_conn_answer(conn, 200, buf_str(&fields), inv->event);
}

/* ---- its answer in pieces -------------------------------------------------------------------- */

bool instance_stream_begin(struct instance *instance, struct runtime_conn *conn,
                           struct str content_type)
{
    struct invocation *inv = instance->inv;
    instance->stream = conn;
    if (inv != NULL && inv->stream == NULL) {
        return false;
    }
    if (inv != NULL) {
        inv->stream->begin(inv, content_type);
    }
    return true;
}

bool instance_stream_data(struct instance *instance, struct str bytes)
{
    struct invocation *inv = instance->inv;
    instance->streamed_bytes += bytes.len;
    return inv == NULL || inv->stream->data(inv, bytes);
}

void instance_stream_over(struct instance *instance)
{
    instance->stream = NULL;
    loop_watch(instance->pool->loop, &instance->ended, EPOLLIN); /* see on_end */
}

/* ---- its answer, its end --------------------------------------------------------------------- */

void instance_event_settle(struct instance *instance, const struct result *result)
{
    struct invocation *inv = instance->inv;
    struct result whole = *result;
    instance->inv = NULL;
    if (whole.error_type == NULL && instance->error_type[0] != '\0') {
        whole.error_type = instance->error_type;
    }
    instance_stream_over(instance);
    if (instance->pool->options.stats != NULL &&
        (whole.outcome == OUTCOME_FUNCTION_ERROR || whole.outcome == OUTCOME_TIMEOUT)) {
        stats_error(instance->pool->options.stats, instance->function->def, instance->request_id,
                    whole.error_type, whole.payload);
    }
    if (inv != NULL) {
        inv->instance = NULL;
        inv->done(inv, &whole);
    }
}

static int64_t peak_mb(struct instance *instance)
{
    int64_t now_ms = clock_mono_us() / 1000;
    if (instance->process.pid > 0 && now_ms - instance->peak_read_ms > PEAK_EVERY_MS) {
        int64_t peak = process_peak_mb(&instance->process);
        instance->peak_mb = peak > instance->peak_mb ? peak : instance->peak_mb;
        instance->peak_read_ms = now_ms;
    }
    return instance->peak_mb;
}

void instance_event_end(struct instance *instance, const char *failure)
{
    struct report report = {
        .request_id = instance->request_id,
        .duration_us = clock_mono_us() - instance->invoked_us,
        .init_us = instance->cold && !instance->init_in_invoke ? instance->init_us : 0,
        .max_memory_mb = peak_mb(instance),
        .failure = failure,
        .error_type =
            failure != NULL && instance->error_type[0] != '\0' ? instance->error_type : NULL,
    };
    instance->cold = false;
    if (instance->pool->options.stats != NULL) {
        stats_event_end(instance->pool->options.stats, instance->function->def, &report);
    }
    report_end(instance->pool->output, instance->function->def, &report);
}

/* ---- who asked ------------------------------------------------------------------------------- */

void invocation_resume(struct invocation *inv)
{
    if (inv->instance != NULL && inv->instance->stream != NULL) {
        runtime_conn_resume(inv->instance->stream);
    }
}

void invocation_abandon(struct invocation *inv)
{
    struct instance *instance = inv->instance;
    if (inv->held_in != NULL) {
        pool_let_go(inv);
    }
    if (instance == NULL) {
        return;
    }
    if (instance->inv == inv) {
        instance->inv = NULL;
        if (instance->stream != NULL) {
            runtime_conn_resume(instance->stream); /* the rest is read, and dropped */
        }
    }
    if (instance->queued == inv) {
        instance->queued = NULL;
    }
    inv->instance = NULL;
}
