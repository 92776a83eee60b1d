#include "infra/local/http/clients.h"

#include "shared/base/clock.h"

#include <sys/socket.h>

enum { LOOK_EVERY_MS = 1000 };

void clients_init(struct clients *clients)
{
    *clients = (struct clients){0};
    arena_init(&clients->arena, 0);
}

void clients_deinit(struct clients *clients)
{
    arena_deinit(&clients->arena);
}

struct client *client_add(struct clients *clients, int fd)
{
    struct client *client = clients->spare;
    if (client != NULL) {
        clients->spare = client->next;
    } else {
        client = ARENA_NEW(&clients->arena, struct client);
    }
    *client = (struct client){.next = clients->first, .link = &clients->first, .fd = fd};
    if (client->next != NULL) {
        client->next->link = &client->next;
    }
    clients->first = client;
    return client;
}

void client_remove(struct clients *clients, struct client *client)
{
    *client->link = client->next;
    if (client->next != NULL) {
        client->next->link = client->link;
    }
    client->next = clients->spare;
    clients->spare = client;
}

/* It may have ended its half on purpose, and wait for the answer. */
static bool is_owed_an_answer(const struct client *client)
{
    return client->request != NULL && client->request->phase >= REQUEST_WAITING;
}

static bool has_hung_up(const struct client *client)
{
    char byte;
    return recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void clients_check(struct clients *clients)
{
    int64_t now_us = clock_mono_us();
    if (now_us < clients->due_us) {
        return;
    }
    clients->due_us = now_us + (int64_t)LOOK_EVERY_MS * 1000;
    for (const struct client *it = clients->first; it != NULL; it = it->next) {
        if (!is_owed_an_answer(it) && has_hung_up(it)) {
            (void)shutdown(it->fd, SHUT_RDWR);
        }
    }
}

int clients_timeout_ms(const struct clients *clients)
{
    int64_t left_us = clients->due_us - clock_mono_us();
    if (clients->first == NULL) {
        return -1;
    }
    return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}
