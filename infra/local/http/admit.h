/*
 * Who may use what lies under /_/: the dashboard and its controls are for this machine alone. A
 * request from elsewhere, for another host name (DNS rebinding) or sent by a page of another origin
 * is refused.
 */
#pragma once

#include "infra/local/http/request.h"

/* False once it is answered with 403: it may not come from where it came. */
bool admit_local(struct request *request);
