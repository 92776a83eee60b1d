/*
 * JSON trees for tests: made at random, written with the writer, compared.
 */
#pragma once

#include "shared/json/json.h"

/* At most `max_depth` containers deep; the keys of one object differ. */
const struct json *tree_random(struct arena *arena, uint64_t *state, unsigned max_depth);
/* Writes `tree` with the writer's own calls; numbers as they were written. */
void tree_write(struct json_writer *w, const struct json *tree);
/* Types, texts, keys, order, and number of children; not the spans. */
bool tree_eq(const struct json *a, const struct json *b);
