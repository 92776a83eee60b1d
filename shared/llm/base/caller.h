/*
 * On whose behalf a model is called: the identity that row security sees, and what it may do.
 */
#pragma once

#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct llm_caller {
    struct str tenant_id;  /* UUID; of a user without a tenant: the user's own */
    struct str user_id;    /* UUID; empty: a key that belongs to no user */
    struct str key_id;     /* UUID of the virtual key; empty: a JWT */
    struct str key_family; /* UUID that a key shares with those it replaces: limits hang on it */
    struct str claims; /* JSON for request.jwt.claims: sub, app_metadata.tenant_id, key_id, ... */
    const struct str *models; /* aliases and ids it may use; none: all */
    size_t model_count;
    bool logs_content; /* the key's own switch: request and answer are recorded */
    struct str guard;  /* the key's guard settings, JSON (guard.h); empty: the default ones */
};
