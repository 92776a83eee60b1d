/*
 * What the parts of the guard share. The header for others is guard.h.
 */
#pragma once

#include "shared/llm/guard/guard.h"
#include "shared/llm/guard/masks.h"
#include "shared/pattern/pattern.h"

enum guard_injection { GUARD_FLAG, GUARD_BLOCK, GUARD_OFF };

struct guard {
    size_t max_text_bytes;
    const struct pattern *deny[GUARD_MAX_DENY];
    size_t deny_count;
    unsigned kinds; /* bit per pii_kind */
    enum guard_injection injection;
    const struct pattern *const *signs; /* injection.c's, compiled; NULL where it is off */
    bool validates;
};

/* Takes one text of a request. Not OK ends the walk. */
typedef enum status guard_text_fn(struct ctx *cx, void *arg, enum llm_role role, struct str text);
/* All texts of a request: of `chat`, or without one (embeddings, count_tokens) of the body. */
enum status guard_each_text(struct ctx *cx, const struct llm_request *request, guard_text_fn *fn,
                            void *arg) MUST_CHECK;

/*
 * What else a provider is sent: the texts of a message as one, and all strings of the body, such as
 * those of tools and of parts that `chat` has as they are. Some of it was seen above.
 */
enum status guard_each_hidden_text(struct ctx *cx, const struct llm_request *request,
                                   guard_text_fn *fn, void *arg) MUST_CHECK;

/* The table's patterns, in its order. */
enum status injection_compile(struct ctx *cx, struct arena *arena,
                              const struct pattern *const **signs) MUST_CHECK;
/* Notes each sign that `text` shows; how many. */
size_t injection_look(const struct pattern *const *signs, struct str text,
                      struct guard_state *state);

/* Members of a body that hold what is said to the model. */
bool guard_is_prompt(struct str key);
/* And in them those that hold no text of a person: names of things, ids, bytes, what is signed. */
bool guard_is_structure(const struct json *object, struct str key);

/* Masks the body, as edits, and the chat. */
void guard_mask_request(struct ctx *cx, struct guard_masks *masks, struct llm_request *request,
                        struct guard_state *state);
