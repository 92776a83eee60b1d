#include "runtime/beside/telemetry_wire.h"

#include "shared/base/field.h"

enum { MAX_LENGTH_DIGITS = 10 };

/* What the fields of one head say. */
struct head {
    size_t length;
    bool has_length, has_host, is_last;
    int refusal;
};

static int length_read(struct head *head, struct str value)
{
    int64_t length = 0;
    bool is_digits = value.len > 0 && value.len <= MAX_LENGTH_DIGITS;
    for (size_t i = 0; i < value.len; i++) {
        is_digits &= value.ptr[i] >= '0' && value.ptr[i] <= '9';
    }
    if (head->has_length || !is_digits || !str_to_i64(value, &length)) {
        return value.len > MAX_LENGTH_DIGITS ? 413 : 400;
    }
    head->has_length = true;
    head->length = (size_t)length;
    return length > TELEMETRY_MAX_BATCH_BYTES ? 413 : 0;
}

static int field_read(struct head *head, struct str line)
{
    struct str value = line, name = {0};
    (void)str_split_next(&value, ':', &name);
    if (value.ptr == NULL || !field_is_token(name) || !field_is_value(value)) {
        return 400; /* also a line that goes on (obs-fold): it begins with a blank */
    }
    value = str_trim(value);
    if (str_eq_nocase(name, STR("content-length"))) {
        return length_read(head, value);
    }
    if (str_eq_nocase(name, STR("transfer-encoding"))) {
        return head->has_length ? 400 : 411;
    }
    if (str_eq_nocase(name, STR("expect"))) {
        return 417;
    }
    if (str_eq_nocase(name, STR("host"))) {
        bool is_first = !head->has_host;
        head->has_host = true;
        return is_first ? 0 : 400;
    }
    if (str_eq_nocase(name, STR("connection"))) {
        head->is_last |= !str_eq_nocase(value, STR("keep-alive"));
    }
    return 0;
}

static int request_line_read(struct str line)
{
    struct str version = line, method = {0}, target = {0};
    (void)str_split_next(&version, ' ', &method);
    (void)str_split_next(&version, ' ', &target);
    if (version.ptr == NULL || !field_is_token(method) || target.len == 0 ||
        !field_is_value(line) || !str_has_prefix(version, STR("HTTP/"))) {
        return 400;
    }
    if (!str_eq(version, STR("HTTP/1.1"))) {
        return 505;
    }
    if (!str_eq(target, STR("/"))) {
        return 404;
    }
    return str_eq(method, STR("POST")) ? 0 : 405;
}

/* Takes a line and its CRLF off. False: not all of it is there; a bare CR or LF refuses. */
static bool line_next(struct str *rest, struct str *line, int *refusal)
{
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != '\r' && rest->ptr[end] != '\n') {
        end++;
    }
    if (end + 1 >= rest->len) {
        *refusal = end < rest->len && rest->ptr[end] == '\n' ? 400 : *refusal;
        return false;
    }
    if (rest->ptr[end] != '\r' || rest->ptr[end + 1] != '\n') {
        *refusal = 400;
        return false;
    }
    *line = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 2, rest->len);
    return true;
}

/* True: the head is whole, `rest` begins behind it. The first fault is the one that is told. */
static bool head_read(struct str *rest, struct head *head)
{
    struct str line = {0};
    bool is_first = true;
    while (head->refusal == 0 && line_next(rest, &line, &head->refusal)) {
        if (!is_first && line.len == 0) {
            return true;
        }
        head->refusal = is_first ? request_line_read(line) : field_read(head, line);
        is_first = false;
    }
    return false;
}

struct telemetry_request telemetry_request_read(struct str bytes)
{
    struct head head = {0};
    struct str rest = str_slice(bytes, 0, TELEMETRY_MAX_HEAD_BYTES);
    bool is_whole = head_read(&rest, &head);
    if (head.refusal == 0 && !is_whole) {
        bool is_long = bytes.len >= TELEMETRY_MAX_HEAD_BYTES;
        return (struct telemetry_request){.refusal = is_long ? 431 : 0, .is_last = is_long};
    }
    if (head.refusal == 0 && !head.has_host) {
        head.refusal = 400;
    }
    if (head.refusal == 0 && !head.has_length) {
        head.refusal = 411;
    }
    if (head.refusal != 0) {
        return (struct telemetry_request){.refusal = head.refusal, .is_last = true};
    }
    size_t head_bytes = (size_t)(rest.ptr - bytes.ptr);
    if (bytes.len - head_bytes < head.length) {
        return (struct telemetry_request){0};
    }
    return (struct telemetry_request){
        .bytes = head_bytes + head.length,
        .body = str_slice(bytes, head_bytes, head_bytes + head.length),
        .is_last = head.is_last,
    };
}
