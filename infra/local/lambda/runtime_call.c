#include "infra/local/lambda/runtime_call.h"

#include <stdio.h>

struct str call_field(const struct call *c, struct str name)
{
    for (size_t i = 0; i < c->conn->head.header_count; i++) {
        if (str_eq_nocase(c->conn->head.headers[i].name, name)) {
            return c->conn->head.headers[i].value;
        }
    }
    return (struct str){0};
}

void call_accept(const struct call *c)
{
    runtime_conn_answer(c->conn, 202, STR(""), STR("{\"status\":\"OK\"}\n"));
}

void call_refuse(const struct call *c, int status, const char *type, const char *words)
{
    char body[512];
    struct str target = c->conn->head.target;
    instance_complain(c->instance, "refused %.*s " STR_FMT " with %d %s: %s",
                      (int)c->conn->head.method.len, c->conn->head.method.ptr,
                      STR_ARG(str_slice(target, 0, 200)), status, type, words);
    int len = snprintf(body, sizeof(body), "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}\n",
                       words, type);
    runtime_conn_answer(c->conn, status, STR(""), (struct str){.ptr = body, .len = (size_t)len});
}

bool call_type_is_good(struct str type, struct str category)
{
    struct str name = type;
    bool good = str_skip_prefix(&name, category) && str_skip_prefix(&name, STR(".")) &&
                name.len > 0 && type.len < 64 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
    for (size_t i = 0; i < name.len && good; i++) {
        good = (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
               (name.ptr[i] >= 'a' && name.ptr[i] <= 'z');
    }
    return good;
}

struct str call_error(const struct call *c, const char *type)
{
    if (c->body.len > 0) {
        return c->body;
    }
    return arena_format(&c->conn->arena, "{\"errorType\":\"%s\",\"errorMessage\":\"\"}", type);
}
