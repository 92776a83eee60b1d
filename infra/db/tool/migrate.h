/*
 * Migrations: the files NNNNNNNNNNNNNN_name.sql of a folder, applied in the order of their numbers,
 * each in one transaction of its own, once. What was applied stands in public.schema_migrations
 * with a SHA-256 of its file. Forward only: a file that changed after it was applied, and a new one
 * numbered before the newest applied, are errors found before anything is done.
 */
#pragma once

#include "shared/pg/pg.h"

/*
 * Applies what is not applied yet and prints a line each to standard output. Two at a time wait for
 * each other.
 *
 * ERR_CONFLICT  a changed file, a file out of order, one applied that the folder lacks
 * ERR_INVALID   a file in the folder that is no migration, or a migration that the server refuses
 * ERR_UNAVAILABLE
 *     a table that a migration changes was in use for 3 s, so that the rest did not wait behind it;
 *     those before it stand: try again
 */
enum status migrate(struct ctx *cx, struct pg *pg, const char *folder) MUST_CHECK;
/* Prints each migration, and whether it is applied, pending, changed or unknown to the folder. */
enum status migrate_status(struct ctx *cx, struct pg *pg, const char *folder) MUST_CHECK;
