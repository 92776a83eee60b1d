/*
 * What two requests must have in common to have one answer.
 */
#include "shared/llm/call/internal.h"

enum { MAX_FIXED_FIELDS = 16 };

/* Changes whenever what is hashed does. */
#define CACHE_VERSION   "llm cache 2"
#define REQUEST_VERSION "llm request 1"

struct fields {
    struct str *items;
    size_t count;
};

static void add(struct fields *fields, struct str value)
{
    fields->items[fields->count++] = value;
}

static void add_i64(struct ctx *cx, struct fields *fields, int64_t value)
{
    add(fields, arena_format(cx->arena, "%lld", (long long)value));
}

/* The same answer is given whole or as a stream. */
static bool is_form(struct str key)
{
    return str_eq(key, STR("stream")) || str_eq(key, STR("stream_options"));
}

/* Unless events cannot tell all of it: several answers, and how likely each word was. */
static bool has_one_form(const struct json *root)
{
    const struct json *logprobs = json_find(root, STR("logprobs"));
    int64_t choices = 1;
    (void)json_is_i64(json_find(root, STR("n")), &choices);
    return choices > 1 || (logprobs != NULL && logprobs->boolean);
}

static void add_members(struct fields *fields, const struct json *root)
{
    bool with_form = has_one_form(root);
    JSON_EACH (member, root) {
        if (with_form || !is_form(member->key)) {
            add(fields, member->key);
            add(fields, member->span);
        }
    }
}

/* Without a body of the caller's, what its first target would be sent says everything. */
static bool add_written(struct ctx *cx, const struct llm_call *call, struct fields *fields)
{
    const struct llm_target *target = llm_plan_target(&call->plan);
    const struct llm_wire *wire = llm_wire_find(target->provider->wire);
    struct llm_request request = *call->request;
    struct llm_wire_request sent = {0};
    request.stream = false;
    if (wire == NULL || wire->request(cx, target, &request, &sent) != OK) {
        err_clear(cx); /* it will fail again where it counts */
        return false;
    }
    add(fields, sent.path);
    add(fields, sent.body);
    return true;
}

static struct str chain_of(struct ctx *cx, const struct llm_route *route)
{
    struct buf chain = buf_in(cx->arena, SIZE_MAX);
    for (size_t i = 0; i < route->target_count; i++) {
        buf_add(&chain, llm_target_name(cx->arena, &route->targets[i]));
        buf_add_char(&chain, ',');
    }
    return buf_str(&chain);
}

static struct fields fields_new(struct ctx *cx, const struct llm_call *call)
{
    const struct json *root = call->request->root;
    size_t members = root != NULL ? root->count : 0;
    return (struct fields){.items =
                               ARENA_ARRAY(cx->arena, struct str, MAX_FIXED_FIELDS + 2 * members)};
}

bool llm_cache_key(struct ctx *cx, const struct llm_call *call, struct llm_digest *key)
{
    const struct llm_request *request = call->request;
    struct fields fields = fields_new(cx, call);
    add(&fields, STR(CACHE_VERSION));
    add(&fields, call->caller->tenant_id);
    add(&fields, call->caller->guard);
    add(&fields, call->route.alias);
    add(&fields, chain_of(cx, &call->route));
    add_i64(cx, &fields, (int64_t)request->protocol);
    add(&fields, request->api_version);
    add(&fields, request->beta);
    add(&fields, request->cache_suffix);
    add_i64(cx, &fields, llm_request_output_tokens(request));
    if (request->root != NULL) {
        add_members(&fields, request->root);
    } else if (!add_written(cx, call, &fields)) {
        return false;
    }
    llm_digest_of(fields.items, fields.count, key);
    return true;
}

void llm_request_digest(struct ctx *cx, const struct llm_call *call, struct llm_digest *digest)
{
    const struct llm_request *request = call->request;
    struct fields fields = fields_new(cx, call);
    add(&fields, STR(REQUEST_VERSION));
    add_i64(cx, &fields, (int64_t)request->protocol);
    add(&fields, request->model);
    add(&fields, request->api_version);
    add(&fields, request->beta);
    add(&fields, request->body);
    if (request->body.len == 0) {
        (void)add_written(cx, call, &fields);
    }
    llm_digest_of(fields.items, fields.count, digest);
}
