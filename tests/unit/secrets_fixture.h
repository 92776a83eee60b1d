/*
 * What the tests of shared/secrets share: the emulator before which they run, which their group
 * starts and stops, and what one of them opens.
 */
#pragma once

#include "shared/secrets/secrets.h"

#include "tests/support/check.h"
#include "tests/support/secrets_peer.h"

#include <stdlib.h>

#define NOW INT64_C(1800000000000)

static struct secrets_peer peer;

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct http *http;
    struct secrets *secrets;
};

static inline void world_open(struct world *w)
{
    *w = (struct world){.http = http_new(NULL)};
    w->secrets = secrets_new(w->http);
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
}

static inline void world_close(struct world *w)
{
    secrets_free(w->secrets);
    http_free(w->http);
    test_ctx_close(&w->t);
    assert_int_equal(unsetenv("SECRETS_EXTENSION"), 0); /* what a test may have set */
}

static inline enum status get(struct world *w, const char *arn, int64_t now_ms, struct str *value)
{
    const struct secret *secret = NULL;
    *value = (struct str){0};
    err_clear(w->cx);
    TRY(secrets_get(w->cx, w->secrets, str_from_cstr(arn), now_ms, &secret));
    *value = secret_reveal(secret);
    return OK;
}

static inline void put(const char *json)
{
    secrets_peer_put(&peer, str_from_cstr(json));
}
