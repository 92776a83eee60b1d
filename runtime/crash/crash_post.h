/*
 * The last requests of a process that has crashed: sent from a signal handler, on sockets alone.
 */
#pragma once

#include "runtime/core/error.h"
#include "runtime/core/slot.h"

/*
 * Claims every event that nobody has answered yet and posts the report for it; if `phase` is
 * not NULL, also to `phase_path`, through that slot. Then waits for Lambda's answers, up to half a
 * second in all. Over each slot's own connection, or over a new one where that has died; a new one
 * only to an address of digits. Tells how many went out. Survives slots that are destroyed.
 * `report` is of printable ASCII, its type one that Lambda keeps.
 */
size_t crash_post_all(const struct error_report *report, struct slot *phase,
                      const char *phase_path);
