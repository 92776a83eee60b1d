/*
 * Name-based UUIDs, version 5 (RFC 9562 section 5.5): the same name in the same namespace is always
 * the same id, so that a recipe keeps its id from one seeding to the next, on every machine.
 */
#pragma once

#include "shared/base/uuid.h"

struct uuid_namespace {
    unsigned char bytes[16];
};

/* As text, with a NUL. */
void uuid_v5(const struct uuid_namespace *space, struct str name,
             char out[static UUID_TEXT_LEN + 1]);
