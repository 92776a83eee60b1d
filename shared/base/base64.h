/*
 * RFC 4648: base64 with padding, and base64url without. Decoding is strict: no blanks, no missing
 * or surplus padding, no stray bits in the last character, so that each value has one spelling.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/str.h"

struct str base64_encode(struct arena *arena, struct str bytes);
/* At the end of `out`. */
void base64_encode_to(struct buf *out, struct str bytes);
struct str base64url_encode(struct arena *arena, struct str bytes);
/* False if `text` is not strict base64 (base64url); `*bytes` points into the arena. */
bool base64_decode(struct arena *arena, struct str text, struct str *bytes) MUST_CHECK;
bool base64url_decode(struct arena *arena, struct str text, struct str *bytes) MUST_CHECK;
