/*
 * The names of members that a wire leaves out because its provider or the model refuses them, for
 * a response header: "temperature, top_k".
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/llm/base/chat.h"
#include "shared/llm/models/models.h"

enum { DROPPED_MAX_BYTES = 512 };

static inline struct buf dropped_in(struct arena *arena)
{
    return buf_in(arena, DROPPED_MAX_BYTES);
}

/* One name, or several with commas between them; an empty one is none. */
void dropped_add(struct buf *dropped, struct str name);

/* The number as written, if it was given and `accepted`; else the empty view, and the name of one
 * that was given is added. */
struct str dropped_unless(struct buf *dropped, bool accepted, struct str name, struct str number);
