/*
 * Checks before and after a model call, in the order of a small list: size, deny patterns, masking
 * of personal data with placeholders that are taken back in the answer, prompt-injection signs, and
 * the answer's JSON Schema. What a key asks for is its `guard` JSON; without it only sizes are
 * checked.
 *
 *   {"deny":["(?i)project falcon"],"mask":["email","phone","card","iban","national_id"],
 *    "injection":"flag"|"block"|"off","validate_schema":true}
 *
 * Left to others: sending again (llm.h asks once more, within the reservation), headers, logs.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"

struct guard; /* settings, compiled; kept per process for the last few it saw */

/*
 * ERR_INVALID  not settings; for the key's owner, so in the log and not the answer
 */
enum status guard_get(struct ctx *cx, struct str settings, const struct guard **guard) MUST_CHECK;

struct guard_finding {
    const char *check; /* "injection", "deny", "mask" */
    const char *sign;  /* a name of ours, never the text: "ignore_previous", "email" */
};

enum { GUARD_MAX_FINDINGS = 16 };

/* Of one call: what was found, and what stands for what. */
struct guard_state {
    struct guard_finding findings[GUARD_MAX_FINDINGS];
    size_t finding_count;
    struct guard_masks *masks; /* placeholder -> text; NULL: none */
};

/*
 * Looks at every text of `request` and, where it masks, adds edits to it: the body's own bytes are
 * replaced by placeholders, `chat` is rewritten, and `wants_events` is set.
 *
 * ERR_REFUSED  code GUARD_DENIED: a deny pattern, or a sign of injection where it blocks;
 * the words name the check, never the text
 */
enum status guard_before(struct ctx *cx, const struct guard *guard, struct llm_request *request,
                         struct guard_state *state) MUST_CHECK;

/*
 * Puts the texts back into an answer's text that comes in pieces: gives what is certain, keeps what
 * may be the beginning of a placeholder. One of these per block. `is_last` gives the rest.
 */
struct guard_unmask {
    struct buf kept;
};
struct str guard_unmask_text(struct ctx *cx, const struct guard_state *state,
                             struct guard_unmask *unmask, struct str text, bool is_last);
