/*
 * X-Ray's trace header:
 * "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=0". Source: AWS X-Ray
 * Developer Guide, "Tracing header".
 */
#pragma once

#include "shared/base/arena.h"
#include "shared/base/str.h"

/* `given` if it names a root, else a new root. */
struct str trace_root(struct arena *arena, struct str given, int64_t now_ms);
/* As a function gets it: `root` with a parent, if it has none. */
struct str trace_for_function(struct arena *arena, struct str root);
