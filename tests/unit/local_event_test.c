/*
 * Events against golden files: tests/cases/local/events/<case>/input is a request (line, headers,
 * an empty line, the body), want the event in format 2.0, one line of JSON; events-v1 has those of
 * format 1.0.
 */
#include "tests/support/check.h"

#include "infra/local/http/event_v1.h"
#include "infra/local/http/event_v2.h"
#include "shared/base/file.h"

#include <dirent.h>

static const char FOLDER_V2[] = "tests/cases/local/events";
static const char FOLDER_V1[] = "tests/cases/local/events-v1";

static void add_route(struct route *route, struct str method, const char *path, const char *key)
{
    const char *why = NULL;
    *route = (struct route){.key = str_from_cstr(key), .method = method};
    if (path == NULL) {
        route->is_default = true;
    } else if (!route_parse_path(route, str_from_cstr(path), &why)) {
        CHECK_FAILED("%s: %s\n", path, why);
    }
}

static struct route *routes(struct arena *arena, size_t *count)
{
    struct route *all = ARENA_ARRAY(arena, struct route, 4);
    add_route(&all[0], STR("GET"), "/health", "GET /health");
    add_route(&all[1], STR("GET"), "/plans/{id}", "GET /plans/{id}");
    add_route(&all[2], STR("ANY"), "/files/{path+}", "ANY /files/{path+}");
    add_route(&all[3], STR("ANY"), NULL, "$default");
    *count = 4;
    return all;
}

/* "GET /a?b\nName: value\n\nbody" */
static struct event_request request_read(struct arena *arena, struct str input)
{
    struct header *headers = ARENA_ARRAY(arena, struct header, 16);
    struct event_request event = {.headers = headers};
    struct str line;
    assert_true(str_split_next(&input, '\n', &line));
    assert_true(str_split_next(&line, ' ', &event.method));
    assert_true(str_split_next(&line, '?', &event.path));
    event.raw_query = line;
    while (str_split_next(&input, '\n', &line) && line.len > 0) {
        size_t colon = str_find_char(line, ':');
        headers[event.header_count++] = (struct header){
            .name = str_slice(line, 0, colon),
            .value = str_trim(str_slice(line, colon + 1, line.len)),
        };
    }
    event.body = input;
    return event;
}

static void read_case(struct ctx *cx, const char *folder, const char *name, const char *file,
                      struct str *text)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
    CHECK_STATUS(cx, file_read(cx, path, KIB(64), text), OK);
}

/* The request as a route takes it, with what the gateway knows beside. */
static struct event_request event_of(struct arena *arena, struct str input,
                                     struct route_match *match)
{
    size_t count = 0;
    const struct route *all = routes(arena, &count);
    struct event_request event = request_read(arena, input);
    route_find(arena, all, count, event.method, event.path, match);
    assert_non_null(match->route);
    event.match = match;
    event.protocol = STR("HTTP/1.1");
    event.source_ip = STR("192.0.2.7");
    event.host = header_find(event.headers, event.header_count, STR("HOST"));
    event.request_id = STR("JKJaXmPLvHcESHA=");
    event.trace_id = STR("Root=1-6b0036c0-000000000000000000000001");
    event.account_id = STR("123456789012");
    event.api_id = STR("local");
    event.stage = STR("$default");
    event.port = 9000;
    event.time_ms = 1795176000000;
    return event;
}

static void write_v2(struct arena *arena, struct str input, struct buf *out)
{
    struct route_match match;
    struct event_request event = event_of(arena, input, &match);
    event_v2_write(arena, &event, out);
}

/* images are binary, as an API with BinaryMediaTypes: [image~1png] has it. */
static void write_v1(struct arena *arena, struct str input, struct buf *out)
{
    static const struct env_var variables[] = {{STR_INIT("color"), STR_INIT("blue")}};
    struct route_match match;
    struct event_request event = event_of(arena, input, &match);
    struct str type = header_find(event.headers, event.header_count, STR("content-type"));
    event.extended_id = event.request_id;
    event.request_id = STR("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    event.api_id = STR("localrest");
    event.stage = STR("prod");
    event.stage_variables = variables;
    event.stage_variable_count = str_has_prefix(event.path, STR("/plans/")) ? 1 : 0;
    event.is_binary = str_eq(type, STR("image/png"));
    event_v1_write(arena, &event, out);
}

typedef void write_fn(struct arena *arena, struct str input, struct buf *out);

static void check_case(const char *folder, const char *name, write_fn *write)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str input;
    struct str want;
    read_case(&t.cx, folder, name, "input", &input);
    read_case(&t.cx, folder, name, "want", &want);
    struct buf out = buf_in(&t.arena, EVENT_MAX_BYTES);
    write(&t.arena, input, &out);
    CHECK_STR(name, buf_str(&out), str_trim(want));
}

static size_t check_folder(const char *path, write_fn *write)
{
    size_t cases = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            check_case(path, entry->d_name, write);
            cases++;
        }
    }
    (void)closedir(folder);
    return cases;
}

static void event_v2_equals_golden_files(void **state)
{
    (void)state;
    assert_true(check_folder(FOLDER_V2, write_v2) >= 14);
}

static void event_v1_equals_golden_files(void **state)
{
    (void)state;
    assert_true(check_folder(FOLDER_V1, write_v1) >= 8);
}

static size_t event_bytes(struct arena *arena, size_t body_bytes, bool *full)
{
    struct route_match match = {0};
    struct route route = {.key = STR("$default")};
    match.route = &route;
    char *body = ARENA_ARRAY(arena, char, body_bytes + 1);
    memset(body, 'x', body_bytes);
    struct event_request event = {.match = &match, .body = {.ptr = body, .len = body_bytes}};
    struct buf out = buf_in(arena, EVENT_MAX_BYTES);
    event_v2_write(arena, &event, &out);
    *full = out.full;
    return out.len;
}

static void event_v2_ends_at_six_mebibytes(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    bool full = false;
    size_t around = event_bytes(&t.arena, 1000, &full) - 1000;
    CHECK_I64("bytes", event_bytes(&t.arena, EVENT_MAX_BYTES - around, &full), EVENT_MAX_BYTES);
    assert_false(full);
    (void)event_bytes(&t.arena, EVENT_MAX_BYTES - around + 1, &full);
    assert_true(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_v2_equals_golden_files),
        cmocka_unit_test(event_v1_equals_golden_files),
        cmocka_unit_test(event_v2_ends_at_six_mebibytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
