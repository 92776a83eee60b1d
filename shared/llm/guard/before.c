#include "shared/llm/guard/internal.h"

/* What the walks over a request's texts share. */
struct look {
    const struct guard *guard;
    struct guard_state *state;
    struct guard_masks *masks;
    size_t bytes, signs;
};

static enum status add_size(struct ctx *cx, void *arg, enum llm_role role, struct str text)
{
    struct look *look = arg;
    (void)role;
    look->bytes += text.len;
    if (look->bytes > look->guard->max_text_bytes) {
        return fail_code(cx, ERR_TOO_LARGE, "PROMPT_TOO_LONG",
                         "The prompt has more than %zu bytes of text, which is the limit of this "
                         "key; nothing was cut or sent",
                         look->guard->max_text_bytes);
    }
    return OK;
}

static enum status check_deny(struct ctx *cx, void *arg, enum llm_role role, struct str text)
{
    struct look *look = arg;
    (void)role;
    for (size_t i = 0; i < look->guard->deny_count; i++) {
        switch (pattern_matches(look->guard->deny[i], text)) {
        case PATTERN_NO:
            break;
        case PATTERN_YES:
            return fail_code(cx, ERR_REFUSED, "GUARD_DENIED",
                             "A deny pattern of this key (number %zu) matches the prompt", i + 1);
        case PATTERN_COSTLY:
            return fail_code(cx, ERR_REFUSED, "GUARD_DENIED",
                             "A deny pattern of this key (number %zu) is too costly for the prompt",
                             i + 1);
        }
    }
    return OK;
}

static enum status look_for_injection(struct ctx *cx, void *arg, enum llm_role role,
                                      struct str text)
{
    struct look *look = arg;
    (void)cx;
    if (role == LLM_USER || role == LLM_TOOL) {
        look->signs += injection_look(look->guard->signs, text, look->state);
    }
    return OK;
}

static enum status check_injection(struct ctx *cx, const struct llm_request *request,
                                   struct look *look)
{
    TRY(guard_each_text(cx, request, look_for_injection, look));
    if (look->signs > 0 && look->guard->injection == GUARD_BLOCK) {
        return fail_code(cx, ERR_REFUSED, "GUARD_DENIED",
                         "The prompt shows a sign of injection (%s), which this key blocks",
                         look->state->findings[0].sign);
    }
    return OK;
}

static enum status avoid_placeholders(struct ctx *cx, void *arg, enum llm_role role,
                                      struct str text)
{
    struct look *look = arg;
    (void)cx;
    (void)role;
    masks_avoid(look->masks, text);
    return OK;
}

static enum status mask(struct ctx *cx, struct llm_request *request, struct look *look)
{
    look->masks = masks_new(cx->arena, look->guard->kinds);
    TRY(guard_each_text(cx, request, avoid_placeholders, look));
    guard_mask_request(cx, look->masks, request, look->state);
    if (look->masks->is_full) {
        return fail_code(cx, ERR_TOO_LARGE, "PROMPT_TOO_LONG",
                         "The prompt holds more than %d different personal data, which is the most "
                         "that are masked",
                         GUARD_MAX_MASKS);
    }
    if (look->masks->count > 0) {
        look->state->masks = look->masks;
        request->wants_events |= request->chat != NULL; /* embeddings and counts hold no text */
    }
    return OK;
}

enum status guard_before(struct ctx *cx, const struct guard *guard, struct llm_request *request,
                         struct guard_state *state)
{
    struct look look = {.guard = guard, .state = state};
    *state = (struct guard_state){0};
    TRY(guard_each_text(cx, request, add_size, &look));
    if (guard->deny_count > 0) {
        TRY(guard_each_text(cx, request, check_deny, &look));
        TRY(guard_each_hidden_text(cx, request, check_deny, &look));
    }
    if (guard->injection != GUARD_OFF) {
        TRY(check_injection(cx, request, &look));
    }
    return guard->kinds == 0 ? OK : mask(cx, request, &look);
}

struct str guard_flags(struct ctx *cx, const struct guard_state *state)
{
    struct buf out = buf_in(cx->arena, KIB(4));
    for (size_t i = 0; i < state->finding_count; i++) {
        buf_addf(&out, "%s%s=%s", i == 0 ? "" : ",", state->findings[i].check,
                 state->findings[i].sign);
    }
    return buf_str(&out);
}
