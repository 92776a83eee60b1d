/*
 * What the dashboard is told, as JSON: the whole of the figures, and lines of the log.
 */
#pragma once

#include "infra/local/http/request.h"
#include "shared/base/buf.h"

/* If all of it does not fit, it comes without histograms, the words of errors, and what events and
 * schedules are made of. */
void dashboard_write_stats(const struct service *service, struct buf *out);
/* The lines after number `*seen`, at most 200 and what fits; moves `*seen`. False: there is none.
 */
bool dashboard_write_lines(const struct stats *stats, uint64_t *seen, struct buf *out);
