/*
 * POST /refiner/estimate: what refining an analysis, or {"items": [...]}, would cost, by the table
 * of models; nobody is asked and nothing is stored or counted.
 *
 *   expected  a prompt of so many bytes at four a token, an answer of 900 tokens, the first model
 *   worst     each byte a token, the longest answer, twice (one may be billed that never came),
 * from every model of the chain
 */
#pragma once

#include "functions/refiner/desk.h"

/*
 * `items`: an array of analyses.
 *
 * ERR_INVALID  one of them is at fault: its faults, and which it is ("items[1]"), are noted
 */
enum status estimate_write(struct ctx *cx, const struct desk *desk, const struct json *items,
                           int32_t today, struct str *answer) MUST_CHECK;
/* The same for one analysis. */
enum status estimate_one_write(struct ctx *cx, const struct desk *desk, const struct json *analysis,
                               int32_t today, struct str *answer) MUST_CHECK;
