#include "infra/local/http/http_stream.h"

#include "infra/local/http/prelude.h"

struct http_stream {
    const struct http_stream_rules *rules;
    struct str content_type;
    struct prelude prelude;
    bool reads_prelude;
};

static void say(const struct request *request, const char *words)
{
    output_say(request->service->output, STR("clambda-local"), "%s: %s", request->inv.request_id,
               words);
}

static void on_idle(struct request *request)
{
    invocation_abandon(&request->inv);
    if (request->phase == REQUEST_STREAMING) {
        say(request, "the stream was silent for too long: it is cut");
        request_stream_end(request, false);
    } else {
        say(request, "no answer began for too long");
        request->http_stream->rules->fail(request, OUTCOME_CEILING);
    }
}

static void wait_for_more(struct request *request)
{
    if (request->http_stream->rules->idle_ms > 0) {
        request_set_timer(request, request->http_stream->rules->idle_ms, on_idle);
    }
}

/* ---- the head -------------------------------------------------------------------------------- */

static void add_headers(struct request *request, const struct http_reply *reply)
{
    bool has_type = false;
    for (size_t i = 0; i < reply->header_count; i++) {
        has_type = has_type || str_eq_nocase(reply->headers[i].name, STR("content-type"));
        request_add_header(request, reply->headers[i].name, reply->headers[i].value);
    }
    if (!has_type) {
        request_add_header(request, STR("Content-Type"), STR("application/octet-stream"));
    }
}

static void finish_head(struct request *request)
{
    if (request->http_stream->rules->finish_head != NULL) {
        request->http_stream->rules->finish_head(request);
    }
}

/* The head of an answer without a prelude. */
static void plain_head(struct request *request)
{
    struct str type = request->http_stream->content_type;
    request_add_header(request, STR("Content-Type"),
                       type.len > 0 ? type : STR("application/octet-stream"));
    finish_head(request);
}

/* Nothing of it can be sent: the function goes on, and what it says is dropped. */
static void refuse(struct request *request, const char *why)
{
    output_say(request->service->output, STR("clambda-local"),
               "%s: no prelude (a JSON object, eight zero bytes): %s", request->inv.request_id,
               why);
    invocation_abandon(&request->inv);
    request->http_stream->rules->fail(request, OUTCOME_FUNCTION_ERROR);
}

/* Takes the prelude off `*bytes`; true once the head stands, with its status. */
static bool read_prelude(struct request *request, struct str *bytes, int *status)
{
    struct ctx cx = {.arena = &request->arena};
    struct http_reply *reply = NULL;
    switch (prelude_feed(&request->http_stream->prelude, bytes)) {
    case PRELUDE_MORE:
        return false;
    case PRELUDE_BAD:
        refuse(request, "not in the first 16 KiB, or fewer zeros");
        return false;
    case PRELUDE_DONE:
        break;
    }
    reply = ARENA_NEW(&request->arena, struct http_reply);
    if (prelude_read(&cx, &request->http_stream->prelude, reply) != OK) {
        refuse(request, cx.err.text);
        return false;
    }
    add_headers(request, reply);
    finish_head(request);
    *status = reply->status;
    return true;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void begin(struct invocation *inv, struct str content_type)
{
    struct request *request = inv->owner;
    struct http_stream *s = request->http_stream;
    s->content_type = arena_str_copy(&request->arena, content_type);
    s->reads_prelude = s->rules->needs_prelude || prelude_is_announced(content_type);
    wait_for_more(request);
    if (!s->reads_prelude) {
        plain_head(request);
        request_stream_begin(request, MHD_HTTP_OK);
    }
}

static bool data(struct invocation *inv, struct str bytes)
{
    struct request *request = inv->owner;
    struct http_stream *s = request->http_stream;
    int status = 0;
    wait_for_more(request);
    if (s->reads_prelude) {
        if (!read_prelude(request, &bytes, &status)) {
            return true;
        }
        s->reads_prelude = false;
        request_stream_begin(request, status);
    }
    return bytes.len == 0 || request_stream_add(request, bytes);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void answer_whole(struct request *request, const struct result *result)
{
    struct http_stream *s = request->http_stream;
    struct str payload = arena_str_copy(&request->arena, result->payload);
    int status = MHD_HTTP_OK;
    s->content_type = arena_str_copy(&request->arena, result->content_type);
    if (!s->rules->needs_prelude && !prelude_is_announced(s->content_type)) {
        say(request, "an answer that was posted whole is delivered as it stands behind "
                     "RESPONSE_STREAM: stream it, with the prelude");
        plain_head(request);
    } else if (!read_prelude(request, &payload, &status)) {
        if (request->phase == REQUEST_WAITING) {
            refuse(request, "its zeros are missing");
        }
        return;
    }
    request_answer(request, status, payload);
}

static void done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    request->timer_ms = 0;
    if (request->phase == REQUEST_STREAMING) {
        request_stream_end(request, result->outcome == OUTCOME_OK);
    } else if (result->outcome != OUTCOME_OK) {
        request->http_stream->rules->fail(request, result->outcome);
    } else if (request->http_stream->reads_prelude) {
        refuse(request, "the stream ended before");
    } else {
        answer_whole(request, result);
    }
}

void http_stream_prepare(struct request *request, const struct http_stream_rules *rules)
{
    static const struct invocation_stream stream = {.begin = begin, .data = data};
    request->http_stream = ARENA_NEW(&request->arena, struct http_stream);
    *request->http_stream =
        (struct http_stream){.rules = rules, .prelude = prelude_in(&request->arena)};
    request->inv.stream = &stream;
    request->inv.done = done;
    wait_for_more(request);
}
