/*
 * POST /refiner/batch: {"items": [analysis, ...]}, each as POST /refiner takes it, up to
 * BATCH_MAX_ITEMS, refined BATCH_THREADS at a time; a fault in one is that one's alone.
 *
 *   {"results": [{"index": 0, "status": 200, "refinerId": "ref_...", "result": {...}},
 *                {"index": 1, "status": 400, "error": {...}}],
 *    "summary": {"total": 2, "succeeded": 1, "failed": 1}}
 *
 * Results are in the items' order. One that would make the whole too large for Lambda is left out
 * and says so ("omitted": true); it can be had by its id.
 */
#pragma once

#include "functions/refiner/item.h"

struct batch_wish {
    const struct json *items; /* an array */
    const struct asker *asker;
    bool no_cache, no_models;
    int64_t now_ms;
};

/*
 * Reads the body: the array of items.
 *
 * ERR_INVALID  no items, or too many
 */
enum status batch_read(struct ctx *cx, const struct json *body,
                       const struct json **items) MUST_CHECK;

/* Refines them all, settles what was spent, and writes the answer. */
enum status batch_refine(struct ctx *cx, const struct refiner_place *place,
                         const struct batch_wish *wish, struct str *answer) MUST_CHECK;
