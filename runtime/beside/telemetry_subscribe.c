/*
 * The subscription that makes Lambda send.
 */
#include "runtime/beside/extension.h"
#include "runtime/beside/telemetry_wire.h"

#include "shared/json/json.h"

static bool is_within(int64_t value, int64_t min, int64_t max)
{
    return value == 0 || (value >= min && value <= max);
}

static enum status subscription_check(struct ctx *cx, const struct telemetry_subscription *s)
{
    const unsigned known = TELEMETRY_PLATFORM | TELEMETRY_FUNCTION | TELEMETRY_EXTENSION;
    if (s->types == 0 || (s->types & ~known) != 0) {
        return fail(cx, ERR_INVALID, "telemetry: types are some of platform, function, extension");
    }
    if (s->max_bytes > MIB(1) || !is_within((int64_t)s->max_bytes, KIB(256), MIB(1))) {
        return fail(cx, ERR_INVALID, "telemetry: max_bytes is 256 KiB to 1 MiB");
    }
    if (s->max_items > 10000 || !is_within((int64_t)s->max_items, 1000, 10000)) {
        return fail(cx, ERR_INVALID, "telemetry: max_items is 1000 to 10000");
    }
    if (!is_within(s->timeout_ms, 25, 30000)) {
        return fail(cx, ERR_INVALID, "telemetry: timeout_ms is 25 to 30000");
    }
    return OK;
}

static void write_buffering(struct json_writer *w, const struct telemetry_subscription *s)
{
    const struct {
        const char *name;
        int64_t value;
    } limits[] = {{"maxBytes", (int64_t)s->max_bytes},
                  {"maxItems", (int64_t)s->max_items},
                  {"timeoutMs", s->timeout_ms}};
    json_member_object(w, "buffering");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        if (limits[i].value > 0) {
            json_member_i64(w, limits[i].name, limits[i].value);
        }
    }
    json_object_end(w);
}

static struct str subscription_body(struct ctx *cx, const struct telemetry_listener *listener,
                                    const struct telemetry_subscription *s)
{
    static const char *const names[] = {"platform", "function", "extension"};
    struct buf body = buf_in(cx->arena, KIB(4));
    struct json_writer w = json_writer_on(&body);
    struct str host = telemetry_host(listener);
    bool is_v6 = str_find_char(host, ':') != SIZE_MAX;
    json_object_begin(&w);
    json_member_cstr(&w, "schemaVersion", "2025-01-29");
    json_member_array(&w, "types");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if ((s->types >> i & 1U) != 0) {
            json_cstr(&w, names[i]);
        }
    }
    json_array_end(&w);
    if (s->max_bytes > 0 || s->max_items > 0 || s->timeout_ms > 0) {
        write_buffering(&w, s);
    }
    json_member_object(&w, "destination");
    json_member_cstr(&w, "protocol", "HTTP");
    json_member_str(&w, "URI",
                    arena_format(cx->arena, "http://%s" STR_FMT "%s:%u", is_v6 ? "[" : "",
                                 STR_ARG(host), is_v6 ? "]" : "",
                                 (unsigned)telemetry_port(listener)));
    json_object_end(&w);
    json_object_end(&w);
    return buf_str(&body);
}

enum status telemetry_subscribe(struct ctx *cx, struct extension *extension,
                                const struct telemetry_listener *listener,
                                const struct telemetry_subscription *subscription)
{
    TRY(subscription_check(cx, subscription));
    struct api_answer answer = {.max_body_bytes = EXTENSION_MAX_ANSWER_BYTES};
    const struct api_request request = {
        .path = STR("/telemetry"),
        .method = API_PUT,
        .headers = {{EXTENSION_ID_HEADER, extension->id},
                    {STR("Content-Type"), STR("application/json")}},
        .body = subscription_body(cx, listener, subscription),
    };
    struct str base = extension->api.base;
    extension->api.base = STR("/2022-07-01");
    enum status status = api_exchange(cx, &extension->api, &request, &answer);
    extension->api.base = base;
    if (status != OK) {
        return status;
    }
    if (answer.status == 202) {
        return fail(cx, ERR_NOT_FOUND, "telemetry: there is none in this environment");
    }
    return answer.status == 200 ? OK : extension_refusal(cx, "subscribing to telemetry", &answer);
}
