/* The simulator reads a request the same wherever it is split, and never more than came. */
#include "runtime/sim/sim_request.h"
#include "tests/fuzz/fuzz.h"

static struct sim_request read_in_parts(struct arena *arena, struct str bytes, size_t part)
{
    struct sim_request request;
    sim_request_init(&request, arena);
    for (size_t at = 0; at < bytes.len && request.state < SIM_REQUEST_WHOLE; at += part) {
        buf_add(&request.in, str_slice(bytes, at, part > bytes.len - at ? bytes.len : at + part));
        sim_request_read(&request);
    }
    return request;
}

static void check_fields(struct str fields)
{
    struct lambda_sim_field field;
    while (sim_request_field_next(&fields, &field)) {
        FUZZ_CHECK(str_find_char(field.name, '\n') == SIZE_MAX);
        FUZZ_CHECK(str_find_char(field.value, '\n') == SIZE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    size_t part = size > 0 ? 1 + data[0] / 8 : 1;
    struct str bytes = size > 0 ? fuzz_str(data + 1, size - 1) : (struct str){0};
    struct sim_request whole = read_in_parts(&f.arena, bytes, SIZE_MAX);
    struct sim_request parts = read_in_parts(&f.arena, bytes, part);
    FUZZ_CHECK(whole.state == parts.state);
    if (whole.state != SIM_REQUEST_FAULTY) {
        FUZZ_CHECK(str_eq(buf_str(&whole.body), buf_str(&parts.body)));
        FUZZ_CHECK(str_eq(buf_str(&whole.chunks), buf_str(&parts.chunks)));
        FUZZ_CHECK(whole.head_bytes == parts.head_bytes);
        FUZZ_CHECK(whole.at == parts.at);
    }
    FUZZ_CHECK(whole.at <= whole.in.len && whole.body.len <= bytes.len);
    if (sim_request_has_head(&whole)) {
        check_fields(sim_request_fields(&whole));
        check_fields(sim_request_trailers(&whole));
        FUZZ_CHECK(sim_request_method(&whole).len + sim_request_target(&whole).len <= bytes.len);
    }
    fuzz_close(&f);
    return 0;
}
