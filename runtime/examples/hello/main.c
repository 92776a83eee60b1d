#include <lambda.h>

static enum status hello(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app)
{
    (void)inv, (void)app;
    return reply_json(cx, reply, STR("{\"hello\":\"world\"}"));
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = hello});
}
