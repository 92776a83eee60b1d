#include "shared/llm/wire/anthropic.h"

#include "shared/base/clock.h"
#include "shared/http/sse.h"
#include "shared/llm/wire/anthropic_body.h"
#include "shared/llm/wire/anthropic_read.h"
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/dropped.h"
#include "shared/llm/wire/event_json.h"
#include "shared/llm/wire/retry_after.h"
#include "shared/llm/wire/splice.h"
#include "shared/llm/wire/wire.h"

/* ---- request: the caller's own bytes --------------------------------------------------------- */

static const struct {
    struct str key;
    enum llm_accepts what;
} sampling[] = {
    {STR_INIT("temperature"), LLM_ACCEPTS_TEMPERATURE},
    {STR_INIT("top_p"), LLM_ACCEPTS_TOP_P},
    {STR_INIT("top_k"), LLM_ACCEPTS_TOP_K},
};

static struct str quoted(struct ctx *cx, struct str text)
{
    struct buf out = buf_in(cx->arena, KIB(4));
    struct json_writer w = json_writer_on(&out);
    json_str(&w, text);
    return buf_str(&out);
}

/*
 * Who came with the version of 2023 does not know that newer models refuse sampling; who came with
 * the newer one gets the refusal that it documents.
 */
static void splice_sampling(struct splice *splice, const struct llm_target *target,
                            struct buf *dropped)
{
    const struct llm_request *request = splice->request;
    if (!str_eq(request->api_version, STR(ANTHROPIC_VERSION_2023))) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(sampling); i++) {
        if (json_find(request->root, sampling[i].key) != NULL &&
            !llm_model_accepts(target->model, request->api_version, sampling[i].what)) {
            splice_drop(splice, sampling[i].key);
            dropped_add(dropped, sampling[i].key);
        }
    }
}

static struct str native_body(struct ctx *cx, const struct llm_target *target,
                              const struct llm_request *request, struct buf *dropped)
{
    struct splice splice = splice_of(request);
    if (!str_eq(json_find_str(request->root, STR("model")), target->model->id)) {
        splice_set(&splice, STR("model"), quoted(cx, target->model->id));
    }
    if (request->protocol == LLM_PROTOCOL_ANTHROPIC) {
        int64_t max_tokens = llm_request_output_tokens(request);
        if (max_tokens != request->chat->max_tokens && max_tokens > 0) {
            splice_set(&splice, STR("max_tokens"),
                       arena_format(cx->arena, "%lld", (long long)max_tokens));
        }
        splice_sampling(&splice, target, dropped);
    }
    return splice_body(cx, &splice);
}

/* ---- request --------------------------------------------------------------------------------- */

/* The newer version, unless the caller asks for what only the older one has. */
static struct str version_for(const struct llm_chat *chat, const struct llm_model *model)
{
    const struct str asked[] = {chat->temperature, chat->top_p, chat->top_k};
    for (size_t i = 0; i < ARRAY_LEN(sampling); i++) {
        if (asked[i].len > 0 &&
            llm_model_accepts(model, STR(ANTHROPIC_VERSION_2023), sampling[i].what)) {
            return STR(ANTHROPIC_VERSION_2023);
        }
    }
    return STR(ANTHROPIC_VERSION_2026);
}

static void field_add(struct llm_wire_request *out, struct str name, struct str value)
{
    if (value.len > 0) {
        out->fields[out->field_count++] = (struct http_field){.name = name, .value = value};
    }
}

static void fields_write(struct llm_wire_request *out, struct str version, struct str beta)
{
    field_add(out, STR("content-type"), STR("application/json"));
    field_add(out, STR("anthropic-version"), version);
    field_add(out, STR("anthropic-beta"), beta);
    out->auth = str_eq(version, STR(ANTHROPIC_VERSION_2026)) ? LLM_AUTH_BEARER : LLM_AUTH_X_API_KEY;
}

static enum status native_request(struct ctx *cx, const struct llm_target *target,
                                  const struct llm_request *request, struct buf *dropped,
                                  struct llm_wire_request *out)
{
    out->protocol = request->protocol;
    out->is_raw = !request->wants_events;
    out->is_stream = request->protocol == LLM_PROTOCOL_ANTHROPIC && request->stream;
    out->body = native_body(cx, target, request, dropped);
    fields_write(out, request->api_version, request->beta);
    return OK;
}

static enum status translated_request(struct ctx *cx, const struct llm_target *target,
                                      const struct llm_request *request, struct buf *dropped,
                                      struct llm_wire_request *out)
{
    struct anthropic_asking asking = {
        .target = target,
        .request = request,
        .version = version_for(request->chat, target->model),
    };
    out->protocol = LLM_PROTOCOL_ANTHROPIC;
    out->is_stream = asking.is_stream =
        request->stream && llm_model_accepts(target->model, asking.version, LLM_ACCEPTS_STREAM);
    fields_write(out, asking.version, STR(""));
    return anthropic_body(cx, &asking, dropped, &out->body);
}

static enum status anthropic_request(struct ctx *cx, const struct llm_target *target,
                                     const struct llm_request *request,
                                     struct llm_wire_request *out)
{
    struct buf dropped = dropped_in(cx->arena);
    bool is_count = request->protocol == LLM_PROTOCOL_ANTHROPIC_COUNT;
    bool is_native = is_count || request->protocol == LLM_PROTOCOL_ANTHROPIC;
    if (!is_native && request->chat == NULL) {
        return fail_public(cx, ERR_INVALID, STR_FMT " is a chat model", STR_ARG(request->model));
    }
    *out = (struct llm_wire_request){
        .method = "POST",
        .path = is_count ? STR("/v1/messages/count_tokens") : STR("/v1/messages"),
    };
    TRY(is_native ? native_request(cx, target, request, &dropped, out)
                  : translated_request(cx, target, request, &dropped, out));
    out->dropped = buf_str(&dropped);
    return OK;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* error.details.error_code; of all others the status counts. */
static const struct classify_word codes[] = {
    {STR_INIT("enforced_spend_limit_reached"), LLM_NO_MONEY},
    {STR_INIT("contract_spend_limit_reached"), LLM_NO_MONEY},
    {STR_INIT("linked_organization_spend_limit_reached"), LLM_NO_MONEY},
    {STR_INIT("linked_organization_billing_unavailable"), LLM_NO_MONEY},
    {STR_INIT("ramp_limit_exceeded"), LLM_SLOW_DOWN},
    {STR_INIT("request_body_too_large_after_decoding"), LLM_TOO_LONG},
};

/* What a 400 says in words alone. */
static const struct {
    struct str phrase, code;
    enum llm_failure_class kind;
} phrases[] = {
    {STR_INIT("prompt is too long"), STR_INIT("prompt_too_long"), LLM_TOO_LONG},
    {STR_INIT("exceed context limit"), STR_INIT("prompt_too_long"), LLM_TOO_LONG},
    {STR_INIT("credit balance is too low"), STR_INIT("billing_error"), LLM_NO_MONEY},
    {STR_INIT("specified API usage limits"), STR_INIT("spend_limit_reached"), LLM_NO_MONEY},
};

static void classify_phrases(struct str message, struct llm_failure *failure)
{
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
        if (str_find(message, phrases[i].phrase) != SIZE_MAX) {
            failure->kind = phrases[i].kind;
            failure->code = phrases[i].code;
        }
    }
}

static void classify_error(const struct json *error, struct llm_failure *failure)
{
    struct str error_code = json_find_str(json_find(error, STR("details")), STR("error_code"));
    const struct classify_word *code = classify_find(codes, ARRAY_LEN(codes), error_code);
    if (code != NULL) {
        failure->kind = code->kind;
        failure->code = code->word;
    } else if (failure->http_status == 400) {
        struct str message = json_find_str(error, STR("message"));
        failure->member = classify_member(message);
        classify_phrases(message, failure);
    }
}

static void anthropic_classify(struct ctx *cx, const struct http_response *res,
                               struct llm_failure *failure)
{
    const struct json *root = NULL;
    *failure = (struct llm_failure){
        .kind = classify_status(res->status),
        .http_status = res->status,
        .code = anthropic_error_type(res->status),
    };
    if (json_read(cx, res->body, NULL, &root) == OK) {
        classify_error(json_find(root, STR("error")), failure);
    } else {
        err_clear(cx); /* a proxy's page; the status tells enough */
    }
    failure->retry_after_ms =
        failure->kind == LLM_NO_MONEY ? -1 : retry_after_ms(res, STR(""), clock_now_ms());
    failure->words = classify_sentence(failure->kind);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* A count of tokens costs nothing, and has no answer to be told in events. */
static enum status count_whole(struct ctx *cx, const struct json *root, llm_event_fn *emit,
                               void *arg)
{
    const struct json *count = json_find(root, STR("input_tokens"));
    if (count == NULL || count->type != JSON_NUMBER) {
        return fail(cx, ERR_UPSTREAM, "anthropic: a count without input_tokens");
    }
    TRY(emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_START}));
    return emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_END});
}

static enum status anthropic_whole(struct ctx *cx, const struct llm_wire_request *sent,
                                   struct str body, llm_event_fn *emit, void *arg)
{
    struct anthropic_reader reader;
    const struct json *root = NULL;
    if (json_read(cx, body, NULL, &root) != OK) {
        err_clear(cx); /* its words are for a caller's JSON */
        return fail(cx, ERR_UPSTREAM, "anthropic: an answer that is not JSON");
    }
    if (sent->protocol == LLM_PROTOCOL_ANTHROPIC_COUNT) {
        return count_whole(cx, root, emit, arg);
    }
    anthropic_reader_init(&reader, cx->arena);
    reader.emit = emit;
    reader.arg = arg;
    return anthropic_read_message(cx, &reader, root);
}

struct llm_wire_stream {
    struct sse sse;
    struct anthropic_reader reader;
    struct event_json *memory;
    struct buf raw; /* the records of the last feeds that may be handed on */
    bool is_raw, raw_was_taken;
};

static struct llm_wire_stream *anthropic_stream_new(struct ctx *cx,
                                                    const struct llm_wire_request *sent)
{
    struct llm_wire_stream *stream = ARENA_NEW(cx->arena, struct llm_wire_stream);
    sse_init(&stream->sse, cx->arena, LLM_MAX_EVENT_BYTES);
    anthropic_reader_init(&stream->reader, cx->arena);
    stream->memory = event_json_new(cx);
    stream->raw = buf_in(cx->arena, (size_t)2 * LLM_MAX_EVENT_BYTES);
    stream->is_raw = sent->is_raw;
    return stream;
}

/* An error's words are the provider's own, and not for callers: the face says it in ours. */
static enum status take_record(struct ctx *cx, void *arg, const struct sse_event *record)
{
    struct llm_wire_stream *stream = arg;
    const struct json *event = NULL;
    if (stream->reader.is_over) {
        return OK;
    }
    TRY(event_json_read(cx, stream->memory, record->data, &event));
    bool is_shown = stream->is_raw && !str_eq(json_find_str(event, STR("type")), STR("error"));
    TRY(anthropic_read_event(cx, &stream->reader, event));
    if (is_shown) {
        sse_write(&stream->raw, record->type, record->data);
    }
    return stream->raw.full ? fail(cx, ERR_UPSTREAM, "anthropic: too much at a time") : OK;
}

static enum status anthropic_stream_feed(struct ctx *cx, struct llm_wire_stream *stream,
                                         struct str bytes, llm_event_fn *emit, void *arg)
{
    if (stream->raw_was_taken) {
        buf_clear(&stream->raw);
        stream->raw_was_taken = false;
    }
    stream->reader.emit = emit;
    stream->reader.arg = arg;
    return sse_feed(cx, &stream->sse, bytes, take_record, stream);
}

static struct str anthropic_stream_raw(struct llm_wire_stream *stream)
{
    stream->raw_was_taken = true;
    return buf_str(&stream->raw);
}

const struct llm_wire llm_wire_anthropic = {
    .name = "anthropic",
    .request = anthropic_request,
    .classify = anthropic_classify,
    .whole = anthropic_whole,
    .stream_new = anthropic_stream_new,
    .stream_feed = anthropic_stream_feed,
    .stream_raw = anthropic_stream_raw,
};
