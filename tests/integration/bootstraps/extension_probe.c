/*
 * A bootstrap with an internal extension of its own, over bare sockets: its Handler says how both
 * behave.
 */
#include "tests/integration/bootstraps/bare.h"

#include "shared/json/json.h"

#include <errno.h>
#include <signal.h>

/* The extension is a second caller, with a connection of its own. */
struct extension {
    struct probe api;
    char id[64];
};

static struct str request_of(struct probe *p, const char *line, const char *fields, struct str body)
{
    return arena_format(&p->arena,
                        "%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n" STR_FMT, line,
                        fields, body.len, STR_ARG(body));
}

static struct reply call(struct probe *p, const char *line, const char *fields, struct str body)
{
    send_all(p->fd, request_of(p, line, fields, body));
    return receive(p);
}

#define REGISTER "POST /2020-01-01/extension/register"
#define NEXT     "GET /2020-01-01/extension/event/next"

static struct extension open_extension(void)
{
    struct extension extension = {.api = {.fd = connect_api()}};
    arena_init(&extension.api.arena, 0);
    return extension;
}

static struct reply register_it(struct extension *e, const char *fields, struct str body)
{
    struct reply reply = call(&e->api, REGISTER, fields, body);
    keep(e->id, sizeof(e->id), header(reply.head, "lambda-extension-identifier"));
    return reply;
}

static const char *id_field(struct extension *e)
{
    return arena_format(&e->api.arena, "Lambda-Extension-Identifier: %s\r\n", e->id).ptr;
}

static void ask(struct extension *e)
{
    send_all(e->api.fd, request_of(&e->api, NEXT, id_field(e), STR("")));
}

static bool is_silent(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void poll_begin(struct probe *p)
{
    send_all(p->fd, STR("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"));
}

static struct reply poll_end(struct probe *p)
{
    struct reply event = receive(p);
    keep(p->id, sizeof(p->id), header(event.head, "lambda-runtime-aws-request-id"));
    keep(p->deadline, sizeof(p->deadline), header(event.head, "lambda-runtime-deadline-ms"));
    return event;
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void note(struct json_writer *w, struct probe *p, struct reply reply)
{
    struct ctx cx = {.arena = &p->arena};
    const struct json *root = NULL;
    if (json_read(&cx, reply.body, NULL, &root) != OK) {
        exit(71);
    }
    json_str(w, arena_format(&p->arena, "%d " STR_FMT, reply.status,
                             STR_ARG(json_find_str(root, STR("errorType")))));
}

static void break_registration(struct json_writer *w, struct extension *e)
{
    static const struct {
        const char *fields, *body;
    } wrong[] = {
        {"", "{\"events\":[]}"},
        {"Lambda-Extension-Name: a\r\n", ""},
        {"Lambda-Extension-Name: a\r\n", "[]"},
        {"Lambda-Extension-Name: a\r\n", "{\"events\":\"INVOKE\"}"},
        {"Lambda-Extension-Name: a\r\n", "{\"events\":[1]}"},
        {"Lambda-Extension-Name: a\r\n", "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"},
        {"Lambda-Extension-Name: a\r\n", "{\"events\":[\"SLEEP\"]}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        note(w, &e->api, call(&e->api, REGISTER, wrong[i].fields, str_from_cstr(wrong[i].body)));
    }
}

static void break_identity(struct json_writer *w, struct extension *e)
{
    struct probe *p = &e->api;
    note(w, p, call(p, NEXT, "", STR("")));
    note(w, p, call(p, NEXT, "Lambda-Extension-Identifier: me\r\n", STR("")));
    note(w, p,
         call(p, NEXT, "Lambda-Extension-Identifier: 00000000-0000-4000-8000-000000000000\r\n",
              STR("")));
    note(w, p, call(p, "POST /2020-01-01/extension/init/error", id_field(e), STR("")));
    note(w, p, call(p, "POST /2020-01-01/extension/exit/error", id_field(e), STR("")));
    note(w, p, call(p, "POST /2020-01-01/extension/event/next", id_field(e), STR("")));
    note(w, p, call(p, "PUT /2022-07-01/telemetry", id_field(e), STR("{}")));
}

/* Ten in all, then one too many. */
static void register_many(struct json_writer *w, struct extension *e)
{
    note(w, &e->api, register_it(e, "Lambda-Extension-Name: a\r\n", STR("{}")));
    note(w, &e->api, call(&e->api, REGISTER, "Lambda-Extension-Name: a\r\n", STR("{}")));
    for (int i = 1; i <= 10; i++) {
        struct extension other = open_extension();
        struct str name = arena_format(&other.api.arena, "Lambda-Extension-Name: x%d\r\n", i);
        struct reply reply = register_it(&other, name.ptr, STR("{\"events\":[]}"));
        if (i < 10 && reply.status == 200) {
            ask(&other); /* init is over when all have */
        } else {
            note(w, &other.api, reply);
        }
    }
}

static void run_rules(struct probe *p)
{
    struct extension e = open_extension();
    struct extension second = open_extension();
    struct buf out = buf_in(&e.api.arena, KIB(16));
    struct json_writer w = json_writer_on(&out);
    json_array_begin(&w);
    break_registration(&w, &e);
    register_many(&w, &e);
    break_identity(&w, &e);
    ask(&e);
    (void)take_event(p);
    note(&w, &second.api, call(&second.api, NEXT, id_field(&e), STR("")));
    note(&w, &second.api,
         call(&second.api, REGISTER, "Lambda-Extension-Name: b\r\n", STR("{\"events\":[]}")));
    struct str late = arena_format(
        &e.api.arena, "%sLambda-Extension-Function-Error-Type: Extension.Late\r\n", id_field(&e));
    note(&w, &second.api,
         call(&second.api, "POST /2020-01-01/extension/init/error", late.ptr, STR("")));
    json_array_end(&w);
    (void)answer(p, p->id, buf_str(&out));
    (void)take_event(p);
}

/* ---- what goes well -------------------------------------------------------------------------- */

/* The extension is told of each event, and is at work for longer than the function. */
static void run_invoke(struct probe *p)
{
    enum { WORK_US = 400000 };
    struct extension e = open_extension();
    struct str registered = register_it(&e,
                                        "Lambda-Extension-Name: told\r\n"
                                        "Lambda-Extension-Accept-Feature: other, accountId\r\n",
                                        STR("{\"events\":[\"INVOKE\"]}"))
                                .body;
    ask(&e);
    poll_begin(p);
    for (;;) {
        (void)poll_end(p);
        struct reply told = receive(&e.api);
        (void)answer(p, p->id,
                     arena_format(&p->arena,
                                  "{\"pid\":%d,\"id\":\"%s\",\"deadline\":%s,"
                                  "\"registered\":" STR_FMT ",\"told\":" STR_FMT "}",
                                  (int)getpid(), p->id, p->deadline, STR_ARG(registered),
                                  STR_ARG(told.body)));
        poll_begin(p);
        (void)usleep(WORK_US);
        ask(&e);
    }
}

/* The runtime polls long before the extension is ready. */
static void run_late(struct probe *p)
{
    struct extension e = open_extension();
    (void)register_it(&e, "Lambda-Extension-Name: late\r\n", STR("{\"events\":[]}"));
    poll_begin(p);
    (void)usleep(300000);
    bool waited = is_silent(p->fd);
    ask(&e);
    (void)poll_end(p);
    bool is_told = !is_silent(e.api.fd);
    (void)answer(p, p->id, arena_format(&p->arena, "[%d,%d]", waited, is_told));
    (void)take_event(p);
}

static void report_end(struct extension *e, const char *path, const char *type, struct str body)
{
    struct str fields = arena_format(
        &e->api.arena, "%sLambda-Extension-Function-Error-Type: %s\r\n", id_field(e), type);
    if (call(&e->api, path, fields.ptr, body).status != 202) {
        exit(75);
    }
}

/* Everybody else is ready; that does not save the init. */
static void run_init_error(struct probe *p)
{
    struct extension e = open_extension();
    struct extension other = open_extension();
    (void)register_it(&e, "Lambda-Extension-Name: a\r\n", STR("{}"));
    (void)register_it(&other, "Lambda-Extension-Name: b\r\n", STR("{}"));
    poll_begin(p);
    report_end(&e, "POST /2020-01-01/extension/init/error", "Extension.NoConfig",
               STR("{\"errorType\":\"NoConfig\",\"errorMessage\":\"no key\"}"));
    ask(&other);
    (void)usleep(100000);
    exit(1);
}

static void run_exit_error(struct probe *p)
{
    struct extension e = open_extension();
    (void)register_it(&e, "Lambda-Extension-Name: a\r\n", STR("{\"events\":[\"INVOKE\"]}"));
    ask(&e);
    (void)take_event(p);
    (void)receive(&e.api);
    report_end(&e, "POST /2020-01-01/extension/exit/error", "Extension.Broken", STR(""));
    exit(1);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void say_terminated(int number)
{
    static const char words[] = "terminated\n";
    (void)number;
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    _exit(0);
}

static void ignore_terminated(int number)
{
    static const char words[] = "not yet\n";
    (void)number;
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
}

/* Tells which process it is. */
static void run_pid(struct probe *p, bool has_extension, void (*on_sigterm)(int))
{
    struct sigaction action = {.sa_handler = on_sigterm, .sa_flags = SA_RESTART};
    struct extension e = open_extension();
    (void)sigaction(SIGTERM, &action, NULL);
    if (has_extension) {
        (void)register_it(&e, "Lambda-Extension-Name: a\r\n", STR("{\"events\":[]}"));
        ask(&e);
    }
    for (;;) {
        (void)take_event(p);
        (void)answer(p, p->id, arena_format(&p->arena, "%d", (int)getpid()));
    }
}

static void run_with(struct probe *p)
{
    run_pid(p, true, say_terminated);
}

static void run_without(struct probe *p)
{
    run_pid(p, false, say_terminated);
}

static void run_stubborn(struct probe *p)
{
    run_pid(p, true, ignore_terminated);
}

int main(void)
{
    static const struct {
        const char *handler;
        void (*run)(struct probe *);
    } behaviours[] = {
        {"rules", run_rules},           {"invoke", run_invoke},         {"late", run_late},
        {"init-error", run_init_error}, {"exit-error", run_exit_error}, {"with", run_with},
        {"without", run_without},       {"stubborn", run_stubborn},
    };
    struct probe p = {.fd = connect_api()};
    const char *handler = getenv("_HANDLER");
    arena_init(&p.arena, 0);
    for (size_t i = 0; i < ARRAY_LEN(behaviours); i++) {
        if (handler != NULL && strcmp(handler, behaviours[i].handler) == 0) {
            behaviours[i].run(&p);
        }
    }
    return 76;
}
