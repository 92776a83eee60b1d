/* What is read of a trace header can be passed on as a header; ids that are turned into the other
 * form and back are the same; and what trace_adopt keeps is sound. */
#include "shared/base/trace.h"
#include "tests/fuzz/fuzz.h"

static bool is_header_value(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

static void check_xray(struct str text)
{
    struct trace_xray xray, again;
    struct trace_parent parent;
    char w3c[TRACE_PARENT_BYTES + 1], back[TRACE_XRAY_BYTES + 1];
    if (!trace_xray_read(text, &xray)) {
        FUZZ_CHECK(xray.root.len == 0 && xray.parent.len == 0 && xray.sampled == '\0');
        return;
    }
    FUZZ_CHECK(is_header_value(text) && xray.root.len == 35);
    if (!trace_parent_from_xray(&xray, w3c)) {
        return;
    }
    FUZZ_CHECK(trace_parent_read(str_from_cstr(w3c), &parent));
    trace_xray_from_parent(&parent, back);
    FUZZ_CHECK(trace_xray_read(str_from_cstr(back), &again));
    FUZZ_CHECK(str_eq(again.root, xray.root) && str_eq(again.parent, xray.parent));
    FUZZ_CHECK((again.sampled == '1') == (xray.sampled == '1'));
}

static void check_parent(struct str text)
{
    struct trace_parent parent;
    if (trace_parent_read(text, &parent)) {
        FUZZ_CHECK(is_header_value(text) && parent.version < 255 && parent.flags < 256);
        FUZZ_CHECK(parent.trace_id.len == 32 && parent.parent_id.len == 16);
        FUZZ_CHECK(parent.version > 0 || text.len == TRACE_PARENT_BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str text = fuzz_str(data, size);
    struct str tracestate = text, traceparent = {0};
    check_xray(text);
    check_parent(text);
    if (trace_state_is_valid(text)) {
        FUZZ_CHECK(str_find_char(text, '=') != SIZE_MAX);
    }
    (void)str_split_next(&tracestate, '\n', &traceparent);
    trace_adopt(&f.cx, traceparent, tracestate);
    FUZZ_CHECK(f.cx.traceparent.len == 0 || f.cx.traceparent.len >= TRACE_PARENT_BYTES);
    FUZZ_CHECK(f.cx.tracestate.len == 0 || f.cx.traceparent.len > 0);
    fuzz_close(&f);
    return 0;
}
