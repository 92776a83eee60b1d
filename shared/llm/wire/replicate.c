/*
 * Replicate's wire: a prediction is made, asked for until it has ended, and read whole; it is never
 * taken for an answer before. Its address is made of its id, on our own base URL: addresses in
 * answers are not used. An answer that took longer than its `Prefer: wait` is polled.
 *
 * There is no reason for an end: all that succeeded were done.
 *
 * Source: replicate.com/docs/reference/http, /topics/predictions/create-a-prediction and
 * /lifecycle, /topics/predictions/rate-limits.
 */
#include "shared/base/clock.h"
#include "shared/base/percent.h"
#include "shared/llm/wire/chat_check.h"
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/dropped.h"
#include "shared/llm/wire/replicate_input.h"
#include "shared/llm/wire/retry_after.h"
#include "shared/llm/wire/wire.h"

enum {
    MAX_ID_BYTES = 64,
    POLL_MS = 500, /* as their own clients */
    MIN_CANCEL_AFTER_S = 5,
    MS_PER_S = 1000,
    GUESSED_BYTES_PER_TOKEN = 3, /* on the dear side: English has four */
};
#define WAIT "wait=5" /* short: while a POST is open, what became of it is not known */

static const int64_t MAX_TOKENS = INT64_C(1) << 32;

/* ---- request --------------------------------------------------------------------------------- */

/* "owner/name" has a path of its own, "owner/name:version" and a bare version do not. */
static struct str path_of(struct ctx *cx, struct str model, struct str *version)
{
    struct buf path = buf_in(cx->arena, KIB(4));
    size_t colon = str_find_char(model, ':');
    size_t slash = str_find_char(model, '/');
    *version = (struct str){0};
    if (colon != SIZE_MAX || slash == SIZE_MAX) {
        *version = str_slice(model, colon == SIZE_MAX ? 0 : colon + 1, model.len);
        return STR("/v1/predictions");
    }
    buf_add(&path, STR("/v1/models/"));
    percent_add(&path, str_slice(model, 0, slash));
    buf_add_char(&path, '/');
    percent_add(&path, str_slice(model, slash + 1, model.len));
    buf_add(&path, STR("/predictions"));
    return buf_str(&path);
}

static void field_add(struct llm_wire_request *out, struct str name, struct str value)
{
    out->fields[out->field_count++] = (struct http_field){.name = name, .value = value};
}

/* What we do not live to stop ends by itself. */
static void fields_write(struct ctx *cx, struct llm_wire_request *out)
{
    field_add(out, STR("content-type"), STR("application/json"));
    field_add(out, STR("prefer"), STR(WAIT));
    if (cx->deadline_ms > 0) {
        int64_t s = ctx_remaining_ms(cx, 0) / MS_PER_S + 1;
        s = s < MIN_CANCEL_AFTER_S ? MIN_CANCEL_AFTER_S : s;
        field_add(out, STR("cancel-after"), arena_format(cx->arena, "%llds", (long long)s));
    }
}

static enum status replicate_request(struct ctx *cx, const struct llm_target *target,
                                     const struct llm_request *request,
                                     struct llm_wire_request *out)
{
    struct buf dropped = dropped_in(cx->arena);
    struct buf body = buf_in(cx->arena, REPLICATE_MAX_BODY_BYTES);
    struct json_writer w = json_writer_on(&body);
    struct str version;
    if (request->chat == NULL) {
        return fail_public(cx, ERR_INVALID, STR_FMT " is a chat model", STR_ARG(request->model));
    }
    TRY(chat_check(cx, request->chat, target->model, STR(""), false));
    *out = (struct llm_wire_request){
        .method = "POST",
        .path = path_of(cx, target->model->id, &version),
        .auth = LLM_AUTH_BEARER,
        .protocol = LLM_PROTOCOL_REPLICATE,
    };
    fields_write(cx, out);
    json_object_begin(&w);
    if (version.len > 0) {
        json_member_str(&w, "version", version);
    }
    json_key(&w, STR("input"));
    TRY(replicate_input(cx, request, target->model, &w, &dropped));
    json_object_end(&w);
    out->body = buf_str(&body);
    out->dropped = buf_str(&dropped);
    return body.full ? fail_public(cx, ERR_TOO_LARGE, "The request is too large for the model")
                     : OK;
}

/* ---- a prediction's life --------------------------------------------------------------------- */

enum life { LIFE_GOES_ON, LIFE_SUCCEEDED, LIFE_FAILED, LIFE_CANCELED, LIFE_ABORTED };

struct prediction {
    const struct json *root;
    struct str id; /* only letters and digits */
    enum life life;
};

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return id.len > 0 && id.len <= MAX_ID_BYTES;
}

static enum status prediction_read(struct ctx *cx, struct str body, struct prediction *out)
{
    static const struct {
        struct str status;
        enum life life;
    } lives[] = {
        {STR_INIT("starting"), LIFE_GOES_ON},    {STR_INIT("processing"), LIFE_GOES_ON},
        {STR_INIT("succeeded"), LIFE_SUCCEEDED}, {STR_INIT("failed"), LIFE_FAILED},
        {STR_INIT("canceled"), LIFE_CANCELED},   {STR_INIT("aborted"), LIFE_ABORTED},
    };
    *out = (struct prediction){0};
    if (json_read(cx, body, NULL, &out->root) != OK) {
        err_clear(cx); /* its words are for a caller's JSON */
        return fail(cx, ERR_UPSTREAM, "replicate: an answer that is not JSON");
    }
    struct str status = json_find_str(out->root, STR("status"));
    out->id = json_find_str(out->root, STR("id"));
    for (size_t i = 0; i < ARRAY_LEN(lives); i++) {
        if (str_eq(lives[i].status, status)) {
            out->life = lives[i].life;
            return is_id(out->id) ? OK : fail(cx, ERR_UPSTREAM, "replicate: no prediction's id");
        }
    }
    return fail(cx, ERR_UPSTREAM, "replicate: a prediction of no known status");
}

static struct llm_wire_request request_about(struct ctx *cx, const struct prediction *prediction,
                                             const char *method, const char *what)
{
    return (struct llm_wire_request){
        .method = method,
        .path =
            arena_format(cx->arena, "/v1/predictions/" STR_FMT "%s", STR_ARG(prediction->id), what),
        .auth = LLM_AUTH_BEARER,
        .protocol = LLM_PROTOCOL_REPLICATE,
    };
}

static enum status replicate_follow(struct ctx *cx, struct str body, struct llm_follow *out)
{
    struct prediction prediction;
    TRY(prediction_read(cx, body, &prediction));
    *out = (struct llm_follow){
        .is_pending = prediction.life == LIFE_GOES_ON,
        .wait_ms = POLL_MS,
        .next = request_about(cx, &prediction, "GET", ""),
    };
    return OK;
}

static bool replicate_cancel(struct ctx *cx, struct str body, struct llm_wire_request *out)
{
    struct prediction prediction;
    if (prediction_read(cx, body, &prediction) != OK) {
        err_clear(cx); /* what cannot be named cannot be stopped */
        return false;
    }
    *out = request_about(cx, &prediction, "POST", "/cancel");
    return prediction.life == LIFE_GOES_ON;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* The delay stands in the words: "Your rate limit resets in ~30s." */
static void replicate_classify(struct ctx *cx, const struct http_response *res,
                               struct llm_failure *failure)
{
    const struct json *root = NULL;
    struct str detail = {0};
    if (json_read(cx, res->body, NULL, &root) == OK) {
        detail = json_find_str(root, STR("detail"));
    } else {
        err_clear(cx); /* a proxy's page; the status tells enough */
    }
    *failure = (struct llm_failure){
        .kind = classify_status(res->status),
        .http_status = res->status,
        .retry_after_ms = retry_after_ms(res, detail, clock_now_ms()),
    };
    failure->words = classify_sentence(failure->kind);
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool count_read(const struct json *metrics, struct str key, int64_t *count)
{
    const struct json *member = json_find(metrics, key);
    return member != NULL && json_is_i64(member, count) && *count >= 0 && *count <= MAX_TOKENS;
}

static int64_t tokens_guessed(size_t bytes)
{
    return (int64_t)((bytes + GUESSED_BYTES_PER_TOKEN - 1) / GUESSED_BYTES_PER_TOKEN);
}

static struct llm_usage usage_of(const struct json *root, size_t input_bytes, size_t output_bytes)
{
    const struct json *metrics = json_find(root, STR("metrics"));
    struct llm_usage usage = {0};
    bool has_input = count_read(metrics, STR("input_token_count"), &usage.input);
    bool has_output = count_read(metrics, STR("output_token_count"), &usage.output);
    usage.is_known = has_input && has_output;
    usage.input = has_input ? usage.input : tokens_guessed(input_bytes);
    usage.output = has_output ? usage.output : tokens_guessed(output_bytes);
    return usage;
}

/* What became of a prediction that did not succeed; one aborted never ran, and is not charged. */
static enum status ended_badly(struct ctx *cx, enum life life, llm_event_fn *emit, void *arg)
{
    enum llm_failure_class kind = life == LIFE_ABORTED ? LLM_SLOW_DOWN : LLM_AMBIGUOUS;
    return emit(cx, arg,
                &(struct llm_event){.kind = LLM_EVENT_ERROR,
                                    .failure = {.kind = kind,
                                                .http_status = 200,
                                                .retry_after_ms = -1,
                                                .words = classify_sentence(kind)}});
}

static enum status text_give(struct ctx *cx, const struct json *text, size_t *bytes,
                             llm_event_fn *emit, void *arg)
{
    if (text->type != JSON_STRING) {
        return fail(cx, ERR_UPSTREAM, "replicate: an output that is not text");
    }
    *bytes += text->text.len;
    return emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_TEXT, .text = text->text});
}

/* A text, fragments of one, or null: nothing was said. */
static enum status output_give(struct ctx *cx, const struct json *output, size_t *bytes,
                               llm_event_fn *emit, void *arg)
{
    *bytes = 0;
    if (output == NULL || output->type == JSON_NULL) {
        return OK;
    }
    if (output->type != JSON_ARRAY) {
        TRY(text_give(cx, output, bytes, emit, arg));
    } else {
        JSON_EACH (fragment, output) {
            TRY(text_give(cx, fragment, bytes, emit, arg));
        }
    }
    return output->type == JSON_ARRAY && output->count == 0
               ? OK
               : emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_BLOCK_END});
}

static enum status replicate_whole(struct ctx *cx, const struct llm_wire_request *sent,
                                   struct str body, llm_event_fn *emit, void *arg)
{
    struct prediction prediction;
    size_t output_bytes = 0;
    TRY(prediction_read(cx, body, &prediction));
    if (prediction.life == LIFE_GOES_ON) {
        return fail(cx, ERR_UPSTREAM, "replicate: a prediction that has not ended");
    }
    if (prediction.life != LIFE_SUCCEEDED) {
        return ended_badly(cx, prediction.life, emit, arg);
    }
    TRY(emit(cx, arg,
             &(struct llm_event){.kind = LLM_EVENT_START,
                                 .id = prediction.id,
                                 .model = json_find_str(prediction.root, STR("model"))}));
    TRY(output_give(cx, json_find(prediction.root, STR("output")), &output_bytes, emit, arg));
    TRY(emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_STOP}));
    TRY(emit(
        cx, arg,
        &(struct llm_event){.kind = LLM_EVENT_USAGE,
                            .usage = usage_of(prediction.root, sent->body.len, output_bytes)}));
    return emit(cx, arg, &(struct llm_event){.kind = LLM_EVENT_END});
}

const struct llm_wire llm_wire_replicate = {
    .name = "replicate",
    .request = replicate_request,
    .classify = replicate_classify,
    .whole = replicate_whole,
    .follow = replicate_follow,
    .cancel = replicate_cancel,
};
