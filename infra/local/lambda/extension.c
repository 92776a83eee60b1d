#include "infra/local/lambda/extension.h"

#include "infra/local/lambda/runtime_conn.h"

struct extension *extension_find_id(struct extensions *all, struct str id)
{
    for (size_t i = 0; i < all->count; i++) {
        if (str_eq(str_from_cstr(all->items[i].id), id)) {
            return &all->items[i];
        }
    }
    return NULL;
}

struct extension *extension_find_name(struct extensions *all, struct str name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (str_eq(all->items[i].name, name)) {
            return &all->items[i];
        }
    }
    return NULL;
}

struct extension *extension_add(struct extensions *all, struct str name, bool wants_invoke)
{
    struct extension *extension = &all->items[all->count++];
    *extension = (struct extension){.name = name, .wants_invoke = wants_invoke};
    uuid_v4(extension->id);
    return extension;
}

bool extensions_are_ready(const struct extensions *all)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!all->items[i].is_ready && !all->items[i].has_left) {
            return false;
        }
    }
    return true;
}

void extensions_send(struct extensions *all, struct str event)
{
    for (size_t i = 0; i < all->count; i++) {
        struct extension *it = &all->items[i];
        struct runtime_conn *conn = it->parked;
        if (it->wants_invoke && conn != NULL) {
            char id[UUID_TEXT_LEN + 1];
            uuid_v4(id);
            it->parked = NULL;
            it->is_ready = false;
            runtime_conn_answer(
                conn, 200,
                arena_format(&conn->arena, "Lambda-Extension-Event-Identifier: %s\r\n", id), event);
        }
    }
}

void extensions_forget(struct extensions *all, const struct runtime_conn *conn)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].parked == conn) {
            all->items[i].parked = NULL;
        }
    }
}
