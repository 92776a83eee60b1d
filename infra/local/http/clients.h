/*
 * Who is connected to the gateway's port. libmicrohttpd (0.9.75) hears of edges only: an end that
 * comes with the last bytes it reads passes unheard, and the connection stays until it times out. A
 * thousand clients that hang up within their request would leave no room for others. So each second
 * those that are owed no answer are looked at, and one that has hung up is shut, which it hears.
 */
#pragma once

#include "infra/local/http/request.h"

struct client {
    struct client *next, **link; /* link: what points here */
    struct request *request;     /* NULL: between two */
    int fd;                      /* libmicrohttpd's */
};

struct clients {
    struct arena arena; /* clients; they are used again */
    struct client *first, *spare;
    int64_t due_us;
};

void clients_init(struct clients *clients);
void clients_deinit(struct clients *clients);
struct client *client_add(struct clients *clients, int fd);
void client_remove(struct clients *clients, struct client *client);
/* Looks at them if it is time to. */
void clients_check(struct clients *clients);
/* Milliseconds until the next look, -1: nobody is connected. */
int clients_timeout_ms(const struct clients *clients);
