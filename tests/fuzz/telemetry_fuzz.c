/* What comes to the telemetry listener: a request is judged the same wherever it is split, a
 * verdict is final, and a batch that is taken gives each event its type, time and record. */
#include "runtime/beside/telemetry_wire.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"

static void on_event(struct ctx *cx, const struct telemetry_event *event, void *arg)
{
    uint64_t *count = arg;
    const struct json *record = NULL;
    FUZZ_CHECK(event->type.len > 0 && event->time.len > 0 && event->record.len > 0);
    FUZZ_CHECK(json_read(cx, event->record,
                         &(struct json_options){.max_depth = JSON_READ_DEPTH_MAX,
                                                .allow_duplicate_keys = true},
                         &record) == OK);
    FUZZ_CHECK(event->duration_ms >= 0 || event->duration_ms == -1);
    ++*count;
}

static void check_batch(struct ctx *cx, struct str body)
{
    uint64_t seen = 0, told = 0;
    const struct telemetry_options options = {.on_event = on_event, .arg = &seen};
    enum status status = telemetry_batch_read(cx, body, &options, &told);
    FUZZ_CHECK(status == OK || status == ERR_INVALID);
    FUZZ_CHECK(seen == told && (status == OK || seen == 0));
}

/* Some 32 prefixes; which ones depends on the length, so that a corpus covers all places. */
static void check_splits(struct str bytes, const struct telemetry_request *whole)
{
    for (size_t len = bytes.len % 7; len < bytes.len; len += 1 + bytes.len / 32) {
        struct telemetry_request part = telemetry_request_read(str_slice(bytes, 0, len));
        FUZZ_CHECK(part.refusal == 0 || part.refusal == whole->refusal);
        FUZZ_CHECK(part.bytes == 0 || part.bytes == whole->bytes);
        FUZZ_CHECK(part.bytes == 0 || str_eq(part.body, whole->body));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str rest = fuzz_str(data, size);
    for (int i = 0; i < 4 && rest.len > 0; i++) {
        struct telemetry_request request = telemetry_request_read(rest);
        FUZZ_CHECK(request.bytes <= rest.len && request.body.len <= request.bytes);
        FUZZ_CHECK(request.refusal == 0 || (request.bytes == 0 && request.is_last));
        check_splits(rest, &request);
        if (request.bytes == 0) {
            break;
        }
        check_batch(&f.cx, request.body);
        rest = str_slice(rest, request.bytes, rest.len);
    }
    check_batch(&f.cx, fuzz_str(data, size));
    fuzz_close(&f);
    return 0;
}
