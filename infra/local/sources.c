#include "infra/local/sources.h"

enum status sources_open(struct ctx *cx, struct sources *sources, struct pool *pool,
                         const struct template *t, const struct sources_options *options)
{
    *sources = (struct sources){0};
    if (options->reload) {
        TRY(reload_open(cx, &sources->reload, pool, t));
    }
    return OK;
}

void sources_close(struct sources *sources)
{
    reload_close(&sources->reload);
}
