/*
 * The emulator of model providers (tests/emulators/providers/emulator.py) as a process of a test:
 * what it is to do wrong, and what it was asked. Base URLs are `url` and "/openai", "/anthropic",
 * "/replicate", "/bedrock". Keys that it knows have "emu" in them; a test uses one of its own, and
 * so shares the emulator with others. For Bedrock: region us-east-1, secret key and session token
 * "local", a key id such as "AKIDEMU1".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"
#include "tests/support/emulator.h"

struct provider_peer {
    char url[64];
    char log_path[64];
    struct emulator emulator;
};

void provider_peer_start(struct provider_peer *peer);
void provider_peer_stop(struct provider_peer *peer);

/*
 * What requests with this key meet from now on, one step after the other: a JSON array, as
 * script.py says. `model` may be NULL: any. Replaces the script that was there.
 */
void provider_peer_script(struct ctx *cx, const struct provider_peer *peer, const char *key,
                          const char *model, const char *steps);
/* What was posted to URL/_emu/sink/...: {"sunk":[{"path":..,"headers":..,"body":..},..]} */
struct str provider_peer_sunk(struct ctx *cx, const struct provider_peer *peer);
/* Forgets the key's scripts and what it asked; NULL: of all keys. */
void provider_peer_reset(struct ctx *cx, const struct provider_peer *peer, const char *key);

/* Requests of a key (NULL: of all). */
struct provider_count {
    int64_t requests;     /* polls, cancels and lists too */
    int64_t attempts;     /* that ask a model */
    int64_t billed;       /* of these: answered */
    int64_t maybe_billed; /* of these: taken, and not answered */
};
struct provider_count provider_peer_count(struct ctx *cx, const struct provider_peer *peer,
                                          const char *key);
/* The journal as it stands: {"requests":..,"entries":[{"model":..,"body":..,"outcome":..},..]} */
const struct json *provider_peer_journal(struct ctx *cx, const struct provider_peer *peer,
                                         const char *key);
