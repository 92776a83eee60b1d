#include "runtime/core/error.h"

#include "shared/json/json.h"

enum {
    MAX_TYPE_BYTES = 128,
    MAX_MESSAGE_BYTES = 16 * 1024, /* of an error body that Lambda takes up to 1 MiB */
    MAX_CAUSE_BYTES = 32 * 1024    /* of a header that Lambda crops beyond 64 KiB */
};

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char to_upper(char c)
{
    if (is_lower(c)) {
        c = (char)(c - 'a' + 'A');
    }
    return c;
}

static char to_lower(char c)
{
    if (is_upper(c)) {
        c = (char)(c - 'A' + 'a');
    }
    return c;
}

/* Appends the letters of `words`, each word with a capital; its rest as it is, or in lower case. */
static void add_camel(struct buf *type, struct str words, bool lower_rest)
{
    bool starts_word = true;
    for (size_t i = 0; i < words.len; i++) {
        char c = words.ptr[i];
        if (!is_lower(c) && !is_upper(c)) {
            starts_word = true;
            continue;
        }
        if (starts_word) {
            c = to_upper(c);
        } else if (lower_rest) {
            c = to_lower(c);
        }
        buf_add_char(type, c);
        starts_word = false;
    }
}

static struct str type_of(struct arena *arena, struct str prefix, struct str words, bool lower_rest)
{
    struct buf type = buf_in(arena, MAX_TYPE_BYTES);
    buf_add(&type, prefix);
    add_camel(&type, words, lower_rest);
    if (type.len == prefix.len) {
        buf_add(&type, STR("Unknown"));
    }
    return buf_str(&type);
}

struct error_report error_report_of(struct ctx *cx, struct str type)
{
    return (struct error_report){.type = type,
                                 .message = arena_str_copy(cx->arena, str_from_cstr(cx->err.text))};
}

struct str error_type_of_status(struct arena *arena, enum status status)
{
    struct str name = str_from_cstr(status_name(status));
    (void)str_skip_prefix(&name, STR("ERR_"));
    return type_of(arena, STR("Function."), name, true);
}

struct str error_type_clean(struct arena *arena, struct str type)
{
    struct str tail = type;
    bool is_ours = str_skip_prefix(&tail, STR("Runtime."));
    if (!is_ours) {
        (void)str_skip_prefix(&tail, STR("Function."));
    }
    return type_of(arena, is_ours ? STR("Runtime.") : STR("Function."), tail, false);
}

void error_body_write(struct buf *out, const struct error_report *report)
{
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_str(&w, "errorMessage", str_slice(report->message, 0, MAX_MESSAGE_BYTES));
    json_member_str(&w, "errorType", report->type);
    json_member_array(&w, "stackTrace");
    for (size_t i = 0; i < report->stack_count; i++) {
        json_str(&w, report->stack[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
}

struct str error_body(struct arena *arena, const struct error_report *report)
{
    struct buf body = buf_in(arena, SIZE_MAX);
    error_body_write(&body, report);
    return buf_str(&body);
}

/* ---- X-Ray ----------------------------------------------------------------------------------- */

/* The code point at the start of valid UTF-8, of `*len` bytes (RFC 3629 section 3). */
static uint32_t code_point_at(const char *text, size_t *len)
{
    const unsigned char *u = (const unsigned char *)text;
    if (u[0] < 0xe0) {
        *len = 2;
        return ((uint32_t)(u[0] & 0x1f) << 6) | (u[1] & 0x3f);
    }
    if (u[0] < 0xf0) {
        *len = 3;
        return ((uint32_t)(u[0] & 0x0f) << 12) | ((uint32_t)(u[1] & 0x3f) << 6) | (u[2] & 0x3f);
    }
    *len = 4;
    return ((uint32_t)(u[0] & 0x07) << 18) | ((uint32_t)(u[1] & 0x3f) << 12) |
           ((uint32_t)(u[2] & 0x3f) << 6) | (u[3] & 0x3f);
}

static void add_escape(struct buf *out, uint32_t code_point)
{
    if (code_point < 0x10000) {
        buf_addf(out, "\\u%04x", code_point);
        return;
    }
    uint32_t above = code_point - 0x10000; /* RFC 8259 section 7: a pair of surrogates */
    buf_addf(out, "\\u%04x\\u%04x", 0xd800 + (above >> 10), 0xdc00 + (above & 0x3ff));
}

/*
 * JSON in ASCII. A server may refuse a header value with DEL or bytes above it, and outside ASCII
 * JSON has text only inside strings, where an escape says the same.
 */
static struct str json_to_ascii(struct arena *arena, struct str json)
{
    struct buf out = buf_in(arena, SIZE_MAX);
    for (size_t at = 0; at < json.len;) {
        unsigned char c = (unsigned char)json.ptr[at];
        size_t len = 1;
        if (c < 0x7f) {
            buf_add_char(&out, json.ptr[at]);
        } else {
            add_escape(&out, c == 0x7f ? c : code_point_at(json.ptr + at, &len));
        }
        at += len;
    }
    return buf_str(&out);
}

/* Which source line it was is known to the file with debug data only. */
static void add_stack(struct json_writer *w, const struct error_report *report)
{
    json_member_array(w, "stack");
    for (size_t i = 0; i < report->stack_count; i++) {
        json_object_begin(w);
        json_member_str(w, "path", STR("bootstrap"));
        json_member_raw(w, "line", STR("0"));
        json_member_str(w, "label", report->stack[i]);
        json_object_end(w);
    }
    json_array_end(w);
}

static void add_exception(struct json_writer *w, const struct error_report *report)
{
    json_object_begin(w);
    json_member_str(w, "message", str_slice(report->message, 0, ERR_TEXT_MAX));
    json_member_str(w, "type", report->type);
    add_stack(w, report);
    json_object_end(w);
}

void error_xray_cause_write(struct buf *out, const struct error_report *report,
                            struct str working_directory)
{
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_str(&w, "working_directory", str_slice(working_directory, 0, ERR_TEXT_MAX));
    json_member_array(&w, "exceptions");
    add_exception(&w, report);
    json_array_end(&w);
    json_member_array(&w, "paths");
    json_array_end(&w);
    json_object_end(&w);
}

struct str error_xray_cause(struct arena *arena, const struct error_report *report,
                            struct str working_directory)
{
    struct buf json = buf_in(arena, MAX_CAUSE_BYTES);
    error_xray_cause_write(&json, report, working_directory);
    return json_to_ascii(arena, buf_str(&json));
}
