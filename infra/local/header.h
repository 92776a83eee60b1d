/*
 * One HTTP header, as views.
 */
#pragma once

#include "shared/base/str.h"

struct header {
    struct str name, value;
};
