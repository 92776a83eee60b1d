#include "functions/nutrition-validator/handler.h"

#include "functions/nutrition-validator/assemble.h"
#include "functions/nutrition-validator/input.h"
#include "functions/nutrition-validator/judge.h"
#include "functions/nutrition-validator/respond.h"
#include "functions/nutrition-validator/store.h"
#include "functions/nutrition-validator/stored.h"
#include "shared/base/clock.h"

static enum status validate_handle(struct ctx *cx, const struct http_event *event,
                                   const struct http_params *params, struct http_answer *answer,
                                   void *app)
{
    (void)params;
    const struct endpoint_call *call = app;
    struct caller caller;
    const struct json *root = NULL;
    struct validate_input input;
    TRY(endpoint_caller(cx, call, event, &caller));
    TRY(endpoint_body(cx, event, &root));
    TRY(validate_input_read(cx, root, &input));

    struct subject subject;
    TRY(subject_load(cx, call->services->pg, &caller, input.meal_plan_id, &subject));
    struct stored_plan stored = {0};
    if (input.meal_plan_id.len > 0) {
        TRY(stored_plan_read(cx, subject.plan_data, &stored));
    }
    const struct week_input *week = input.meal_plan_id.len > 0 ? &stored.week : &input.week;

    struct book_extract book;
    struct plan plan;
    struct judge_rules rules;
    struct validation validation;
    TRY(book_extract_load(cx, call->services->pg, &caller, week, &book));
    plan_assemble(cx, week, &book, input.use_recipe_book, &plan);
    TRY(judge_rules_of(cx, &input, &stored, &subject.eater, date_of_ms(call->now_ms), &rules));
    TRY(plan_judge(cx, &plan, &rules, &validation));
    return validation_respond(cx, &validation, input.detailed_breakdown, call->now_ms, answer);
}

static const struct http_route routes[] = {
    {STR_INIT("POST"), STR_INIT("/nutrition-validator"), validate_handle},
};

const struct endpoint nutrition_validator = {
    .name = "nutrition-validator",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
};
