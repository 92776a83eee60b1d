/*
 * A schema's view of a shape, for reading JSON that is broken (shared/json/repair.h): which types a
 * place may have, which members are known. It follows `type`, `enum`, `const`, `properties`,
 * `additionalProperties`, `items`, `prefixItems` and references within the document; what else a
 * schema says guides nothing, so that no guess rests on it.
 */
#pragma once

#include "shared/json/repair.h"
#include "shared/schema/jsonschema/jsonschema.h"

struct jsonschema_guide {
    struct json_guide guide; /* for json_repair_options; refers to this struct, which must stay */
    const struct json *document;
    const struct jsonschema *compiled; /* the same, for judging several candidates */
};

void jsonschema_guide_init(struct jsonschema_guide *guide, const struct json *document,
                           const struct jsonschema *compiled);
