/*
 * The Extensions API, version 2020-01-01, for internal extensions: those within the bootstrap
 * itself. Refusals have the statuses and types of AWS's runtime interface emulator. Source: Lambda
 * Developer Guide, "Using the Lambda Extensions API to create extensions".
 */
#include "infra/local/lambda/runtime_call.h"

#include "shared/json/json.h"

#include <stdio.h>

static const struct str BASE = STR_INIT("/2020-01-01/extension/");

static void refuse(const struct call *c, const char *type, const char *words)
{
    call_refuse(c, 403, type, words);
}

/* NULL once it is refused. */
static struct extension *find_caller(const struct call *c)
{
    struct str id = call_field(c, STR("Lambda-Extension-Identifier"));
    struct extension *extension = extension_find_id(&c->instance->extensions, id);
    if (id.len == 0) {
        refuse(c, "Extension.MissingExtensionIdentifier",
               "there is no header Lambda-Extension-Identifier");
    } else if (!uuid_is_valid(id)) {
        refuse(c, "Extension.InvalidExtensionIdentifier",
               "Lambda-Extension-Identifier is no identifier");
    } else if (extension == NULL) {
        refuse(c, "Extension.UnknownExtensionIdentifier",
               "no extension has this Lambda-Extension-Identifier");
    } else if (extension->has_left) {
        refuse(c, "Extension.InvalidExtensionState", "this extension has reported its end");
        extension = NULL;
    }
    return extension;
}

/* ---- register -------------------------------------------------------------------------------- */

/* False once it is refused. */
static bool read_events(const struct call *c, bool *wants_invoke)
{
    struct ctx cx = {.arena = &c->conn->arena};
    const struct json *root = NULL;
    if (json_read(&cx, c->body, NULL, &root) != OK || root->type != JSON_OBJECT) {
        refuse(c, "InvalidRequestFormat", "the body is no JSON object");
        return false;
    }
    const struct json *events = json_find(root, STR("events"));
    if (events == NULL || events->type == JSON_NULL) {
        return true;
    }
    if (events->type != JSON_ARRAY) {
        refuse(c, "InvalidRequestFormat", "events is no array");
        return false;
    }
    JSON_EACH (event, events) {
        if (event->type != JSON_STRING) {
            refuse(c, "InvalidRequestFormat", "an event is no string");
            return false;
        }
        if (!str_eq(event->text, STR("INVOKE"))) {
            refuse(c, "Extension.InvalidEventType",
                   str_eq(event->text, STR("SHUTDOWN"))
                       ? "SHUTDOWN is not for internal extensions"
                       : "an event is neither INVOKE nor SHUTDOWN");
            return false;
        }
        *wants_invoke = true;
    }
    return true;
}

static bool accepts_account(const struct call *c)
{
    struct str features = call_field(c, STR("Lambda-Extension-Accept-Feature"));
    struct str feature;
    while (str_split_next(&features, ',', &feature)) {
        if (str_eq(str_trim(feature), STR("accountId"))) {
            return true;
        }
    }
    return false;
}

/* "arn:aws:lambda:us-east-1:123456789012:function:name" */
static struct str account_of(struct str arn)
{
    struct str part = {0};
    for (int i = 0; i < 5; i++) {
        (void)str_split_next(&arn, ':', &part);
    }
    return part;
}

static void answer_registered(const struct call *c, const struct extension *extension)
{
    const struct function *f = c->instance->function->def;
    struct arena *arena = &c->conn->arena;
    struct buf out = buf_in(arena, KIB(8));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_str(&w, "functionName", f->name);
    json_member_cstr(&w, "functionVersion", "$LATEST");
    json_member_str(&w, "handler", f->handler);
    if (accepts_account(c)) {
        json_member_str(&w, "accountId", account_of(f->arn));
    }
    json_object_end(&w);
    runtime_conn_answer(c->conn, 200,
                        arena_format(arena, "Lambda-Extension-Identifier: %s\r\n", extension->id),
                        buf_str(&out));
}

static void do_register(const struct call *c)
{
    struct extensions *all = &c->instance->extensions;
    struct str name = call_field(c, STR("Lambda-Extension-Name"));
    bool wants_invoke = false;
    if (name.len == 0) {
        refuse(c, "Extension.InvalidExtensionName", "there is no header Lambda-Extension-Name");
    } else if (!read_events(c, &wants_invoke)) {
        return;
    } else if (all->closed || c->instance->state != INSTANCE_STARTING) {
        refuse(c, "Extension.RegistrationClosed",
               "internal extensions register before the runtime's first poll");
    } else if (extension_find_name(all, name) != NULL) {
        refuse(c, "Extension.InvalidExtensionState", "an extension has this name already");
    } else if (all->count == EXTENSIONS_MAX) {
        refuse(c, "Extension.TooManyExtensions", "there are ten extensions already");
    } else {
        name = arena_str_copy(&c->instance->arena, name);
        answer_registered(c, extension_add(all, name, wants_invoke));
    }
}

/* ---- events and ends ------------------------------------------------------------------------- */

static void do_next(const struct call *c)
{
    struct extension *extension = find_caller(c);
    if (extension != NULL && !instance_extension_next(c->instance, extension, c->conn)) {
        refuse(c, "Extension.InvalidExtensionState",
               c->instance->state == INSTANCE_ENDING ? "the instance is being ended"
                                                     : "this extension waits for an event already");
    }
}

static void report_error(const struct call *c, bool is_init)
{
    char type[64];
    struct extension *extension = find_caller(c);
    struct str given = call_field(c, STR("Lambda-Extension-Function-Error-Type"));
    if (extension == NULL) {
        return;
    }
    if (given.len == 0) {
        refuse(c, "Extension.MissingHeader",
               "there is no header Lambda-Extension-Function-Error-Type");
        return;
    }
    bool good = call_type_is_good(given, STR("Extension"));
    (void)snprintf(type, sizeof(type), STR_FMT, STR_ARG(good ? given : STR("Extension.Unknown")));
    if ((is_init && extension->is_ready) ||
        !instance_extension_failed(c->instance, call_error(c, type), str_from_cstr(type))) {
        refuse(c, "Extension.InvalidExtensionState",
               is_init ? "init is over for this extension, or has failed already"
                       : "the instance is at its end already");
        return;
    }
    extension->has_left = true;
    call_accept(c);
}

static void do_init_error(const struct call *c)
{
    report_error(c, true);
}

static void do_exit_error(const struct call *c)
{
    report_error(c, false);
}

bool extension_api_request(const struct call *c)
{
    static const struct {
        struct str method, path;
        void (*answer)(const struct call *);
    } endpoints[] = {
        {STR_INIT("POST"), STR_INIT("register"), do_register},
        {STR_INIT("GET"), STR_INIT("event/next"), do_next},
        {STR_INIT("POST"), STR_INIT("init/error"), do_init_error},
        {STR_INIT("POST"), STR_INIT("exit/error"), do_exit_error},
    };
    struct str path = c->conn->head.target;
    if (!str_skip_prefix(&path, BASE)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
        if (str_eq(path, endpoints[i].path)) {
            if (str_eq(c->conn->head.method, endpoints[i].method)) {
                endpoints[i].answer(c);
            } else {
                call_refuse(c, 405, "MethodNotAllowed", "no such call in the Extensions API");
            }
            return true;
        }
    }
    return false;
}
