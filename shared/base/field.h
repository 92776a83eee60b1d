/*
 * What HTTP's fields may be made of, so that nothing in them ends their line. Source: RFC 9110
 * sections 5.5 and 5.6.2.
 */
#pragma once

#include "shared/base/str.h"

/* A field's name, or a method: letters, digits and !#$%&'*+-.^_`|~, at least one. */
bool field_is_token(struct str name);
/* What a field's value may hold: text, blanks, tabs, bytes past ASCII. True of an empty one. */
bool field_is_value(struct str value);
/* Of these the ones that every server takes: ASCII without controls. True of an empty one. */
bool field_is_printable(struct str value);
/* And without blanks: ids, addresses and tokens of ours. True of an empty one. */
bool field_is_visible(struct str value);
