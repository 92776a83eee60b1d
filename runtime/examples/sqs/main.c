/*
 * Takes orders off a queue. Only those that fail come again; for that the event source mapping
 * needs FunctionResponseTypes: [ReportBatchItemFailures].
 */
#include <lambda.h>

#include "shared/json/json.h"
#include "shared/log/log.h"

/* {"order":"o-17","cents":1250}. A queue delivers at least once: booking twice must do no harm. */
static enum status book(struct ctx *cx, const struct sqs_record *record, void *app)
{
    int64_t *booked_cents = app;
    int64_t cents = 0;
    const struct json *root = NULL;
    TRY(json_read(cx, record->body, NULL, &root));
    const struct json *amount = json_find(root, STR("cents"));
    if (amount == NULL || !json_is_i64(amount, &cents) || cents <= 0) {
        return fail(cx, ERR_INVALID, "an order without an amount");
    }
    *booked_cents += cents;
    LOG(cx, LOG_INFO, "order_booked", LOG_STR("order", json_find_str(root, STR("order"))),
        LOG_I64("cents", cents), LOG_I64("bookedCents", *booked_cents));
    return OK;
}

static enum status take(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        void *app)
{
    struct sqs_batch batch;
    TRY(sqs_event_read(cx, inv->event, &batch));
    return sqs_run(cx, reply, &batch, book, app);
}

int main(void)
{
    int64_t booked_cents = 0; /* lives as long as the process: over many batches */
    return lambda_run(&(struct lambda_options){.handler = take, .app = &booked_cents});
}
