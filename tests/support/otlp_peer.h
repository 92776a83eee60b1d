/*
 * The collector of traces (tests/emulators/otlp/collector.py) as a process of a test: what it
 * answers, and what it was sent.
 */
#pragma once

#include "shared/json/json.h"

#include <sys/types.h>

struct otlp_peer {
    char folder[64], url[64];
    pid_t pid;
};

void otlp_peer_start(struct otlp_peer *peer);
void otlp_peer_stop(struct otlp_peer *peer);
/* What it answers from now on: JSON as collector.py says; "{}" takes all. */
void otlp_peer_script(const struct otlp_peer *peer, const char *json);
/* Forgets what came. */
void otlp_peer_forget(const struct otlp_peer *peer);
/* How many requests came, and the line of the last one; NULL: none. */
size_t otlp_peer_requests(struct ctx *cx, const struct otlp_peer *peer, const struct json **last);
/* All that came, as text: for what must not be in it. */
struct str otlp_peer_log(struct ctx *cx, const struct otlp_peer *peer);
