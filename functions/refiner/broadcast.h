/*
 * Tells users what became of their refinements, through Supabase Realtime: each event of the outbox
 * is one message to the private topic "refiner:<user id>", at least once and in order. It is sent
 * after the answer has gone out; what could not be sent is taken up by the next call, for an hour.
 * Who reads one event twice tells it by `refinerId` and `sequence`.
 *
 *   SUPABASE_URL                https://<project>.supabase.co; empty: nobody is told
 *   SUPABASE_SERVICE_ROLE_KEY   its key, or with _SECRET_ARN after it where to fetch it
 *
 * Source: Supabase, "Realtime", Broadcast: POST /realtime/v1/api/broadcast with {"messages":
 * [{"topic","event","payload","private"}]} and the header `apikey`; 202.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/pg/pg.h"
#include "shared/secrets/secrets.h"

struct broadcast;

/*
 * `*broadcast` is NULL where it is not configured. `secrets` may be NULL, and is not owned.
 *
 * ERR_INTERNAL  SUPABASE_URL is neither https:// nor http:// on this machine
 */
enum status broadcast_new(struct ctx *cx, struct secrets *secrets,
                          struct broadcast **broadcast) MUST_CHECK;
void broadcast_free(struct broadcast *broadcast);
void broadcast_disconnect(struct broadcast *broadcast);

/* Sends what waits in the outbox. Logs what it cannot do. `broadcast` may be NULL. */
void broadcast_flush(struct ctx *cx, struct broadcast *broadcast, struct pg *pg);
