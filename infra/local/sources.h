/*
 * What acts on functions beside the HTTP front: changed bootstraps. One object, so that the
 * program's loop asks one place what is due.
 */
#pragma once

#include "infra/local/reload.h"

struct sources {
    struct reload reload;
};

struct sources_options {
    bool reload; /* notice changed bootstraps */
};

/* ERR_INTERNAL: the system refused a descriptor. The pool and the template must stay. */
enum status sources_open(struct ctx *cx, struct sources *sources, struct pool *pool,
                         const struct template *t,
                         const struct sources_options *options) MUST_CHECK;
void sources_close(struct sources *sources);
