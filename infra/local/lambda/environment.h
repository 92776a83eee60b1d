/*
 * A bootstrap's environment: what Lambda documents for an OS-only runtime, then the template's
 * variables, which may not replace a reserved one. Nothing of ours leaks in.
 * Source: Lambda Developer Guide, "Defined runtime environment variables".
 */
#pragma once

#include "infra/local/template/template.h"

struct environment_options {
    const char *runtime_api; /* host:port */
    const char *task_root;   /* absolute */
    const char *scratch;     /* TMPDIR: each instance has its own, where Lambda has /tmp */
    struct str region;
};

/* NAME=VALUE, NULL-terminated, in `arena`. */
char *const *environment_make(struct arena *arena, const struct function *f,
                              const struct environment_options *options);
