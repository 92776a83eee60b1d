/* dashboard.html, as it is when this is built. */
#pragma once

#include "shared/base/str.h"

struct str dashboard_page(void);
