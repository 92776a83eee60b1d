/*
 * Patterns against paths: pattern, second pattern, method, path, origin, one a line. A pattern
 * comes from a programmer, a path from anybody; neither may break the router.
 */
#include "runtime/http/router.h"
#include "shared/base/utf8.h"
#include "shared/log/log.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>

static void be_quiet(void)
{
    static int nowhere = -1;
    if (nowhere < 0) {
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        log_to(nowhere);
    }
}

static enum status handler(struct ctx *cx, const struct http_event *event,
                           const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)cx, (void)event, (void)app;
    for (size_t i = 0; i < params->count; i++) {
        FUZZ_CHECK(params->items[i].name.len > 0 && params->items[i].value.len > 0);
        FUZZ_CHECK(http_param(params, params->items[i].name).ptr != NULL);
    }
    answer->status = 200;
    answer->body = STR("{}");
    return OK;
}

static struct str line(struct str *rest)
{
    struct str part = {0};
    (void)str_split_next(rest, '\n', &part);
    return part;
}

/* A path that is made from a text's own bytes matches that text. */
static void check_text(struct ctx *cx, struct str pattern, struct str path)
{
    struct http_params params = {0};
    bool has_braces = str_find_char(pattern, '{') != SIZE_MAX;
    if (router_pattern_match(cx->arena, pattern, path, false, &params)) {
        FUZZ_CHECK(params.count <= pattern.len);
        for (size_t i = 0; i < params.count; i++) {
            FUZZ_CHECK(utf8_is_valid(params.items[i].value));
        }
        FUZZ_CHECK(router_pattern_cmp(pattern, pattern) == 0);
        FUZZ_CHECK(has_braces || params.count == 0);
    }
    if (!has_braces && str_has_prefix(pattern, STR("/"))) {
        FUZZ_CHECK(router_pattern_match(cx->arena, pattern, pattern, true, &params));
    }
}

static size_t count_of(const struct http_answer *answer, struct str name)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->header_count; i++) {
        count += str_eq(answer->headers[i].name, name);
    }
    return count;
}

static void check_answer(const struct http_event *event, const struct http_answer *answer)
{
    bool is_head = str_eq(event->method, STR("HEAD"));
    FUZZ_CHECK(answer->status == 200 || answer->status == 204 || answer->status == 404 ||
               answer->status == 405);
    FUZZ_CHECK(answer->status != 405 || count_of(answer, STR("allow")) == 1);
    FUZZ_CHECK(!is_head || answer->body.len == 0);
    FUZZ_CHECK(is_head || answer->status == 204 || answer->body.len > 0);
    FUZZ_CHECK(count_of(answer, STR("vary")) == 1);
    FUZZ_CHECK(count_of(answer, STR("access-control-allow-origin")) <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str origins[] = {STR_INIT("https://a.example"), STR_INIT("x")};
    struct fuzz_ctx f;
    be_quiet();
    fuzz_open(&f);
    struct str rest = fuzz_str(data, size);
    struct str first = line(&rest);
    struct str second = line(&rest);
    struct str method = line(&rest);
    struct str path = line(&rest);
    const struct http_header headers[] = {
        {STR("origin"), line(&rest)},
        {STR("access-control-request-method"), STR("GET")},
    };
    check_text(&f.cx, first, path);
    int order = router_pattern_cmp(first, second);
    int reverse = router_pattern_cmp(second, first);
    FUZZ_CHECK((order < 0) == (reverse > 0) && (order == 0) == (reverse == 0));

    const struct http_route routes[] = {
        {STR("GET"), first, handler},
        {method, second, handler},
        {STR("POST"), STR("/{rest+}"), handler},
    };
    const struct http_cors cors = {.origins = origins, .origin_count = 2, .credentials = true};
    const struct http_router router = {
        .routes = routes, .route_count = 3, .base_path = second, .cors = &cors};
    for (int format = HTTP_V2; format <= HTTP_ALB; format++) {
        struct http_event event = {.format = (enum http_format)format,
                                   .method = method,
                                   .path = path,
                                   .stage = STR("s"),
                                   .headers = headers,
                                   .header_count = 2};
        struct http_answer answer;
        http_router_answer(&f.cx, &router, &event, &answer, NULL);
        check_answer(&event, &answer);
    }
    fuzz_close(&f);
    return 0;
}
