#include "runtime/core/post.h"

#include "shared/base/percent.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

enum { MAX_REASON_BYTES = 256 };

#define INVOCATION_ID_HEADER STR("Lambda-Runtime-Invocation-Id")
#define ERROR_TYPE_HEADER    STR("Lambda-Runtime-Function-Error-Type")
#define XRAY_CAUSE_HEADER    STR("Lambda-Runtime-Function-XRay-Error-Cause")

/* What a refusal means to whoever reads the log. */
static const struct refusal {
    int status;
    enum log_level level;
    const char *meaning;
} refusals[] = {
    {400, LOG_ERROR, "unknown or already answered, or not well formed"},
    {403, LOG_ERROR, "Lambda does not wait for this answer"},
    {410, LOG_WARN, "too late: the caller already has a timeout"},
    {413, LOG_ERROR, "over the limit: Lambda has failed the invocation"},
};

static const struct refusal *refusal_find(int status)
{
    static const struct refusal other = {0, LOG_ERROR, "not a status of the Runtime API"};
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (refusals[i].status == status) {
            return &refusals[i];
        }
    }
    return &other;
}

/* The `errorType` of Lambda's answer, else the beginning of what it said. */
static struct str reason_of(struct ctx *cx, struct str body)
{
    const struct json *root = NULL;
    struct str type = {0};
    if (json_read(cx, body, NULL, &root) == OK) {
        type = json_find_str(root, STR("errorType"));
    }
    err_clear(cx); /* an answer that is not JSON is shown as it is */
    return type.len > 0 ? type : str_slice(body, 0, MAX_REASON_BYTES);
}

static void log_refusal(struct ctx *cx, const struct post_sent *sent, int status, struct str reason)
{
    const struct refusal *refusal = refusal_find(status);
    LOG(cx, refusal->level, "runtime_post_refused", LOG_STR("path", sent->path),
        LOG_I64("status", status), LOG_STR("reason", reason), LOG_CSTR("meaning", refusal->meaning),
        LOG_I64("bytes", (int64_t)sent->bytes), LOG_I64("limit", sent->limit));
}

enum status post_judge(struct ctx *cx, const struct post_sent *sent,
                       const struct api_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300) {
        return OK; /* 202; some emulators say 200 */
    }
    struct str reason = reason_of(cx, answer->body);
    if (answer->status == 500) {
        return fail(cx, ERR_UPSTREAM, "POST " STR_FMT ": HTTP 500 (" STR_FMT ")",
                    STR_ARG(sent->path), STR_ARG(reason));
    }
    log_refusal(cx, sent, answer->status, reason);
    return OK;
}

void post_failed(struct ctx *cx, const struct post_sent *sent)
{
    LOG(cx, LOG_ERROR, "runtime_post_failed", LOG_CSTR("error", cx->err.text),
        LOG_I64("bytes", (int64_t)sent->bytes));
    err_clear(cx); /* the next poll tells whether Lambda is still there */
}

static enum status post(struct ctx *cx, struct api *api, const struct api_request *request)
{
    struct post_sent sent = {
        .path = request->path, .bytes = request->body.len, .limit = LAMBDA_REPLY_MAX_BYTES};
    struct api_answer answer = {.max_body_bytes = POST_MAX_ANSWER_BYTES};
    if (api_exchange(cx, api, request, &answer) != OK) {
        post_failed(cx, &sent);
        return OK;
    }
    TRY(post_judge(cx, &sent, &answer));
    /* Lambda and we disagree about this connection's bytes; an id it does not know is no such case.
     */
    api->drop |=
        answer.status == 400 && !str_eq(reason_of(cx, answer.body), STR("InvalidRequestID"));
    return OK;
}

/* "/invocation/{id}/{leaf}". An id comes from outside: it is percent-encoded. */
static void path_write(struct buf *path, struct str request_id, struct str leaf)
{
    buf_add(path, STR("/invocation/"));
    percent_add(path, request_id);
    buf_add_char(path, '/');
    buf_add(path, leaf);
}

static struct str path_of(struct ctx *cx, const struct turn *turn, struct str leaf)
{
    struct buf path = buf_in(cx->arena, SIZE_MAX);
    path_write(&path, turn->inv.request_id, leaf);
    return buf_str(&path);
}

struct api_request post_response_request(struct ctx *cx, const struct turn *turn,
                                         struct str content_type)
{
    return (struct api_request){
        .path = path_of(cx, turn, STR("response")),
        .method = API_POST,
        .headers = {{STR("Content-Type"), content_type},
                    {INVOCATION_ID_HEADER, turn->invocation_id}},
    };
}

enum status post_response(struct ctx *cx, struct api *api, const struct turn *turn,
                          const struct reply *reply)
{
    struct api_request request = post_response_request(cx, turn, reply->content_type);
    request.body = reply->body;
    return post(cx, api, &request);
}

static enum status post_report(struct ctx *cx, struct api *api, struct str path,
                               struct str invocation_id, const struct error_report *report,
                               struct str task_root)
{
    struct error_report clean = *report;
    clean.type = error_type_clean(cx->arena, report->type);
    struct api_request request = {
        .path = path,
        .method = API_POST,
        .headers = {{STR("Content-Type"), STR("application/json")},
                    {ERROR_TYPE_HEADER, clean.type},
                    {XRAY_CAUSE_HEADER, error_xray_cause(cx->arena, &clean, task_root)},
                    {INVOCATION_ID_HEADER, invocation_id}},
        .body = error_body(cx->arena, &clean),
    };
    return post(cx, api, &request);
}

enum status post_error(struct ctx *cx, struct api *api, const struct turn *turn,
                       const struct error_report *report, struct str task_root)
{
    struct str path = path_of(cx, turn, STR("error"));
    return post_report(cx, api, path, turn->invocation_id, report, task_root);
}

enum status post_init_error(struct ctx *cx, struct api *api, const struct error_report *report,
                            struct str task_root)
{
    return post_report(cx, api, STR("/init/error"), (struct str){0}, report, task_root);
}

enum status post_restore_error(struct ctx *cx, struct api *api, const struct error_report *report,
                               struct str task_root)
{
    return post_report(cx, api, STR("/restore/error"), (struct str){0}, report, task_root);
}

/* ---- as bytes -------------------------------------------------------------------------------- */

enum {
    PATH_BYTES = 1024, /* a request id of 256 bytes, each encoded as three, fits */
    CAUSE_BYTES = 8 * 1024
};

/* A header's value; empty if it is not whole, or no header value for the working directory's sake.
 */
static struct str cause_write(struct buf *out, const struct error_report *report,
                              struct str task_root)
{
    error_xray_cause_write(out, report, task_root);
    for (size_t i = 0; i < out->len; i++) {
        if (out->ptr[i] < ' ' || out->ptr[i] > '~') {
            return (struct str){0};
        }
    }
    return out->full ? (struct str){0} : buf_str(out);
}

void post_error_write(struct buf *out, const struct api *api, const struct turn *turn,
                      struct str path, const struct error_report *report, struct str task_root)
{
    char path_block[PATH_BYTES], cause_block[CAUSE_BYTES], body_block[ERROR_BODY_BYTES],
        length_block[64];
    struct buf event_path = buf_on(path_block, sizeof path_block);
    struct buf cause = buf_on(cause_block, sizeof cause_block);
    struct buf body = buf_on(body_block, sizeof body_block);
    struct buf length = buf_on(length_block, sizeof length_block);
    if (turn != NULL) {
        path_write(&event_path, turn->inv.request_id, STR("error"));
    }
    struct api_request request = {
        .path = turn == NULL ? path : buf_str(&event_path),
        .method = API_POST,
        .headers = {{STR("Content-Type"), STR("application/json")},
                    {ERROR_TYPE_HEADER, report->type},
                    {XRAY_CAUSE_HEADER, cause_write(&cause, report, task_root)},
                    {INVOCATION_ID_HEADER, turn == NULL ? (struct str){0} : turn->invocation_id}},
    };
    error_body_write(&body, report);
    buf_add(&length, STR("Content-Length: "));
    buf_add_i64(&length, (int64_t)body.len);
    buf_add(&length, STR("\r\n\r\n"));
    api_head(out, api, &request, buf_str(&length));
    buf_add(out, buf_str(&body));
}
