/*
 * Streams a table of squares: the first rows are with the caller while the later ones are made. For
 * `aws lambda invoke-with-response-stream`, or a function URL whose invoke mode is RESPONSE_STREAM.
 */
#include <lambda.h>

#include "shared/base/buf.h"

enum { ROWS = 1000, BLOCK_BYTES = 4096 };

static enum status squares(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                           void *app)
{
    (void)inv, (void)app;
    char block[BLOCK_BYTES];
    struct buf rows = {.ptr = block, .cap = sizeof block, .max = sizeof block};
    TRY(reply_stream(cx, reply, STR("text/csv")));
    buf_add(&rows, STR("number,square\n"));
    for (int i = 1; i <= ROWS; i++) {
        buf_addf(&rows, "%d,%d\n", i, i * i);
        if (rows.len > sizeof block - 64 || i == ROWS) {
            /* Each write is on its way when it returns: the block can be used again. */
            TRY(reply_write(cx, reply, buf_str(&rows)));
            buf_clear(&rows);
        }
    }
    return OK;
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = squares});
}
