/*
 * Formats as assertions: those of JSON Schema Validation (2020-12) section 7.3 but idn-hostname,
 * which wants Unicode's tables for IDNA and passes anything, as an unknown name does. Sources stand
 * beside each in format.c and format_net.c.
 */
#pragma once

#include "shared/base/ctx.h"

typedef bool format_fn(struct ctx *cx, struct str text);

/* NULL: no format of that name is known. */
format_fn *format_find(struct str name);

/* format_net.c's */
bool format_hostname(struct ctx *cx, struct str text);
bool format_email(struct ctx *cx, struct str text);
bool format_idn_email(struct ctx *cx, struct str text);
bool format_ipv4(struct ctx *cx, struct str text);
bool format_ipv6(struct ctx *cx, struct str text);
bool format_uri(struct ctx *cx, struct str text);
bool format_uri_reference(struct ctx *cx, struct str text);
bool format_iri(struct ctx *cx, struct str text);
bool format_iri_reference(struct ctx *cx, struct str text);
bool format_uri_template(struct ctx *cx, struct str text);
