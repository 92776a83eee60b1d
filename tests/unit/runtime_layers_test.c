#include "runtime/lambda_sim.h"

#include "tests/support/check.h"

/* Each writes its letter when the event passes it, and again on the way back. */
struct path {
    char steps[32];
    size_t count;
    int handled;
};

static void step(struct path *path, char letter)
{
    assert_true(path->count < sizeof path->steps - 1);
    path->steps[path->count++] = letter;
}

static enum status handler(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                           void *app)
{
    struct path *path = app;
    step(path, 'h');
    path->handled++;
    if (str_eq(inv->event, STR("fail once")) && path->handled == 1) {
        return fail(cx, ERR_UPSTREAM, "not yet");
    }
    return str_eq(inv->event, STR("fail")) ? fail(cx, ERR_NOT_FOUND, "no such thing")
                                           : reply_json(cx, reply, inv->event);
}

static enum status outer(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app, const struct lambda_next *next)
{
    struct path *path = app;
    step(path, 'a');
    enum status status = lambda_next(cx, inv, reply, next);
    step(path, status == OK ? 'A' : 'x');
    return status;
}

/* Answers by itself what is marked, and tries once more what failed upstream. */
static enum status inner(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app, const struct lambda_next *next)
{
    step(app, 'b');
    if (str_eq(inv->event, STR("\"cached\""))) {
        return reply_json(cx, reply, STR("\"from the layer\""));
    }
    enum status status = lambda_next(cx, inv, reply, next);
    if (status == ERR_UPSTREAM) {
        err_clear(cx); /* the second try says what counts */
        status = lambda_next(cx, inv, reply, next);
    }
    step(app, 'B');
    return status;
}

static void layers_stand_around_the_handler_in_order(void **state)
{
    (void)state;
    static lambda_layer_fn *const layers[] = {outer, inner};
    static const struct {
        struct str event, steps, body, error_type;
    } cases[] = {
        {STR_INIT("{}"), STR_INIT("abhBA"), STR_INIT("{}"), STR_INIT("")},
        {STR_INIT("\"cached\""), STR_INIT("abA"), STR_INIT("\"from the layer\""), STR_INIT("")},
        {STR_INIT("fail once"), STR_INIT("abhhBA"), STR_INIT("fail once"), STR_INIT("")},
        {STR_INIT("fail"), STR_INIT("abhBx"), STR_INIT(""), STR_INIT("Function.NotFound")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path path = {0};
        struct lambda_sim_outcome out;
        struct lambda_sim *sim = lambda_sim_open(&(struct lambda_sim_options){
            .program = {.handler = handler, .app = &path, .layers = layers, .layer_count = 2}});
        assert_non_null(sim);
        lambda_sim_invoke(sim, &(struct lambda_sim_event){.event = cases[i].event}, &out);
        CHECK_STR("steps", str_from_cstr(path.steps), cases[i].steps);
        CHECK_STR("error type", out.error_type, cases[i].error_type);
        if (cases[i].body.len > 0) {
            CHECK_STR("body", out.body, cases[i].body);
        }
        lambda_sim_close(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_stand_around_the_handler_in_order),
    };
    return cmocka_run_group_tests_name("runtime layers", tests, NULL, NULL);
}
