#include "shared/llm/watch/otlp.h"

#include "shared/base/field.h"
#include "shared/http/http.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

#include <stdlib.h>

enum {
    DEFAULT_TIMEOUT_MS = 1000,
    MAX_TIMEOUT_MS = 60 * 1000,
    MAX_HEADER_BYTES = 4096,
    MAX_ANSWER_BYTES = 16 * 1024,
    CHUNK_BYTES = 4096,
};

struct otlp {
    struct arena arena; /* holds this struct and what was read from the environment */
    struct http *http;
    struct str url;
    struct http_field fields[OTLP_MAX_HEADERS + 1];
    size_t field_count;
    struct str resource; /* its attributes: JSON */
    int64_t timeout_ms, delay_ms;

    struct arena waiting_arena;
    struct buf waiting; /* spans, with commas between them */
    int64_t waiting_count;
    int64_t oldest_ms; /* 0: nothing waits */
    int64_t rests_until_ms;
    int64_t dropped, dropped_told;
};

/* ---- the environment ------------------------------------------------------------------------- */

static struct str variable(const char *name)
{
    return str_trim(str_from_cstr(getenv(name)));
}

/* The traces' own variable goes before the general one. */
static struct str either(const char *own, const char *general, const char **which)
{
    struct str value = variable(own);
    *which = value.len > 0 ? own : general;
    return value.len > 0 ? value : variable(general);
}

static enum status url_read(struct ctx *cx, struct otlp *otlp)
{
    struct str own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    struct str base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    const char *slash = str_has_suffix(base, STR("/")) ? "" : "/";
    otlp->url = own.len > 0
                    ? arena_str_copy(&otlp->arena, own)
                    : arena_format(&otlp->arena, STR_FMT "%sv1/traces", STR_ARG(base), slash);
    if (!field_is_visible(otlp->url) || (!str_has_prefix(otlp->url, STR("https://")) &&
                                         !str_has_prefix(otlp->url, STR("http://")))) {
        return fail(cx, ERR_INTERNAL, "%s is no http:// or https:// address",
                    own.len > 0 ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
                                : "OTEL_EXPORTER_OTLP_ENDPOINT");
    }
    return OK;
}

/* Percent-encoding taken off; false: it is malformed. */
static bool decode(struct str coded, struct buf *out)
{
    for (size_t i = 0; i < coded.len; i++) {
        if (coded.ptr[i] != '%') {
            buf_add_char(out, coded.ptr[i]);
            continue;
        }
        int high = i + 2 < coded.len ? str_hex_value(coded.ptr[i + 1]) : -1;
        int low = i + 2 < coded.len ? str_hex_value(coded.ptr[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        buf_add_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return !out->full;
}

static bool header_read(struct otlp *otlp, struct str pair)
{
    size_t equals = str_find_char(pair, '=');
    if (equals == SIZE_MAX || otlp->field_count == ARRAY_LEN(otlp->fields)) {
        return false;
    }
    struct str name = str_trim(str_slice(pair, 0, equals));
    struct buf value = buf_in(&otlp->arena, MAX_HEADER_BYTES);
    if (!decode(str_trim(str_slice(pair, equals + 1, pair.len)), &value) || !field_is_token(name) ||
        value.len == 0 || !field_is_value(buf_str(&value))) {
        return false;
    }
    otlp->fields[otlp->field_count++] =
        (struct http_field){.name = arena_str_copy(&otlp->arena, name), .value = buf_str(&value)};
    return true;
}

static enum status headers_read(struct ctx *cx, struct otlp *otlp)
{
    const char *which;
    struct str pair;
    struct str rest =
        either("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS", &which);
    otlp->fields[otlp->field_count++] =
        (struct http_field){STR("content-type"), STR("application/json")};
    while (str_split_next(&rest, ',', &pair)) {
        pair = str_trim(pair);
        if (pair.len > 0 && !header_read(otlp, pair)) {
            return fail(cx, ERR_INTERNAL, "%s is no list of name=value, %d at most", which,
                        OTLP_MAX_HEADERS);
        }
    }
    return OK;
}

static enum status ms_read(struct ctx *cx, const char *name, int64_t fallback, int64_t *ms)
{
    struct str value = variable(name);
    *ms = fallback;
    if (value.len > 0 && (!str_to_i64(value, ms) || *ms < 0 || *ms > MAX_TIMEOUT_MS)) {
        return fail(cx, ERR_INTERNAL, "%s is not 0 to %d milliseconds", name, MAX_TIMEOUT_MS);
    }
    return OK;
}

static void resource_attribute(struct json_writer *w, const char *key, struct str value)
{
    if (value.len == 0) {
        return;
    }
    json_object_begin(w);
    json_member_cstr(w, "key", key);
    json_member_object(w, "value");
    json_member_str(w, "stringValue", value);
    json_object_end(w);
    json_object_end(w);
}

static struct str resource_make(struct otlp *otlp)
{
    struct buf buf = buf_in(&otlp->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    struct str function = variable("AWS_LAMBDA_FUNCTION_NAME");
    struct str service = variable("OTEL_SERVICE_NAME");
    json_array_begin(&w);
    resource_attribute(&w, "service.name", service.len > 0 ? service : function);
    resource_attribute(&w, "faas.name", function);
    resource_attribute(&w, "faas.version", variable("AWS_LAMBDA_FUNCTION_VERSION"));
    resource_attribute(&w, "cloud.region", variable("AWS_REGION"));
    json_array_end(&w);
    return buf_str(&buf);
}

static enum status environment_read(struct ctx *cx, struct otlp *otlp)
{
    TRY(url_read(cx, otlp));
    TRY(headers_read(cx, otlp));
    TRY(ms_read(cx, "OTEL_EXPORTER_OTLP_TIMEOUT", DEFAULT_TIMEOUT_MS, &otlp->timeout_ms));
    TRY(ms_read(cx, "OTEL_BSP_SCHEDULE_DELAY", 0, &otlp->delay_ms));
    otlp->resource = resource_make(otlp);
    return OK;
}

enum status otlp_new(struct ctx *cx, struct otlp **otlp)
{
    const char *which;
    struct arena arena;
    *otlp = NULL;
    if (either("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", &which).len ==
            0 ||
        str_eq_nocase(variable("OTEL_SDK_DISABLED"), STR("true"))) {
        return OK;
    }
    arena_init(&arena, CHUNK_BYTES);
    struct otlp *made = ARENA_NEW(&arena, struct otlp);
    made->arena = arena;
    arena_init(&made->waiting_arena, 0);
    made->waiting = buf_in(&made->waiting_arena, OTLP_MAX_BYTES);
    enum status status = environment_read(cx, made);
    if (status != OK) {
        otlp_free(made);
        return status;
    }
    made->http = http_new(NULL);
    *otlp = made;
    return OK;
}

void otlp_free(struct otlp *otlp)
{
    if (otlp == NULL) {
        return;
    }
    http_free(otlp->http);
    arena_deinit(&otlp->waiting_arena);
    struct arena arena = otlp->arena; /* a copy: the original is in its own memory */
    arena_wipe(&arena);               /* a header may hold a key */
}

void otlp_disconnect(struct otlp *otlp)
{
    if (otlp != NULL) {
        http_close(otlp->http);
    }
}

/* ---- taking ---------------------------------------------------------------------------------- */

void otlp_take(struct ctx *cx, struct otlp *otlp, const struct llm_watched *call)
{
    struct llm_trace trace;
    if (otlp == NULL) {
        return;
    }
    llm_trace_of(cx, &trace);
    if (!trace.is_sampled) {
        return;
    }
    struct buf spans = buf_in(cx->arena, OTLP_MAX_BYTES);
    size_t count = llm_spans_write(call, &trace, &spans);
    if (spans.full || otlp->waiting.len + spans.len + 1 > OTLP_MAX_BYTES) {
        otlp->dropped += (int64_t)count;
        return;
    }
    if (otlp->waiting_count > 0) {
        buf_add_char(&otlp->waiting, ',');
    }
    buf_add(&otlp->waiting, buf_str(&spans));
    otlp->waiting_count += (int64_t)count;
}

/* ---- sending --------------------------------------------------------------------------------- */

static struct str body_make(struct ctx *cx, const struct otlp *otlp)
{
    static const struct str before = STR_INIT("{\"resourceSpans\":[{\"resource\":{\"attributes\":");
    static const struct str between =
        STR_INIT("},\"scopeSpans\":[{\"scope\":{\"name\":\"clambda.llm\"},\"spans\":[");
    static const struct str after = STR_INIT("]}]}]}");
    struct buf body = buf_in(cx->arena, OTLP_MAX_BYTES + KIB(32));
    buf_add(&body, before);
    buf_add(&body, otlp->resource);
    buf_add(&body, between);
    buf_add(&body, buf_str(&otlp->waiting));
    buf_add(&body, after);
    return buf_str(&body);
}

/* {"partialSuccess":{"rejectedSpans":"3"}}: taken, but for so many. Anything else: all were. */
static int64_t rejected_count(struct ctx *cx, struct str body)
{
    const struct json *root = NULL;
    int64_t count = 0;
    if (body.len == 0 || json_read(cx, body, NULL, &root) != OK) {
        err_clear(cx); /* an answer that is none of the protocol's says nothing of a rejection */
        return 0;
    }
    const struct json *rejected =
        json_find(json_find(root, STR("partialSuccess")), STR("rejectedSpans"));
    if (rejected == NULL || !str_to_i64(rejected->text, &count) || count < 0) {
        return 0;
    }
    return count;
}

static enum status send(struct ctx *cx, struct otlp *otlp, int64_t *rejected)
{
    struct http_response res;
    const struct http_request req = {
        .method = "POST",
        .url = otlp->url,
        .plain_if_local = true,
        .fields = otlp->fields,
        .field_count = otlp->field_count,
        .body = body_make(cx, otlp),
        .timeout_ms = otlp->timeout_ms,
        .max_body_bytes = MAX_ANSWER_BYTES,
        .no_trace = true,
    };
    TRY(http_send(cx, otlp->http, &req, &res));
    if (res.status < 200 || res.status > 299) {
        return fail(cx, ERR_UPSTREAM, "the collector said HTTP %d", res.status);
    }
    *rejected = rejected_count(cx, res.body);
    return OK;
}

static void waiting_clear(struct otlp *otlp)
{
    buf_clear(&otlp->waiting);
    otlp->waiting_count = 0;
    otlp->oldest_ms = 0;
}

static void drops_tell(struct ctx *cx, struct otlp *otlp, const char *why)
{
    LOG(cx, LOG_WARN, "spans_dropped", LOG_I64("count", otlp->dropped - otlp->dropped_told),
        LOG_CSTR("error", why));
    otlp->dropped_told = otlp->dropped;
}

/* Whether nothing is to be sent now; the oldest span begins to wait. */
static bool is_early(struct otlp *otlp, int64_t now_ms, bool is_last)
{
    if (otlp->oldest_ms == 0 || now_ms < otlp->oldest_ms) {
        otlp->oldest_ms = now_ms;
    }
    bool is_full = otlp->waiting.len > OTLP_MAX_BYTES / 2;
    return !is_last && !is_full && now_ms - otlp->oldest_ms < otlp->delay_ms;
}

void otlp_flush(struct ctx *cx, struct otlp *otlp, int64_t now_ms, bool is_last)
{
    int64_t rejected = 0;
    if (otlp == NULL || otlp->waiting_count == 0 || is_early(otlp, now_ms, is_last)) {
        return;
    }
    if (now_ms < otlp->rests_until_ms) {
        otlp->dropped += otlp->waiting_count;
        waiting_clear(otlp);
        return;
    }
    enum status status = send(cx, otlp, &rejected);
    otlp->dropped += status == OK ? rejected : otlp->waiting_count;
    waiting_clear(otlp);
    if (status != OK) {
        otlp->rests_until_ms = now_ms + OTLP_REST_MS;
        drops_tell(cx, otlp, cx->err.text);
        err_clear(cx); /* the caller has had its answer */
    } else if (otlp->dropped > otlp->dropped_told) {
        drops_tell(cx, otlp, "rejected, or the collector was away");
    }
}

int64_t otlp_dropped(const struct otlp *otlp)
{
    return otlp != NULL ? otlp->dropped : 0;
}
