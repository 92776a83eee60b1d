/* Any text is refused or understood; what is understood fires at times that agree with each other:
 * each is after the moment asked for, and none lies between. */
#include "infra/local/template/cron.h"
#include "tests/fuzz/fuzz.h"

enum { ROUNDS = 4, BETWEEN = 5 };

static void check_times(const struct cron *cron, int64_t minute)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t next = cron_next(cron, minute);
        FUZZ_CHECK(next > minute);
        if (next == CRON_NEVER) {
            return;
        }
        FUZZ_CHECK(cron_next(cron, next - 1) == next);
        for (int k = 1; k < BETWEEN; k++) {
            FUZZ_CHECK(cron_next(cron, minute + (next - minute) * k / BETWEEN) >= next);
        }
        minute = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = {-5, 0, 29530080, 30000000, 120883679};
    struct fuzz_ctx f;
    struct expression expression;
    fuzz_open(&f);
    if (expression_read(&f.cx, fuzz_str(data, size), &expression) == OK) {
        FUZZ_CHECK(expression.kind != SCHEDULE_RATE || expression.rate_ms >= 60000);
        for (size_t i = 0; i < ARRAY_LEN(moments) && expression.kind == SCHEDULE_CRON; i++) {
            check_times(&expression.cron, moments[i]);
        }
    } else {
        FUZZ_CHECK(f.cx.err.text[0] != '\0');
    }
    fuzz_close(&f);
    return 0;
}
