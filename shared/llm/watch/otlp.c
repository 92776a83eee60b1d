#include "shared/llm/watch/otlp.h"

#include "shared/http/http.h"
#include "shared/json/json.h"
#include "shared/llm/watch/otlp_settings.h"
#include "shared/log/log.h"

enum { MAX_ANSWER_BYTES = 16 * 1024, CHUNK_BYTES = 4096 };

struct otlp {
    struct arena arena; /* holds this struct, and its settings */
    struct http *http;
    struct otlp_settings settings;

    struct arena waiting_arena;
    struct buf waiting; /* spans, with commas between them */
    int64_t waiting_count;
    int64_t oldest_ms; /* 0: nothing waits */
    int64_t rests_until_ms;
    int64_t dropped, dropped_told;
};

enum status otlp_new(struct ctx *cx, struct otlp **otlp)
{
    struct arena arena;
    *otlp = NULL;
    if (!otlp_is_wanted()) {
        return OK;
    }
    arena_init(&arena, CHUNK_BYTES);
    struct otlp *made = ARENA_NEW(&arena, struct otlp);
    made->arena = arena;
    made->settings.arena = &made->arena;
    arena_init(&made->waiting_arena, 0);
    made->waiting = buf_in(&made->waiting_arena, OTLP_MAX_BYTES);
    enum status status = otlp_settings_read(cx, &made->settings);
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
    buf_add(&body, otlp->settings.resource);
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
        .url = otlp->settings.url,
        .plain_if_local = true,
        .fields = otlp->settings.fields,
        .field_count = otlp->settings.field_count,
        .body = body_make(cx, otlp),
        .timeout_ms = otlp->settings.timeout_ms,
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
    return !is_last && !is_full && now_ms - otlp->oldest_ms < otlp->settings.delay_ms;
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
