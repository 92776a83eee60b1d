#include "runtime/loop/layers.h"

/* Where an event has got to on its way. */
struct lambda_next {
    const struct lambda_options *options;
    size_t layer; /* the one whose turn it is; behind the last one the handler's */
};

enum status lambda_next(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        const struct lambda_next *next)
{
    const struct lambda_options *options = next->options;
    if (next->layer == options->layer_count) {
        return options->handler(cx, inv, reply, options->app);
    }
    const struct lambda_next inner = {.options = options, .layer = next->layer + 1};
    return options->layers[next->layer](cx, inv, reply, options->app, &inner);
}

enum status layers_call(struct ctx *cx, const struct lambda_options *options,
                        const struct invocation *inv, struct reply *reply)
{
    const struct lambda_next outermost = {.options = options};
    return lambda_next(cx, inv, reply, &outermost);
}
