/*
 * A caller's body with a few of its members changed and every other byte as it was: what a provider
 * of the caller's own protocol is sent. Members this gateway has never heard of get there, and so
 * do the spaces; prompt caches at the provider see the prefix that they know.
 *
 *   struct splice splice = splice_of(request);
 *   splice_set(&splice, STR("model"), STR("\"claude-haiku-4-5\""));
 *   splice_drop(&splice, STR("temperature"));
 *   out->body = splice_body(cx, &splice);
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"

enum { SPLICE_MAX_CHANGES = 12 };

struct splice_change {
    struct str key, json; /* empty `json`: the member goes */
};

struct splice {
    const struct llm_request *request; /* `root` is an object */
    struct splice_change changes[SPLICE_MAX_CHANGES];
    size_t count;
};

struct splice splice_of(const struct llm_request *request);

/* Gives a member of the outermost object this value; one that is not there is put in front. */
void splice_set(struct splice *splice, struct str key, struct str json);
/* Takes a member out, if it is there. */
void splice_drop(struct splice *splice, struct str key);

/*
 * The body, in the arena, with the request's own edits carried out too; one that lies in a member
 * that was set or dropped is left out. Without any change: `request->body` itself.
 */
struct str splice_body(struct ctx *cx, const struct splice *splice);
