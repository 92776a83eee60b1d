#include "shared/llm/watch/replay.h"

#include "shared/base/base64.h"
#include "shared/llm/watch/internal.h"
#include "shared/schema/schema.h"

enum { MAX_TEXT_BYTES = 2 * LLM_RECORD_MAX_BYTES, MAX_CHUNKS = 1000 * 1000, MAX_FIELDS = 16 };

struct exchange_row {
    struct str target, sha256, sent, fields, end;
    int64_t at_us;
    int status;
    const struct json *chunks; /* [[us, base64], ...] */
};

struct record_row {
    int64_t format;
    struct str call_id, price_version;
    int64_t started_ms;
    struct {
        struct str tenant_id, user_id, key_id, guard;
    } caller;
    struct {
        struct str face, sha256, body;
        const struct json *fields; /* [[name, value], ...] */
    } request;
    const struct exchange_row *exchanges;
    size_t exchange_count;
    struct {
        struct str status, model, trail;
        bool cached, replay;
        int64_t attempts, cost_nano, input, cache_write_5m, cache_write_1h, cache_read, output;
    } result;
    struct {
        struct str sha256, body;
    } answer;
};

#define TEXT(type, member, name)                                                                   \
    FIELD_STR(type, member, .as = (name), .required = true, .max_bytes = MAX_TEXT_BYTES)
#define COUNT(type, member, name) FIELD_INT(type, member, .as = (name), .required = true)

static const struct schema_field exchange_fields[] = {
    TEXT(struct exchange_row, target, "target"),
    TEXT(struct exchange_row, sha256, "sha256"),
    COUNT(struct exchange_row, at_us, "at_us"),
    FIELD_STR(struct exchange_row, sent),
    FIELD_INT(struct exchange_row, status, .min = 100, .max = 999),
    FIELD_STR(struct exchange_row, fields, .max_bytes = MAX_TEXT_BYTES),
    FIELD_RAW(struct exchange_row, chunks),
    TEXT(struct exchange_row, end, "end"),
};
static const struct schema_field caller_fields[] = {
    TEXT(struct record_row, caller.tenant_id, "tenant_id"),
    TEXT(struct record_row, caller.user_id, "user_id"),
    TEXT(struct record_row, caller.key_id, "key_id"),
    TEXT(struct record_row, caller.guard, "guard"),
};
static const struct schema_field request_fields[] = {
    TEXT(struct record_row, request.face, "face"),
    TEXT(struct record_row, request.sha256, "sha256"),
    TEXT(struct record_row, request.body, "body"),
    FIELD_RAW(struct record_row, request.fields, .as = "fields", .required = true),
};
static const struct schema_field result_fields[] = {
    TEXT(struct record_row, result.status, "status"),
    TEXT(struct record_row, result.model, "model"),
    TEXT(struct record_row, result.trail, "trail"),
    FIELD_BOOL(struct record_row, result.cached, .as = "cached", .required = true),
    FIELD_BOOL(struct record_row, result.replay, .as = "replay", .required = true),
    COUNT(struct record_row, result.attempts, "attempts"),
    COUNT(struct record_row, result.cost_nano, "cost_nano"),
    COUNT(struct record_row, result.input, "input"),
    COUNT(struct record_row, result.cache_write_5m, "cache_write_5m"),
    COUNT(struct record_row, result.cache_write_1h, "cache_write_1h"),
    COUNT(struct record_row, result.cache_read, "cache_read"),
    COUNT(struct record_row, result.output, "output"),
};
static const struct schema_field answer_fields[] = {
    TEXT(struct record_row, answer.sha256, "sha256"),
    TEXT(struct record_row, answer.body, "body"),
};

/* The parts' fields count from the record's beginning, so each part is read into the whole. */
static const struct {
    struct str name;
    const struct schema_field *fields;
    size_t count;
} parts[] = {
    {STR_INIT("caller"), caller_fields, ARRAY_LEN(caller_fields)},
    {STR_INIT("request"), request_fields, ARRAY_LEN(request_fields)},
    {STR_INIT("result"), result_fields, ARRAY_LEN(result_fields)},
    {STR_INIT("answer"), answer_fields, ARRAY_LEN(answer_fields)},
};

struct top_row {
    int64_t format, started_ms;
    struct str call_id, price_version;
    const struct json *parts[ARRAY_LEN(parts)];
    const struct exchange_row *exchanges;
    size_t exchange_count;
};

static const struct schema_field top_fields[] = {
    FIELD_INT(struct top_row, format, .required = true, .min = RECORD_FORMAT, .max = RECORD_FORMAT),
    TEXT(struct top_row, call_id, "call_id"),
    TEXT(struct top_row, price_version, "price_version"),
    COUNT(struct top_row, started_ms, "started_ms"),
    FIELD_RAW(struct top_row, parts[0], .as = "caller", .required = true),
    FIELD_RAW(struct top_row, parts[1], .as = "request", .required = true),
    FIELD_RAW(struct top_row, parts[2], .as = "result", .required = true),
    FIELD_RAW(struct top_row, parts[3], .as = "answer", .required = true),
    FIELD_LIST(struct top_row, exchanges, exchange_count,
               ITEM_OBJECT(struct exchange_row, exchange_fields), .required = true,
               .max_items = LLM_RECORD_MAX_EXCHANGES),
};

static enum status row_read(struct ctx *cx, struct str text, struct record_row *row)
{
    const struct json *root = NULL;
    struct top_row top = {0};
    TRY(json_read(cx, text, NULL, &root));
    TRY(schema_read(cx, root, top_fields, ARRAY_LEN(top_fields), &top));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        enum status status = schema_read(cx, top.parts[i], parts[i].fields, parts[i].count, row);
        if (status != OK) {
            return err_while(cx, status, STR_FMT, STR_ARG(parts[i].name));
        }
    }
    row->call_id = top.call_id;
    row->price_version = top.price_version;
    row->started_ms = top.started_ms;
    row->exchanges = top.exchanges;
    row->exchange_count = top.exchange_count;
    return OK;
}

static enum status bytes_read(struct ctx *cx, const char *member, struct str coded,
                              struct str *bytes)
{
    if (!base64_decode(cx->arena, coded, bytes)) {
        return fail(cx, ERR_INVALID, "%s: not base64", member);
    }
    return OK;
}

/* [[a, b], ...]: the next pair of `list`; false: it is none. */
static bool pair_read(const struct json *pair, const struct json **a, const struct json **b)
{
    if (pair->type != JSON_ARRAY || pair->count != 2) {
        return false;
    }
    *a = pair->first;
    *b = pair->first->next;
    return (*b)->type == JSON_STRING;
}

static enum status fields_read(struct ctx *cx, const struct json *list,
                               struct llm_recording *recording)
{
    const struct json *name;
    const struct json *value;
    if (list->type != JSON_ARRAY || list->count > MAX_FIELDS) {
        return fail(cx, ERR_INVALID, "request.fields: an array of at most %d", MAX_FIELDS);
    }
    struct http_field *fields = ARENA_ARRAY(cx->arena, struct http_field, list->count + 1);
    recording->fields = fields;
    JSON_EACH (pair, list) {
        if (!pair_read(pair, &name, &value) || name->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "request.fields: each is a name and a value");
        }
        fields[recording->field_count++] = (struct http_field){name->text, value->text};
    }
    return OK;
}

static enum status chunks_read(struct ctx *cx, const struct json *list,
                               struct llm_recorded_exchange *exchange)
{
    const struct json *at;
    const struct json *bytes;
    size_t count = list != NULL ? list->count : 0;
    if ((list != NULL && list->type != JSON_ARRAY) || count > MAX_CHUNKS) {
        return fail(cx, ERR_INVALID, "exchanges.chunks: an array");
    }
    struct llm_recorded_chunk *chunks =
        ARENA_ARRAY(cx->arena, struct llm_recorded_chunk, count + 1);
    exchange->chunks = chunks;
    for (const struct json *pair = count > 0 ? list->first : NULL; pair != NULL;
         pair = pair->next) {
        struct llm_recorded_chunk *chunk = &chunks[exchange->chunk_count++];
        if (!pair_read(pair, &at, &bytes) || !json_is_i64(at, &chunk->at_us)) {
            return fail(cx, ERR_INVALID, "exchanges.chunks: each is a time and bytes");
        }
        TRY(bytes_read(cx, "exchanges.chunks", bytes->text, &chunk->bytes));
    }
    return OK;
}

static enum status exchanges_read(struct ctx *cx, const struct record_row *row,
                                  struct llm_recording *recording)
{
    struct llm_recorded_exchange *exchanges =
        ARENA_ARRAY(cx->arena, struct llm_recorded_exchange, row->exchange_count + 1);
    recording->exchanges = exchanges;
    recording->exchange_count = row->exchange_count;
    for (size_t i = 0; i < row->exchange_count; i++) {
        const struct exchange_row *from = &row->exchanges[i];
        exchanges[i] = (struct llm_recorded_exchange){.target = from->target,
                                                      .sha256 = from->sha256,
                                                      .sent = from->sent,
                                                      .end = from->end,
                                                      .at_us = from->at_us,
                                                      .status = from->status};
        TRY(bytes_read(cx, "exchanges.fields", from->fields, &exchanges[i].fields));
        TRY(chunks_read(cx, from->chunks, &exchanges[i]));
    }
    return OK;
}

static enum status digest_check(struct ctx *cx, const char *member, struct str bytes,
                                struct str want)
{
    char digest[RECORD_DIGEST_BYTES];
    record_digest(&bytes, 1, digest);
    if (!str_eq(str_from_cstr(digest), want)) {
        return fail(cx, ERR_INVALID, "%s: not what its digest is of", member);
    }
    return OK;
}

enum status llm_recording_read(struct ctx *cx, struct str text, struct llm_recording *recording)
{
    struct record_row row = {0};
    TRY(row_read(cx, text, &row));
    *recording = (struct llm_recording){
        .call_id = row.call_id,
        .price_version = row.price_version,
        .started_ms = row.started_ms,
        .caller = {.tenant_id = row.caller.tenant_id,
                   .user_id = row.caller.user_id,
                   .key_id = row.caller.key_id,
                   .guard = row.caller.guard},
        .face = row.request.face,
        .status = row.result.status,
        .model = row.result.model,
        .trail = row.result.trail,
        .is_cached = row.result.cached,
        .is_replay = row.result.replay,
        .attempt_count = row.result.attempts,
        .cost_nano = row.result.cost_nano,
        .usage = {.input = row.result.input,
                  .cache_write_5m = row.result.cache_write_5m,
                  .cache_write_1h = row.result.cache_write_1h,
                  .cache_read = row.result.cache_read,
                  .output = row.result.output},
    };
    TRY(bytes_read(cx, "request.body", row.request.body, &recording->body));
    TRY(bytes_read(cx, "answer.body", row.answer.body, &recording->answer));
    TRY(fields_read(cx, row.request.fields, recording));
    TRY(exchanges_read(cx, &row, recording));
    TRY(digest_check(cx, "request.body", recording->body, row.request.sha256));
    return digest_check(cx, "answer.body", recording->answer, row.answer.sha256);
}
