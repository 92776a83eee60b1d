/* Gives each event back: what `make bench` measures of this library. */
#include "runtime/lambda.h"

static enum status echo(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        void *app)
{
    (void)app;
    return reply_json(cx, reply, inv->event);
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = echo});
}
