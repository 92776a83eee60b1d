/*
 * A recorded call as a document, and where it is kept.
 */
#include "shared/base/base64.h"
#include "shared/json/json.h"
#include "shared/llm/store/recording.h"
#include "shared/llm/watch/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    PATH_MAX_BYTES = 1024,
    DOCUMENT_MAX_BYTES = 2 * LLM_RECORD_MAX_BYTES + 1024 * 1024, /* base64, and all around it */
};

static void member_base64(struct json_writer *w, struct arena *arena, const char *key,
                          struct str bytes)
{
    json_member_str(w, key, base64_encode(arena, bytes));
}

static void request_write(struct json_writer *w, struct arena *arena,
                          const struct llm_recorder *recorder)
{
    char digest[RECORD_DIGEST_BYTES];
    record_digest(&recorder->request.body, 1, digest);
    json_member_object(w, "request");
    json_member_str(w, "face", recorder->request.face);
    json_member_array(w, "fields");
    for (size_t i = 0; i < recorder->request.field_count; i++) {
        json_array_begin(w);
        json_str(w, recorder->request.fields[i].name);
        json_str(w, recorder->request.fields[i].value);
        json_array_end(w);
    }
    json_array_end(w);
    json_member_cstr(w, "sha256", digest);
    member_base64(w, arena, "body", recorder->request.body);
    json_object_end(w);
}

static void exchange_write(struct json_writer *w, struct arena *arena,
                           const struct recorded_exchange *exchange)
{
    json_object_begin(w);
    json_member_str(w, "target", exchange->target);
    json_member_i64(w, "at_us", exchange->at_us);
    json_member_cstr(w, "sha256", exchange->digest);
    if (exchange->sent != NULL) {
        json_member_cstr(w, "sent", exchange->sent);
    } else {
        json_member_i64(w, "status", exchange->status);
        member_base64(w, arena, "fields", exchange->fields);
        json_member_array(w, "chunks");
        for (const struct recorded_chunk *chunk = exchange->chunks; chunk != NULL;
             chunk = chunk->next) {
            json_array_begin(w);
            json_i64(w, chunk->at_us);
            json_str(w, base64_encode(arena, chunk->bytes));
            json_array_end(w);
        }
        json_array_end(w);
    }
    json_member_cstr(w, "end", exchange->end);
    json_object_end(w);
}

static void result_write(struct json_writer *w, const struct llm_watched *call)
{
    const struct llm_outcome *outcome = call->outcome;
    json_member_object(w, "result");
    json_member_cstr(w, "status", status_name(call->status));
    json_member_str(w, "model", llm_watched_model(call));
    json_member_str(w, "trail", outcome->head.trail);
    json_member_bool(w, "cached", outcome->head.is_cached);
    json_member_bool(w, "replay", outcome->head.is_replay);
    json_member_i64(w, "attempts", (int64_t)outcome->attempt_count);
    json_member_i64(w, "cost_nano", outcome->cost_nano);
    json_member_i64(w, "input", outcome->usage.input);
    json_member_i64(w, "cache_write_5m", outcome->usage.cache_write_5m);
    json_member_i64(w, "cache_write_1h", outcome->usage.cache_write_1h);
    json_member_i64(w, "cache_read", outcome->usage.cache_read);
    json_member_i64(w, "output", outcome->usage.output);
    json_object_end(w);
}

static void caller_write(struct json_writer *w, const struct llm_caller *caller)
{
    json_member_object(w, "caller");
    json_member_str(w, "tenant_id", caller->tenant_id);
    json_member_str(w, "user_id", caller->user_id);
    json_member_str(w, "key_id", caller->key_id);
    json_member_str(w, "guard", caller->guard);
    json_object_end(w);
}

static struct buf document_make(struct llm_recorder *recorder, const struct llm_watched *call)
{
    char digest[RECORD_DIGEST_BYTES];
    struct str answer = buf_str(&recorder->answer);
    struct arena *arena = &recorder->kept;
    struct buf buf = buf_in(arena, DOCUMENT_MAX_BYTES);
    struct json_writer w = json_writer_on(&buf);
    record_digest(&answer, 1, digest);
    json_object_begin(&w);
    json_member_i64(&w, "format", RECORD_FORMAT);
    json_member_str(&w, "call_id", call->outcome->head.call_id);
    json_member_i64(&w, "started_ms", call->outcome->head.started_ms);
    json_member_str(&w, "price_version", call->outcome->settlement.price_version);
    caller_write(&w, recorder->caller);
    request_write(&w, arena, recorder);
    json_member_array(&w, "exchanges");
    for (size_t i = 0; i < recorder->exchange_count; i++) {
        exchange_write(&w, arena, &recorder->exchanges[i]);
    }
    json_array_end(&w);
    result_write(&w, call);
    json_member_object(&w, "answer");
    json_member_cstr(&w, "sha256", digest);
    member_base64(&w, arena, "body", answer);
    json_object_end(&w);
    json_object_end(&w);
    return buf;
}

static bool write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return true;
}

/* A reader never sees half a file: it gets its name once it is whole. */
static enum status file_write(struct ctx *cx, const char *path, struct str bytes)
{
    char unready[PATH_MAX_BYTES + 8];
    struct buf name = buf_on(unready, sizeof unready);
    buf_addf(&name, "%s.new", path);
    int fd = open(unready, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail(cx, ERR_INTERNAL, "creating a record: errno %d", errno);
    }
    bool is_whole = write_all(fd, bytes);
    is_whole = close(fd) == 0 && is_whole;
    if (!is_whole || rename(unready, path) != 0) {
        int error = errno;
        (void)unlink(unready);
        return fail(cx, ERR_INTERNAL, "writing a record: errno %d", error);
    }
    return OK;
}

static enum status folder_write(struct ctx *cx, struct llm_recorder *recorder,
                                const struct llm_recording_row *row)
{
    char path[PATH_MAX_BYTES];
    struct str name = arena_format(&recorder->kept, STR_FMT "/" STR_FMT "." STR_FMT ".json",
                                   STR_ARG(recorder->folder), STR_ARG(row->request_sha256),
                                   STR_ARG(row->call_id));
    if (!str_to_cstr(name, path, sizeof path)) {
        return fail(cx, ERR_TOO_LARGE, "the folder's path is too long");
    }
    return file_write(cx, path, row->document);
}

enum status record_write(struct ctx *cx, struct llm_recorder *recorder,
                         const struct llm_watched *call)
{
    char digest[RECORD_DIGEST_BYTES];
    struct buf document = document_make(recorder, call);
    if (document.full) {
        return fail(cx, ERR_TOO_LARGE, "the record passes %d bytes", DOCUMENT_MAX_BYTES);
    }
    record_digest(&recorder->request.body, 1, digest);
    const struct llm_recording_row row = {.call_id = call->outcome->head.call_id,
                                          .request_sha256 = str_from_cstr(digest),
                                          .price_version = call->outcome->settlement.price_version,
                                          .document = buf_str(&document)};
    return recorder->folder.len > 0 ? folder_write(cx, recorder, &row)
                                    : llm_recording_put(cx, recorder->pg, recorder->caller, &row);
}
