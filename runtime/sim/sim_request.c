#include "runtime/sim/sim_request.h"

enum { MAX_HEAD_BYTES = 256 * 1024, MAX_LINE_BYTES = 256 };

/* Lambda takes 200 MB of a stream. */
static const size_t max_bytes = MIB(256);

void sim_request_init(struct sim_request *request, struct arena *arena)
{
    *request = (struct sim_request){
        .in = buf_in(arena, max_bytes),
        .body = buf_in(arena, max_bytes),
        .chunks = buf_in(arena, max_bytes),
    };
}

/* ---- what it says ---------------------------------------------------------------------------- */

static struct str first_line(const struct sim_request *request)
{
    struct str rest = str_slice(buf_str(&request->in), 0, request->head_bytes);
    return str_slice(rest, 0, str_find(rest, STR("\r\n")));
}

static struct str word(const struct sim_request *request, int which)
{
    struct str rest = first_line(request);
    struct str part = {0};
    for (int i = 0; i <= which; i++) {
        if (!str_split_next(&rest, ' ', &part)) {
            return (struct str){0};
        }
    }
    return part;
}

struct str sim_request_method(const struct sim_request *request)
{
    return word(request, 0);
}

struct str sim_request_target(const struct sim_request *request)
{
    return word(request, 1);
}

struct str sim_request_fields(const struct sim_request *request)
{
    return str_slice(buf_str(&request->in), first_line(request).len + 2, request->head_bytes);
}

struct str sim_request_trailers(const struct sim_request *request)
{
    return request->trailers_at == 0
               ? (struct str){0}
               : str_slice(buf_str(&request->in), request->trailers_at, request->at);
}

bool sim_request_field_next(struct str *rest, struct lambda_sim_field *field)
{
    struct str line = {0};
    while (str_split_next(rest, '\n', &line)) {
        struct str value = line;
        if (str_split_next(&value, ':', &field->name) && value.ptr != NULL) {
            field->value = str_trim(value);
            return true;
        }
    }
    return false;
}

struct str sim_request_field(struct str fields, struct str name)
{
    struct lambda_sim_field field;
    while (sim_request_field_next(&fields, &field)) {
        if (str_eq_nocase(field.name, name)) {
            return field.value;
        }
    }
    return (struct str){0};
}

/* ---- bytes as they come ---------------------------------------------------------------------- */

static struct str unread(const struct sim_request *request)
{
    return str_slice(buf_str(&request->in), request->at, request->in.len);
}

/* Each of these returns false if it wants more bytes. */

static bool read_head(struct sim_request *request)
{
    struct str bytes = unread(request);
    size_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end == SIZE_MAX) {
        request->state = bytes.len > MAX_HEAD_BYTES ? SIM_REQUEST_FAULTY : request->state;
        return false;
    }
    request->head_bytes = end + 4;
    request->at = request->head_bytes;
    struct str fields = sim_request_fields(request);
    struct str length = sim_request_field(fields, STR("content-length"));
    int64_t bytes_left = 0;
    bool is_sound = length.len == 0 || (str_to_i64(length, &bytes_left) && bytes_left >= 0 &&
                                        (uint64_t)bytes_left < max_bytes);
    request->left = (size_t)bytes_left;
    request->state = SIM_REQUEST_SIZED;
    if (str_eq_nocase(sim_request_field(fields, STR("transfer-encoding")), STR("chunked"))) {
        request->state = SIM_REQUEST_CHUNK_SIZE;
        is_sound &= length.len == 0; /* section 6.3: both are an attack */
    }
    if (!is_sound || sim_request_target(request).len == 0) {
        request->state = SIM_REQUEST_FAULTY;
    }
    return true;
}

static void take_body(struct sim_request *request)
{
    struct str part = str_slice(unread(request), 0, request->left);
    buf_add(&request->body, part);
    request->at += part.len;
    request->left -= part.len;
}

static bool read_sized(struct sim_request *request)
{
    take_body(request);
    if (request->left > 0) {
        return false;
    }
    request->state = SIM_REQUEST_WHOLE;
    return true;
}

static bool size_parse(struct str line, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < line.len; i++) {
        int digit = str_hex_value(line.ptr[i]);
        if (digit < 0 || *size > max_bytes) {
            return false;
        }
        *size = *size * 16 + (size_t)digit;
    }
    return line.len > 0 && *size < max_bytes;
}

static bool read_chunk_size(struct sim_request *request)
{
    struct str bytes = unread(request);
    size_t end = str_find(bytes, STR("\r\n"));
    if (end == SIZE_MAX) {
        request->state = bytes.len > MAX_LINE_BYTES ? SIM_REQUEST_FAULTY : request->state;
        return false;
    }
    request->at += end + 2;
    if (!size_parse(str_slice(bytes, 0, end), &request->left)) {
        request->state = SIM_REQUEST_FAULTY;
    } else if (request->left == 0) {
        request->state = SIM_REQUEST_TRAILERS;
        request->trailers_at = request->at;
    } else {
        request->state = SIM_REQUEST_CHUNK;
    }
    return true;
}

static bool read_chunk(struct sim_request *request)
{
    take_body(request);
    struct str bytes = unread(request);
    if (request->left > 0 || bytes.len < 2) {
        return false;
    }
    request->state =
        str_has_prefix(bytes, STR("\r\n")) ? SIM_REQUEST_CHUNK_SIZE : SIM_REQUEST_FAULTY;
    request->at += 2;
    size_t end = request->body.len;
    buf_add(&request->chunks, (struct str){.ptr = (const char *)&end, .len = sizeof end});
    return true;
}

static bool read_trailers(struct sim_request *request)
{
    struct str bytes = unread(request);
    size_t end = str_find(bytes, STR("\r\n"));
    if (end == SIZE_MAX) {
        return false;
    }
    request->at += end + 2;
    request->state = end == 0 ? SIM_REQUEST_WHOLE : SIM_REQUEST_TRAILERS;
    return true;
}

void sim_request_read(struct sim_request *request)
{
    static bool (*const readers[])(struct sim_request *) = {
        [SIM_REQUEST_HEAD] = read_head,
        [SIM_REQUEST_SIZED] = read_sized,
        [SIM_REQUEST_CHUNK_SIZE] = read_chunk_size,
        [SIM_REQUEST_CHUNK] = read_chunk,
        [SIM_REQUEST_TRAILERS] = read_trailers,
    };
    if (request->in.full) {
        request->state = SIM_REQUEST_FAULTY;
    }
    while (request->state < SIM_REQUEST_WHOLE && readers[request->state](request)) {
    }
}
