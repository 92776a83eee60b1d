#include "tests/support/provider_peer.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "tests/support/check.h"
#include "tests/support/http_call.h"

#include <unistd.h>

enum { URL_MAX = 256, BODY_MAX = 65536 };

void provider_peer_start(struct provider_peer *peer)
{
    static const char *const arguments[] = {"tests/emulators/providers/emulator.py", NULL};
    *peer = (struct provider_peer){.log_path = "/tmp/clambda-providers.XXXXXX"};
    int fd = mkstemp(peer->log_path);
    assert_true(fd >= 0);
    (void)close(fd);
    if (!emulator_start(&peer->emulator, arguments, peer->log_path)) {
        provider_peer_stop(peer);
        CHECK_FAILED("the emulator of the providers did not start\n");
    }
    (void)snprintf(peer->url, sizeof peer->url, "%s", peer->emulator.url);
}

void provider_peer_stop(struct provider_peer *peer)
{
    emulator_kill(&peer->emulator);
    (void)unlink(peer->log_path);
}

/* The answer's body, which must be that of a 200. */
static struct str control(struct ctx *cx, const struct provider_peer *peer, const char *method,
                          const char *path, const char *key, struct str body)
{
    char url[URL_MAX];
    struct http_result result;
    (void)snprintf(url, sizeof url, "%s/_emu/%s%s%s", peer->url, path,
                   key == NULL ? "" : "?key=", key == NULL ? "" : key);
    http_call(cx, &(struct http_call){.method = method, .url = url, .body = body}, &result);
    if (result.status != 200) {
        CHECK_FAILED("%s: HTTP %d " STR_FMT "\n", url, result.status, STR_ARG(result.body));
    }
    return result.body;
}

void provider_peer_script(struct ctx *cx, const struct provider_peer *peer, const char *key,
                          const char *model, const char *steps)
{
    struct buf body = buf_in(cx->arena, BODY_MAX);
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_cstr(&w, "key", key);
    if (model != NULL) {
        json_member_cstr(&w, "model", model);
    }
    json_member_raw(&w, "steps", str_from_cstr(steps));
    json_object_end(&w);
    assert_false(body.full);
    (void)control(cx, peer, "POST", "script", NULL, buf_str(&body));
}

void provider_peer_reset(struct ctx *cx, const struct provider_peer *peer, const char *key)
{
    (void)control(cx, peer, "POST", "reset", key, STR("{}"));
}

struct str provider_peer_sunk(struct ctx *cx, const struct provider_peer *peer)
{
    return control(cx, peer, "GET", "sink", NULL, (struct str){0});
}

const struct json *provider_peer_journal(struct ctx *cx, const struct provider_peer *peer,
                                         const char *key)
{
    const struct json *root = NULL;
    CHECK_STATUS(
        cx, json_read(cx, control(cx, peer, "GET", "journal", key, (struct str){0}), NULL, &root),
        OK);
    return root;
}

static int64_t count_of(const struct json *root, const char *name)
{
    int64_t value = -1;
    assert_true(json_is_i64(json_find(root, str_from_cstr(name)), &value));
    return value;
}

struct provider_count provider_peer_count(struct ctx *cx, const struct provider_peer *peer,
                                          const char *key)
{
    const struct json *root = NULL;
    CHECK_STATUS(
        cx, json_read(cx, control(cx, peer, "GET", "count", key, (struct str){0}), NULL, &root),
        OK);
    return (struct provider_count){
        .requests = count_of(root, "requests"),
        .attempts = count_of(root, "attempts"),
        .billed = count_of(root, "billed"),
        .maybe_billed = count_of(root, "maybe_billed"),
    };
}
