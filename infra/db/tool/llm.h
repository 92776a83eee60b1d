/*
 * Who may call models, what may be spent, what was recorded: the commands `tenant`, `key`, `budget`
 * and `recording`. There is no HTTP for any of it, so that nobody can reach it who has not the
 * database's own rights.
 *
 *   tenant set NAME [--rpm N] [--tpm N]            makes it, or sets its limits; prints its id
 *   tenant suspend NAME | resume NAME | list
 *   key create TENANT NAME [options]               prints the key: once, and nowhere else
 *       --user UUID --models a,b --role caller|reader --rpm N --tpm N --expires-hours N
 *       --guard JSON --logs-content
 *   key rotate ID [--grace-hours N]                a successor with the same settings and lifetime;
 *                                                  the old one ends after 24 hours, or N
 *   key revoke ID                                  ends at once
 *   key list [TENANT]                              never the key, which nobody has
 *   budget set SCOPE WHOSE PERIOD USD              SCOPE key, user, tenant or global; PERIOD hour,
 *                                                  day, month or total; USD as in 12.50
 *   budget remove SCOPE WHOSE PERIOD | list
 *   recording list TENANT                          of keys with --logs-content: when, call, key
 *   recording get CALL                             the record, for `bootstrap --replay`
 *
 * TENANT is a name or an id. WHOSE is an id (of any key of a family, a user, a tenant's name), or
 * `all`: of each one who has none of their own, and of `global`, which has no id. Limits that are
 * not given are none. Changes count from the next call on.
 */
#pragma once

#include "shared/pg/pg.h"

/*
 * Runs `words[0] words[1] ...`, ended by NULL: "key", "create", ...
 *
 * ERR_INVALID    not such a command, or a value that is none; the words say which
 * ERR_NOT_FOUND  no such tenant, key, budget or recording
 */
enum status llm_command(struct ctx *cx, struct pg *pg, char **words) MUST_CHECK;

/* Dollars as written, "12.50", in nano-dollars; false if it is not that, or has more than nine
 * decimals. */
bool usd_parse(struct str text, int64_t *nano);
