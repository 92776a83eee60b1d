/*
 * The emulator of Secrets Manager (tests/emulators/secrets/emulator.py) as a process of a test:
 * what it holds, and what it was asked. Region us-east-1; key id, key and token are all "local", as
 * the local gateway sets them.
 */
#pragma once

#include "shared/base/ctx.h"
#include "tests/support/emulator.h"

struct secrets_peer {
    char folder[64], url[64];
    char file_path[96], log_path[96];
    struct emulator emulator;
};

#define SECRETS_PEER_ARN(name)                                                                     \
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:" name "-AbCdEf"

void secrets_peer_start(struct secrets_peer *peer);
void secrets_peer_stop(struct secrets_peer *peer);
/* What it holds from now on: JSON as emulator.py says. */
void secrets_peer_put(const struct secrets_peer *peer, struct str json);
/* Requests so far that concern `arn` and ended in `outcome` ("value"; the start counts). */
int secrets_peer_count(struct ctx *cx, const struct secrets_peer *peer, const char *arn,
                       const char *outcome);
