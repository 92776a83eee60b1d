#include "shared/llm/watch/spans.h"

#include "shared/base/field.h"
#include "shared/base/trace.h"
#include "shared/json/json.h"

#include <stdio.h>
#include <sys/random.h>

enum {
    SPAN_ID_BYTES = 8,
    TRACE_ID_BYTES = 16,
    KIND_SERVER = 2,
    KIND_CLIENT = 3,
    STATUS_ERROR = 2,
    MAX_REQUEST_ID_BYTES = 128,
};

/* ---- ids ------------------------------------------------------------------------------------- */

static void id_make(char *out, size_t bytes)
{
    unsigned char raw[TRACE_ID_BYTES] = {0};
    (void)!getrandom(raw, bytes, 0); /* up to 256 bytes are always given whole (getrandom(2)) */
    raw[0] |= 1;                     /* an id of zeros is none */
    str_hex_write(raw, bytes, out);
    out[2 * bytes] = '\0';
}

static bool parent_find(const struct ctx *cx, char header[static TRACE_PARENT_BYTES + 1],
                        struct trace_parent *parent)
{
    struct trace_xray xray;
    if (trace_parent_read(cx->traceparent, parent)) {
        return true;
    }
    return trace_xray_read(cx->trace_id, &xray) && trace_parent_from_xray(&xray, header) &&
           trace_parent_read(str_from_cstr(header), parent);
}

void llm_trace_of(const struct ctx *cx, struct llm_trace *trace)
{
    char header[TRACE_PARENT_BYTES + 1];
    struct trace_parent parent;
    *trace = (struct llm_trace){.is_sampled = true};
    if (!parent_find(cx, header, &parent)) {
        id_make(trace->trace_id, TRACE_ID_BYTES);
        return;
    }
    (void)str_to_cstr(parent.trace_id, trace->trace_id, sizeof trace->trace_id);
    (void)str_to_cstr(parent.parent_id, trace->parent_id, sizeof trace->parent_id);
    trace->is_sampled = (parent.flags & TRACE_SAMPLED) != 0;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static void attribute_begin(struct json_writer *w, const char *key, const char *type)
{
    json_object_begin(w);
    json_member_cstr(w, "key", key);
    json_member_object(w, "value");
    json_key(w, str_from_cstr(type));
}

static void attribute_end(struct json_writer *w)
{
    json_object_end(w);
    json_object_end(w);
}

/* An empty text is left out. */
static void text(struct json_writer *w, const char *key, struct str value)
{
    if (value.len > 0) {
        attribute_begin(w, key, "stringValue");
        json_str(w, value);
        attribute_end(w);
    }
}

static void count(struct json_writer *w, const char *key, int64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%lld", (long long)value);
    attribute_begin(w, key, "intValue");
    json_cstr(w, digits);
    attribute_end(w);
}

static void count_if(struct json_writer *w, const char *key, int64_t value)
{
    if (value > 0) {
        count(w, key, value);
    }
}

static void truth(struct json_writer *w, const char *key, bool value)
{
    attribute_begin(w, key, "boolValue");
    json_bool(w, value);
    attribute_end(w);
}

static void number(struct json_writer *w, const char *key, double value)
{
    attribute_begin(w, key, "doubleValue");
    json_f64(w, value);
    attribute_end(w);
}

/* A number as the caller wrote it. */
static void number_if(struct json_writer *w, const char *key, struct str written)
{
    double value;
    if (str_to_f64(written, &value)) {
        number(w, key, value);
    }
}

/* ---- spans ----------------------------------------------------------------------------------- */

struct span {
    const char *trace_id, *span_id, *parent_id;
    int kind;
    int64_t started_us, ended_us; /* Unix epoch */
};

static void time_member(struct json_writer *w, const char *key, int64_t epoch_us)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%lld000", (long long)epoch_us);
    json_member_cstr(w, key, digits);
}

static void span_begin(struct json_writer *w, const struct span *span, struct str operation,
                       struct str model)
{
    char name[160];
    struct buf words = buf_on(name, sizeof name);
    buf_add(&words, operation);
    buf_add(&words, model.len > 0 ? STR(" ") : STR(""));
    buf_add(&words, model);
    json_object_begin(w);
    json_member_cstr(w, "traceId", span->trace_id);
    json_member_cstr(w, "spanId", span->span_id);
    if (span->parent_id[0] != '\0') {
        json_member_cstr(w, "parentSpanId", span->parent_id);
    }
    json_member_str(w, "name", buf_str(&words));
    json_member_i64(w, "kind", span->kind);
    time_member(w, "startTimeUnixNano", span->started_us);
    time_member(w, "endTimeUnixNano", span->ended_us);
    json_member_array(w, "attributes");
}

static void span_end(struct json_writer *w, bool failed)
{
    json_array_end(w);
    if (failed) {
        json_member_object(w, "status");
        json_member_i64(w, "code", STATUS_ERROR);
        json_object_end(w);
    }
    json_object_end(w);
}

static int64_t duration_us(int64_t took_us)
{
    return took_us > 0 ? took_us : 0;
}

static void call_write(struct json_writer *w, const struct llm_watched *call,
                       const struct llm_trace *trace, const char *span_id)
{
    const struct llm_outcome *outcome = call->outcome;
    const struct llm_settlement *settlement = &outcome->settlement;
    int64_t started_us = outcome->head.started_ms * 1000;
    const struct span span = {.trace_id = trace->trace_id,
                              .span_id = span_id,
                              .parent_id = trace->parent_id,
                              .kind = KIND_SERVER,
                              .started_us = started_us,
                              .ended_us = started_us + duration_us(settlement->took_us)};
    bool failed = call->status != OK || outcome->failure.kind != LLM_NONE;
    span_begin(w, &span, STR("gateway"), llm_watched_model(call));
    text(w, "clambda.call_id", outcome->head.call_id);
    text(w, "clambda.tenant_id", call->caller->tenant_id);
    text(w, "clambda.key_id", call->caller->key_id);
    text(w, "clambda.function", settlement->function);
    text(w, "clambda.operation", settlement->operation);
    text(w, "clambda.model", llm_watched_model(call));
    text(w, "clambda.price_version", settlement->price_version);
    text(w, "clambda.guard", outcome->head.guard_flags);
    count(w, "clambda.attempts", (int64_t)outcome->attempt_count);
    count(w, "clambda.cost_nano_usd", outcome->cost_nano);
    count(w, "clambda.overhead_us", settlement->overhead_us);
    truth(w, "clambda.cached", outcome->head.is_cached);
    truth(w, "clambda.replay", outcome->head.is_replay);
    if (failed) {
        text(w, "error.type", str_from_cstr(llm_watched_result(call)));
    }
    span_end(w, failed);
}

/* Well-known values of gen_ai.provider.name; another provider's is its own name. */
static struct str provider_name(struct str provider)
{
    return str_eq(provider, STR("bedrock")) ? STR("aws.bedrock") : provider;
}

static void usage_write(struct json_writer *w, const struct llm_usage *usage)
{
    count_if(w, "gen_ai.usage.input_tokens", llm_usage_input_all(usage));
    count_if(w, "gen_ai.usage.output_tokens", usage->output);
    count_if(w, "gen_ai.usage.cache_read.input_tokens", usage->cache_read);
    count_if(w, "gen_ai.usage.cache_creation.input_tokens",
             usage->cache_write_5m + usage->cache_write_1h);
    count_if(w, "gen_ai.usage.reasoning.output_tokens", usage->reasoning);
    truth(w, "clambda.usage_known", usage->is_known);
}

static void request_write(struct json_writer *w, const struct llm_request *request)
{
    truth(w, "gen_ai.request.stream", request->stream);
    count_if(w, "gen_ai.request.max_tokens", llm_request_output_tokens(request));
    if (request->chat != NULL) {
        number_if(w, "gen_ai.request.temperature", request->chat->temperature);
        number_if(w, "gen_ai.request.top_p", request->chat->top_p);
    }
}

static void attempt_write(struct json_writer *w, const struct llm_watched *call,
                          const struct llm_trace *trace, const char *parent_id,
                          const struct llm_attempt *attempt)
{
    char span_id[2 * SPAN_ID_BYTES + 1];
    bool failed = attempt->failure != LLM_NONE;
    struct str id = attempt->provider_request_id;
    id_make(span_id, SPAN_ID_BYTES);
    const struct span span = {.trace_id = trace->trace_id,
                              .span_id = span_id,
                              .parent_id = parent_id,
                              .kind = KIND_CLIENT,
                              .started_us = attempt->started_ms * 1000,
                              .ended_us =
                                  attempt->started_ms * 1000 + duration_us(attempt->took_us)};
    span_begin(w, &span, llm_watched_operation(call), attempt->model);
    text(w, "gen_ai.operation.name", llm_watched_operation(call));
    text(w, "gen_ai.provider.name", provider_name(attempt->provider));
    text(w, "gen_ai.request.model", attempt->model);
    request_write(w, call->request);
    usage_write(w, &attempt->usage);
    if (attempt->first_token_us >= 0) {
        number(w, "gen_ai.response.time_to_first_chunk", (double)attempt->first_token_us / 1e6);
    }
    count_if(w, "http.response.status_code", attempt->http_status);
    count(w, "clambda.cost_nano_usd", attempt->cost_nano);
    if (id.len <= MAX_REQUEST_ID_BYTES && field_is_visible(id)) {
        text(w, "clambda.provider_request_id", id);
    }
    if (failed) {
        text(w, "error.type", str_from_cstr(llm_failure_words(attempt->failure)));
    }
    span_end(w, failed);
}

size_t llm_spans_write(const struct llm_watched *call, const struct llm_trace *trace,
                       struct buf *buf)
{
    char span_id[2 * SPAN_ID_BYTES + 1];
    const struct llm_outcome *outcome = call->outcome;
    id_make(span_id, SPAN_ID_BYTES);
    struct json_writer w = json_writer_on(buf);
    call_write(&w, call, trace, span_id);
    for (size_t i = 0; i < outcome->attempt_count; i++) {
        buf_add_char(buf, ',');
        w = json_writer_on(buf);
        attempt_write(&w, call, trace, span_id, &outcome->attempts[i]);
    }
    return 1 + outcome->attempt_count;
}
