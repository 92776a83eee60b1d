/*
 * Sends each event back as it came. The reply points into the event: nothing is copied, and both
 * are gone once the response is posted. It keeps nothing between events, so that several of its
 * threads may run at once, where Lambda sends several (managed instances).
 */
#include <lambda.h>

static enum status echo(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        void *app)
{
    (void)app;
    return reply_bytes(cx, reply, inv->content_type, inv->event);
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = echo, .concurrent = true});
}
