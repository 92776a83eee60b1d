#include "functions/refiner/error.h"

#include "functions/refiner/handler.h"

enum { MAX_ERROR_BYTES = 32 * 1024 };

int refiner_error_status(enum status status)
{
    return status == ERR_INVALID ? 400 : status_http(status);
}

static const char *type_of(enum status status)
{
    static const struct {
        enum status status;
        const char *type;
    } types[] = {
        {ERR_INVALID, "validation"},      {ERR_UNAUTHENTICATED, "authentication"},
        {ERR_FORBIDDEN, "authorization"}, {ERR_NOT_FOUND, "not_found"},
        {ERR_METHOD, "method"},           {ERR_CONFLICT, "conflict"},
        {ERR_TOO_LARGE, "too_large"},     {ERR_RATE_LIMITED, "rate_limit"},
        {ERR_UNAVAILABLE, "unavailable"}, {ERR_TIMEOUT, "timeout"},
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (types[i].status == status) {
            return types[i].type;
        }
    }
    return "internal";
}

static void details_write(struct json_writer *w, const struct err *err)
{
    json_member_array(w, "details");
    for (size_t i = 0; i < err->field_count; i++) {
        json_object_begin(w);
        json_member_cstr(w, "path", err->fields[i].path);
        json_member_cstr(w, "problem", err->fields[i].message);
        json_object_end(w);
    }
    json_array_end(w);
}

struct str refiner_error_body(struct ctx *cx, enum status status)
{
    const struct err *err = &cx->err;
    struct buf buf = buf_in(cx->arena, MAX_ERROR_BYTES);
    struct json_writer w = json_writer_on(&buf);
    const char *words = err->words[0] != '\0' ? err->words : status_words(status);
    json_object_begin(&w);
    json_member_cstr(&w, "error", err->field_count > 0 ? "Invalid analyzer JSON" : words);
    json_member_cstr(&w, "type", type_of(status));
    json_member_i64(&w, "status", refiner_error_status(status));
    if (err->field_count > 0) {
        details_write(&w, err);
    }
    json_member_str(&w, "request_id", cx->request_id);
    json_object_end(&w);
    return buf_str(&buf);
}

void refiner_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer)
{
    (void)event;
    const struct refiner_work *work = call->work;
    int64_t wait_s = status == ERR_UNAVAILABLE ? 1 : work != NULL ? work->item.wait_s : 0;
    answer->status = refiner_error_status(status);
    answer->content_type = STR("application/json");
    answer->body = refiner_error_body(cx, status);
    struct http_header *header = ARENA_NEW(cx->arena, struct http_header);
    if (status == ERR_UNAUTHENTICATED) {
        *header = (struct http_header){STR("www-authenticate"), STR("Bearer")};
    } else if (wait_s > 0) {
        *header = (struct http_header){STR("retry-after"),
                                       arena_format(cx->arena, "%lld", (long long)wait_s)};
    } else {
        return;
    }
    answer->headers = header;
    answer->header_count = 1;
}
