/*
 * The output's JSON Schema (schemas/refined.schema.json, draft 2020-12), compiled into the program.
 * It judges the whole answer, `_metadata` included, which it leaves open.
 */
#pragma once

#include "shared/schema/jsonschema/jsonschema.h"

/* The document's text. */
struct str refined_schema_text(void);

/* Compiled into `arena`, once per slot. A failure is a defect of ours. */
enum status refined_schema_compile(struct ctx *cx, struct arena *arena,
                                   const struct jsonschema **schema) MUST_CHECK;
