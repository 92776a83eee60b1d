/*
 * What of a SAM template is emulated, what is ignored because it makes no difference on one
 * machine, and what is refused: unknown names are refused, so that nothing is dropped in silence.
 * docs/local-gateway.md shows the same lists to people.
 * Source: AWS SAM Developer Guide, "AWS SAM resources and properties" (November 2026).
 */
#pragma once

#include "shared/base/str.h"

enum support { SUPPORT_REFUSED, SUPPORT_EMULATED, SUPPORT_IGNORED };

enum support support_resource(struct str type);
enum support support_function_property(struct str name);
enum support support_api_property(struct str name);
enum support support_http_event_property(struct str name);
enum support support_rest_api_property(struct str name);
enum support support_rest_event_property(struct str name);
/* Of a function's Events. */
enum support support_event(struct str type);
