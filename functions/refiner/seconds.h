/*
 * Lengths of time that people write: how long a clip is, and how long it is to be.
 */
#pragma once

#include "shared/base/ctx.h"

/*
 * The first length in a text, in whole seconds; 0 if there is none, or it is longer than a day: "45
 * s night drive", "30-second spot", "1:30 min", "1.5 minutes". The word must follow the number:
 * seconds or minutes, in six languages.
 */
int64_t text_seconds(struct ctx *cx, struct str text);
