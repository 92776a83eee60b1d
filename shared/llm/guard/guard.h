/*
 * Checks before and after a model call, in the order of a small list: size, deny patterns, signs of
 * prompt injection, masking of personal data with placeholders that are taken back in the answer,
 * and the answer's JSON Schema. What a key asks for is its `guard` JSON; without it only sizes are
 * checked, and a prompt is never altered unless masking is switched on.
 *
 *   {"max_text_bytes":200000,"deny":["(?i)project falcon"],
 *    "mask":["email","phone","card","iban","national_id"],
 *    "injection":"flag"|"block"|"off","validate_schema":true}
 *
 * Deny patterns are PCRE2's (shared/pattern), searched in each text by itself, in the texts of a
 * message as one, and in all other strings that go to the provider: of tools, of parts and members
 * that are new to us. What is no text by its type (an image, a PDF) is not read. Signs of injection
 * (injection.c: a table) are looked for in what users and tools said, not in system turns; they are
 * hints, so that "flag" lets the request pass. It is also what settings without the member mean.
 *
 * Left to others: sending again (llm.h asks once more, within the reservation), headers, logs.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/event.h"
#include "shared/llm/base/request.h"

enum {
    GUARD_MAX_TEXT_BYTES = 4 * 1024 * 1024, /* all texts of a request, where settings say nothing */
    GUARD_MAX_SETTINGS_BYTES = 64 * 1024,
    GUARD_MAX_DENY = 32,
    GUARD_MAX_MASKS = 2048, /* different values in one request */
    GUARD_MAX_FINDINGS = 16,
    GUARD_CACHE_ENTRIES = 8,
};

struct guard;       /* settings, compiled */
struct guard_cache; /* the last few of them; of one slot, for patterns serve one thread at a time */

struct guard_cache *guard_cache_new(void);
void guard_cache_free(struct guard_cache *cache);

/*
 * Reads settings, or finds them read. `*guard` lasts until GUARD_CACHE_ENTRIES others were asked
 * for: one request. Empty `settings`: the default ones.
 *
 * ERR_INVALID  code GUARD_SETTINGS: not settings; what is wrong is for the key's owner, so in the
 *              log and not in the answer
 */
enum status guard_get(struct ctx *cx, struct guard_cache *cache, struct str settings,
                      const struct guard **guard) MUST_CHECK;

/* Whether answers are to pass guard_answer_check where the request has a schema. */
bool guard_validates(const struct guard *guard);

struct guard_finding {
    const char *check; /* "injection", "mask" */
    const char *sign;  /* a name of ours, never the text: "ignore_previous", "email" */
};

struct guard_masks; /* placeholder -> text */

/* Of one call: what was found, and what stands for what. */
struct guard_state {
    struct guard_finding findings[GUARD_MAX_FINDINGS];
    size_t finding_count;
    struct guard_masks *masks; /* NULL: nothing was masked */
};

/*
 * Looks at every text of `request` and, where it masks, adds edits to it: the body's own bytes are
 * replaced by placeholders ("<EMAIL_1>"), `chat` is rewritten, and, if there is one, `wants_events`
 * is set. The same text has the same placeholder all over the request; one that the prompt itself
 * holds is not used. Images, files that are no text, thinking blocks, ids, numbers, and tools stay
 * as they are.
 *
 * ERR_REFUSED    code GUARD_DENIED: a deny pattern, a sign of injection where it blocks, or a
 *                pattern too costly to be searched; the words name the check, never the text
 * ERR_TOO_LARGE  code PROMPT_TOO_LONG: more text than max_text_bytes, or more to mask than
 *                GUARD_MAX_MASKS
 */
enum status guard_before(struct ctx *cx, const struct guard *guard, struct llm_request *request,
                         struct guard_state *state) MUST_CHECK;

/* "injection=ignore_previous,mask=email", for a header; empty: nothing was found. */
struct str guard_flags(struct ctx *cx, const struct guard_state *state);

/*
 * Puts the texts back into an answer's text that comes in pieces: gives what is certain, keeps what
 * may be the beginning of a placeholder. One of these per block. `is_last` gives the rest. What is
 * given lasts until the next call.
 */
struct guard_unmask {
    struct buf kept;
};
struct str guard_unmask_text(struct ctx *cx, const struct guard_state *state,
                             struct guard_unmask *unmask, struct str text, bool is_last);

/*
 * The same for a whole answer as events: `guard_answer_event` is an llm_event_fn, its `arg` the
 * answer, and hands each event on to `next` with the texts put back: of text, refusals and tools'
 * arguments, at any cut. Thinking keeps its placeholders, for it is signed and comes back unchanged
 * in the next turn. Without masks all events go on as they are.
 */
struct guard_answer;
struct guard_answer *guard_answer_new(struct ctx *cx, const struct guard_state *state,
                                      llm_event_fn *next, void *arg);
enum status guard_answer_event(struct ctx *cx, void *arg, const struct llm_event *event) MUST_CHECK;

/*
 * Judges a whole answer's text by the JSON Schema that the request asked for; white space around it
 * is allowed, a code fence is not.
 *
 * OK           it is JSON and the schema allows it
 * ERR_INVALID  it is not: `*why` is one sentence for asking again, made of the schema's words and
 *              of places in the answer, never of its values
 * ERR_REFUSED  code INVALID_SCHEMA: the schema itself is at fault, or too costly; the words say why
 */
enum status guard_answer_check(struct ctx *cx, struct str schema, struct str answer,
                               struct str *why) MUST_CHECK;
