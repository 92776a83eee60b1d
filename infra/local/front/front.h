/*
 * The gateway's own port: libmicrohttpd takes requests in; answers go out when they are there,
 * without a thread waiting.
 */
#pragma once

#include "infra/local/base/loop.h"
#include "infra/local/http/clients.h"
#include "infra/local/http/request.h"

enum {
    FRONT_MAX_HEAD_BYTES = 10240,            /* HTTP API quota: request line and headers */
    FRONT_MAX_BODY_BYTES = 10 * 1024 * 1024, /* HTTP API quota: payload */
};

struct front {
    const char *address;    /* to listen on: IPv4 */
    struct service service; /* with the port: 0 takes a free one */
    int listener;           /* libmicrohttpd's once it is open */
    struct MHD_Daemon *daemon;
    struct loop *loop;
    struct loop_source source;
    struct clients clients;
    struct arena arena; /* requests; they are used again */
    struct request *spare;
    int64_t due_ms; /* a request's timer may be due then */
    bool must_run;  /* something for libmicrohttpd to do, beside its descriptors */
};

/*
 * Takes the port, before anything else needs to know it: `address` and `service.port` must be set;
 * the port becomes the real one. ERR_INVALID: the address cannot be listened on.
 */
enum status front_listen(struct ctx *cx, struct front *front) MUST_CHECK;
/* After front_listen; `service` must be set. ERR_INVALID: libmicrohttpd refuses. */
enum status front_open(struct ctx *cx, struct front *front, struct loop *loop) MUST_CHECK;
/* Lets libmicrohttpd work; after every turn of the loop. */
void front_run(struct front *front);
/* Milliseconds until it wants to run, -1: when something comes. */
int front_timeout_ms(struct front *front);
/* Takes no more connections. */
void front_quiesce(struct front *front);
void front_close(struct front *front);
