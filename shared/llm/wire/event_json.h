/*
 * The JSON of one streamed event after the other, read in memory that each of them uses again: a
 * stream of thousands of events takes no more of the arena than its largest one.
 */
#pragma once

#include "shared/json/json.h"

struct event_json;

/* In `cx->arena`, which gives its memory back. */
struct event_json *event_json_new(struct ctx *cx);

/*
 * Reads one event, a JSON object. `*root` and its views last until the next call, and as long as
 * `text`.
 *
 * ERR_UPSTREAM  it is none
 */
enum status event_json_read(struct ctx *cx, struct event_json *memory, struct str text,
                            const struct json **root) MUST_CHECK;
