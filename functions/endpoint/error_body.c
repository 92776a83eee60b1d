#include "functions/endpoint/error_body.h"

#include "shared/json/json.h"

static void write_details(struct json_writer *w, const struct err *err)
{
    json_member_array(w, "details");
    for (size_t i = 0; i < err->field_count; i++) {
        json_object_begin(w);
        json_member_cstr(w, "path", err->fields[i].path);
        json_member_cstr(w, "message", err->fields[i].message);
        json_object_end(w);
    }
    json_array_end(w);
}

struct str endpoint_error_body(struct ctx *cx, enum status status)
{
    const struct err *err = &cx->err;
    struct buf buf = buf_in(cx->arena, KIB(32));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_bool(&w, "success", false);
    json_member_cstr(&w, "error", err->words[0] != '\0' ? err->words : status_words(status));
    json_member_cstr(&w, "error_code", err->code != NULL ? err->code : status_code(status));
    json_member_i64(&w, "status", status_http(status));
    if (err->field_count > 0) {
        write_details(&w, err);
    }
    json_member_str(&w, "request_id", cx->request_id);
    json_object_end(&w);
    return buf_str(&buf);
}
