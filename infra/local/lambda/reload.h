/*
 * Notices a bootstrap that is written anew or renamed into its place, over inotify(7), so that the
 * next event meets the new program. The folder of all bootstraps must stay; those of the functions
 * may come and go. What a symbolic link points to is not watched.
 */
#pragma once

#include "infra/local/lambda/pool.h"

struct reload {
    struct pool *pool;
    const struct template *template;
    struct loop_source source;
    int root;                            /* the watch of the folder of all bootstraps */
    int watches[TEMPLATE_MAX_FUNCTIONS]; /* of each function's folder; -1: it has none now */
    bool half_written[TEMPLATE_MAX_FUNCTIONS];
};

/* ERR_INTERNAL: the system has no watch left. The pool and the template must stay. */
enum status reload_open(struct ctx *cx, struct reload *reload, struct pool *pool,
                        const struct template *t) MUST_CHECK;
/* Also for one that was never opened, all zeros. */
void reload_close(struct reload *reload);
