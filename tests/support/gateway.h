/*
 * The whole of it as `make run` has it, for tests: the released gateway with the real template.yaml
 * and the released bootstraps on a free port, in front of a database of the test's choice. The key
 * pair is made by clambda-token for this gateway alone; tokens are signed with it here.
 *
 * Programs come from build/release; CLAMBDA_BUILD names another build folder. Run from the root.
 */
#pragma once

#include "shared/base/ctx.h"
#include "tests/support/http_call.h"

#include <sys/types.h>

struct signing_key;

struct gateway {
    char folder[64]; /* keys and the log; goes away at the end */
    char log_path[96];
    char url[64]; /* http://127.0.0.1:port */
    pid_t pid;
};

struct gateway_options {
    const char *database_url;
    int timeout_s;        /* of the functions; 0: as template.yaml says */
    const char *env_vars; /* a file of variables, which win over the template's; NULL: none */
};

/* Fails the test with the end of the gateway's log if it does not listen. */
void gateway_start(struct gateway *gateway, const struct gateway_options *options);
/* Ends the gateway, and so its bootstraps; waits for it, and removes its folder. */
void gateway_stop(struct gateway *gateway);

/* Claims that the functions accept; a test spoils what it wants refused. */
struct token_wish {
    struct str user_id;
    struct str issuer, audience, role; /* empty: the right ones */
    int64_t expires_in_s;              /* 0: an hour */
    const struct signing_key *key;     /* NULL: the gateway's */
};
/* "Bearer ..." */
struct str gateway_bearer(struct ctx *cx, const struct gateway *gateway,
                          const struct token_wish *wish);

/* One request to `path` ("/plan-generator"); `authorization` and `body` may be empty. */
void gateway_ask(struct ctx *cx, const struct gateway *gateway, const char *method,
                 const char *path, struct str authorization, struct str body,
                 struct http_result *result);

/* What the gateway and its functions have logged so far. */
struct str gateway_log(struct ctx *cx, const struct gateway *gateway);
