/*
 * What a model is asked to fill: the rows of `refined_enrichables` as the members of one flat
 * object, each a required text or list of texts; its JSON Schema, and that schema's view for
 * repairing an answer. Made once per slot.
 *
 * A member is named by the last two steps of its pointer ("narrative_spine.intro"), since providers
 * take 64 letters, digits, dots, dashes and underscores. Source: Anthropic, "Tool use", names;
 * OpenAI, "Structured outputs", supported schemas: all members required, no others allowed.
 */
#pragma once

#include "functions/refiner/refined.h"
#include "shared/schema/jsonschema/guide.h"

struct form {
    struct str names[REFINED_ENRICHABLE_COUNT];
    struct str schema; /* JSON */
    struct str fields; /* a line each, for the prompt: name, kind, bounds */
    struct jsonschema_guide guide;
};

/* `arena` holds what is made. A failure is a defect of ours. */
enum status form_init(struct ctx *cx, struct arena *arena, struct form *form) MUST_CHECK;
