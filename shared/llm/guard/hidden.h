/*
 * Text that a person does not see and a model reads: tag characters (Unicode 16, section 23.9)
 * unless they make a region's flag, overrides of the writing direction (UAX #9), and runs of
 * characters without width.
 */
#pragma once

#include "shared/base/str.h"

bool text_hides(struct str text);
