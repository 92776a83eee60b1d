/*
 * Which of a database's hosts is near: the one in the zone where this environment runs, so that a
 * query does not cross zones, which costs a millisecond and money.
 */
#pragma once

#include "shared/base/ctx.h"

/*
 * The URL for `zone_id` ("euc1-az1"; empty: not known): its host replaced by that zone's of
 * `hosts`, a list as in "euc1-az1=a.example euc1-az2=b.example". In `cx->arena`; `url` itself if
 * the list has no such zone. `url` is postgresql://user@host[:port]/database; the port stays.
 */
struct str nearest_url(struct ctx *cx, struct str url, struct str hosts, struct str zone_id);

/* ERR_INVALID  `hosts` is no such list; the words name the entry */
enum status nearest_hosts_check(struct ctx *cx, struct str hosts) MUST_CHECK;
