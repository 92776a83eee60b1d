#include "shared/llm/call/plan.h"

/* No tokenizer in use puts more bytes into its tokens on average, whatever the text. */
enum { MAX_BYTES_PER_TOKEN = 16 };

/* ---- bounds ---------------------------------------------------------------------------------- */

struct extent {
    int64_t text_bytes, tokens;
    int64_t data_bytes; /* of images and files, which a body has beside its text */
    bool is_open_ended;
};

/*
 * A few bytes of a compressed file (PDF) can be hundreds of pages, and of what is new to us we know
 * neither that nor whether there are images in it.
 */
static bool is_bounded_by_bytes(const struct llm_part *part)
{
    bool is_text = part->data.len == 0 || str_has_prefix(part->media_type, STR("text/"));
    return part->kind == LLM_PART_DOCUMENT ? is_text && part->url.len == 0
                                           : part->kind != LLM_PART_OTHER;
}

static void one_measure(const struct llm_part *part, struct extent *extent)
{
    extent->text_bytes += (int64_t)(part->text.len + part->json.len + part->name.len);
    if (part->kind == LLM_PART_IMAGE) {
        extent->tokens += LLM_IMAGE_TOKENS;
        extent->data_bytes += (int64_t)(part->data.len + part->url.len);
    } else if (part->kind == LLM_PART_DOCUMENT) {
        extent->tokens += (int64_t)part->data.len;
        extent->data_bytes += (int64_t)part->data.len;
    }
    extent->is_open_ended |= !is_bounded_by_bytes(part);
}

static void parts_measure(const struct llm_part *parts, size_t count, struct extent *extent)
{
    for (size_t i = 0; i < count; i++) {
        one_measure(&parts[i], extent);
        for (size_t j = 0; j < parts[i].part_count; j++) { /* of a tool's result */
            one_measure(&parts[i].parts[j], extent);
        }
    }
}

static struct extent chat_measure(const struct llm_chat *chat)
{
    struct extent extent = {.text_bytes = (int64_t)chat->schema.len};
    for (size_t i = 0; i < chat->message_count; i++) {
        parts_measure(chat->messages[i].parts, chat->messages[i].part_count, &extent);
    }
    for (size_t i = 0; i < chat->tool_count; i++) {
        const struct llm_tool *tool = &chat->tools[i];
        extent.text_bytes += (int64_t)(tool->name.len + tool->description.len + tool->schema.len);
    }
    return extent;
}

/*
 * A body may hold members that reach a provider of its own protocol and that we do not know: then
 * all its bytes count but those of images and files.
 */
struct llm_bounds llm_bounds_of(const struct llm_request *request)
{
    struct extent extent = {0};
    int64_t choices = 1;
    if (request->chat != NULL) {
        extent = chat_measure(request->chat);
        choices = request->chat->choices > 1 ? request->chat->choices : 1;
    }
    int64_t body_bytes = (int64_t)request->body.len - extent.data_bytes;
    if (body_bytes > extent.text_bytes) {
        extent.text_bytes = body_bytes;
    }
    return (struct llm_bounds){
        .text_bytes = extent.text_bytes,
        .input_tokens = extent.text_bytes + extent.tokens,
        .output_tokens = llm_request_output_tokens(request) * choices,
        .is_open_ended = extent.is_open_ended,
    };
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void step_add(struct llm_plan *plan, const struct llm_target *target, bool is_successor)
{
    if (target->model->tier_count > 0 && plan->count < LLM_MAX_PLAN) {
        plan->steps[plan->count++] =
            (struct llm_planned){.target = *target, .is_successor = is_successor};
    }
}

/* A successor that is not in the table is as if there were none. */
static void successor_add(struct ctx *cx, const struct llm_planning *planning,
                          struct llm_plan *plan, const struct llm_target *target)
{
    struct llm_route route = {0};
    if (target->model->successor.len == 0) {
        return;
    }
    struct str name = arena_format(cx->arena, STR_FMT "/" STR_FMT, STR_ARG(target->provider->name),
                                   STR_ARG(target->model->successor));
    if (llm_route_find(cx, planning->models, name, planning->today, &route) != OK ||
        route.target_count == 0) {
        err_clear(cx);
        return;
    }
    step_add(plan, &route.targets[0], true);
}

static int64_t bounded(int64_t tokens, int64_t most)
{
    return most > 0 && tokens > most ? most : tokens;
}

/* A model whose context is unknown holds whatever is sent. */
int64_t llm_worst_of(const struct llm_model *model, const struct llm_bounds *bounds)
{
    int64_t input = bounds->is_open_ended && model->context_tokens > bounds->input_tokens
                        ? model->context_tokens
                        : bounded(bounds->input_tokens, model->context_tokens);
    int64_t output = bounds->output_tokens > 0 ? bounds->output_tokens : model->max_output_tokens;
    return llm_worst_cost_nano(model, input, output);
}

static bool may_fit(const struct llm_model *model, const struct llm_bounds *bounds)
{
    return model->context_tokens <= 0 ||
           bounds->text_bytes / MAX_BYTES_PER_TOKEN <= model->context_tokens;
}

static int64_t times(int64_t cost_nano, unsigned count)
{
    int64_t product = 0;
    return __builtin_mul_overflow(cost_nano, (int64_t)count, &product) ? INT64_MAX : product;
}

void llm_plan_price(struct llm_plan *plan, const struct llm_bounds *bounds, unsigned spares)
{
    int64_t dearest = 0, output = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct llm_model *model = plan->steps[i].target.model;
        if (plan->steps[i].is_out) {
            continue;
        }
        int64_t worst = llm_worst_of(model, bounds);
        dearest = worst > dearest ? worst : dearest;
        int64_t own = bounds->output_tokens > 0 ? bounds->output_tokens : model->max_output_tokens;
        output = own > output ? own : output;
    }
    plan->worst_cost_nano = times(dearest, spares + 1);
    plan->worst_tokens = bounds->input_tokens + output;
    plan->has_spare = spares > 0;
}

enum status llm_plan_make(struct ctx *cx, const struct llm_planning *planning,
                          struct llm_plan *plan)
{
    const struct llm_bounds *bounds = &planning->bounds;
    bool fits = false;
    *plan = (struct llm_plan){0};
    for (size_t i = 0; i < planning->route->target_count; i++) {
        step_add(plan, &planning->route->targets[i], false);
        successor_add(cx, planning, plan, &planning->route->targets[i]);
    }
    for (size_t i = 0; i < plan->count; i++) {
        fits |= may_fit(plan->steps[i].target.model, bounds);
    }
    if (plan->count == 0) {
        return fail_code(cx, ERR_UPSTREAM, "AI_SERVICE_ERROR",
                         "No price is known for this model, so it is not asked");
    }
    if (!fits) {
        return fail_code(cx, ERR_TOO_LARGE, "PROMPT_TOO_LONG",
                         "The prompt has %lld bytes, more than the model's context can hold",
                         (long long)bounds->text_bytes);
    }
    return OK;
}

/* ---- the way through it ---------------------------------------------------------------------- */

void llm_plan_rest(struct llm_plan *plan, struct str target)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct llm_planned *step = &plan->steps[i];
        struct str rest = target;
        step->rests |= str_skip_prefix(&rest, step->target.provider->name) &&
                       str_skip_prefix(&rest, STR("/")) && str_eq(rest, step->target.model->id);
    }
}

void llm_plan_close(struct llm_plan *plan, const struct llm_provider *provider)
{
    for (size_t i = 0; i < plan->count; i++) {
        plan->steps[i].is_out |= plan->steps[i].target.provider == provider;
    }
}

static bool is_open(const struct llm_planned *step)
{
    return !step->is_out && !step->is_successor && !step->rests;
}

/* Half open: one of the resting ones is tried. */
static bool is_half_open(const struct llm_planned *step)
{
    return !step->is_out && !step->is_successor;
}

bool llm_plan_start(struct llm_plan *plan)
{
    static bool (*const kinds[])(const struct llm_planned *step) = {is_open, is_half_open};
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
        for (plan->at = 0; plan->at < plan->count; plan->at++) {
            if (kinds[kind](&plan->steps[plan->at])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_for(const struct llm_planned *step, const struct llm_planned *from,
                   enum llm_step how)
{
    switch (how) {
    case LLM_STEP_NEXT:
    case LLM_STEP_ELSEWHERE:
        return is_open(step);
    case LLM_STEP_OTHER_PROVIDER:
        return is_open(step) && step->target.provider != from->target.provider;
    case LLM_STEP_LARGER:
        return is_open(step) &&
               step->target.model->context_tokens > from->target.model->context_tokens;
    case LLM_STEP_SUCCESSOR:
        return step == from + 1 && step->is_successor;
    case LLM_STEP_STOP:
    case LLM_STEP_AGAIN:
    case LLM_STEP_NEW_KEY:
        break;
    }
    return false;
}

static bool find_next(struct llm_plan *plan, const struct llm_planned *from, enum llm_step how)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (is_for(&plan->steps[i], from, how)) {
            plan->at = i;
            return true;
        }
    }
    return false;
}

bool llm_plan_move(struct llm_plan *plan, enum llm_step step)
{
    struct llm_planned *from = &plan->steps[plan->at];
    if (step == LLM_STEP_STOP || step == LLM_STEP_AGAIN || step == LLM_STEP_NEW_KEY) {
        return step != LLM_STEP_STOP;
    }
    from->is_out = true;
    if (step == LLM_STEP_OTHER_PROVIDER) {
        llm_plan_close(plan, from->target.provider);
    }
    if (find_next(plan, from, step)) {
        return true;
    }
    from->is_out = step != LLM_STEP_ELSEWHERE;
    return step == LLM_STEP_ELSEWHERE;
}
