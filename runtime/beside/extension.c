#include "runtime/beside/extension.h"

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "shared/base/field.h"
#include "shared/json/json.h"

/* ---- registering ----------------------------------------------------------------------------- */

static struct str register_body(struct ctx *cx, const struct extension_options *options)
{
    struct buf body = buf_in(cx->arena, KIB(1));
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_array(&w, "events");
    if (options->on_invoke) {
        json_cstr(&w, "INVOKE");
    }
    if (options->on_shutdown) {
        json_cstr(&w, "SHUTDOWN");
    }
    json_array_end(&w);
    json_object_end(&w);
    return buf_str(&body);
}

/* The body is for the curious; what cannot be read of it is left empty. */
static void function_read(struct ctx *cx, struct extension *extension, struct str body)
{
    const struct json *root = NULL;
    const struct json_options options = {.allow_duplicate_keys = true};
    if (json_read(cx, body, &options, &root) != OK) {
        err_clear(cx);
        return;
    }
    struct arena *arena = &extension->arena;
    extension->function = (struct extension_function){
        .name = arena_str_copy(arena, json_find_str(root, STR("functionName"))),
        .version = arena_str_copy(arena, json_find_str(root, STR("functionVersion"))),
        .handler = arena_str_copy(arena, json_find_str(root, STR("handler"))),
        .account_id = arena_str_copy(arena, json_find_str(root, STR("accountId"))),
    };
}

static enum status register_at(struct ctx *cx, struct extension *extension,
                               const struct extension_options *options)
{
    const struct registration registration = {
        .name = options->name,
        .body = register_body(cx, options),
        .wants_account_id = options->wants_account_id,
    };
    struct str id;
    struct str function;
    TRY(registration_post(cx, &extension->api, &registration, &id, &function));
    extension->id = arena_str_copy(&extension->arena, id);
    function_read(cx, extension, function);
    return OK;
}

static enum status options_check(struct ctx *cx, const struct extension_options *options)
{
    struct str name = options->name;
    if (name.len == 0 || name.len > EXTENSION_MAX_NAME_BYTES || !field_is_visible(name)) {
        return fail(cx, ERR_INVALID, "an extension needs a name of 1 to %d printable characters",
                    EXTENSION_MAX_NAME_BYTES);
    }
    if (options->is_internal && options->on_shutdown) {
        return fail(cx, ERR_INVALID, "Lambda sends no SHUTDOWN to internal extensions");
    }
    return OK;
}

enum status extension_register(struct ctx *cx, const struct extension_options *options,
                               struct extension **extension)
{
    struct env env;
    TRY(options_check(cx, options));
    TRY(env_read(cx, &env));
    struct arena arena;
    arena_init(&arena, sizeof(struct extension) + KIB(1));
    struct extension *made = ARENA_NEW(&arena, struct extension);
    made->arena = arena;
    api_init(&made->api, arena_str_copy(&made->arena, env.runtime_api), API_EXTENSION);
    enum status status = register_at(cx, made, options);
    if (status != OK) {
        extension_close(made);
        return status;
    }
    *extension = made;
    return OK;
}

void extension_close(struct extension *extension)
{
    if (extension == NULL) {
        return;
    }
    api_close(&extension->api);
    struct arena arena = extension->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

const struct extension_function *extension_function(const struct extension *extension)
{
    return &extension->function;
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum status event_read(struct ctx *cx, struct str body, struct extension_event *event)
{
    const struct json *root = NULL;
    const struct json_options options = {.allow_duplicate_keys = true};
    enum status status = json_read(cx, body, &options, &root);
    if (status != OK) {
        return err_while(cx, ERR_UPSTREAM, "the extension's event");
    }
    struct str type = json_find_str(root, STR("eventType"));
    if (!str_eq(type, STR("INVOKE")) && !str_eq(type, STR("SHUTDOWN"))) {
        return fail(cx, ERR_UPSTREAM, "the extension's event: neither INVOKE nor SHUTDOWN");
    }
    const struct json *tracing = json_find(root, STR("tracing"));
    const struct json *deadline = json_find(root, STR("deadlineMs"));
    *event = (struct extension_event){
        .type = str_eq(type, STR("INVOKE")) ? EXTENSION_INVOKE : EXTENSION_SHUTDOWN,
        .request_id = json_find_str(root, STR("requestId")),
        .function_arn = json_find_str(root, STR("invokedFunctionArn")),
        .trace_type = json_find_str(tracing, STR("type")),
        .trace_id = json_find_str(tracing, STR("value")),
        .shutdown_reason = json_find_str(root, STR("shutdownReason")),
    };
    if (deadline != NULL && !json_is_i64(deadline, &event->deadline_ms)) {
        return fail(cx, ERR_UPSTREAM, "the extension's event: deadlineMs is no integer");
    }
    return OK;
}

enum status extension_next(struct ctx *cx, struct extension *extension,
                           struct extension_event *event)
{
    arena_reset(cx->arena);
    err_clear(cx);
    *event = (struct extension_event){0};
    struct api_answer answer = {.max_body_bytes = EXTENSION_MAX_ANSWER_BYTES};
    const struct api_request request = {
        .path = STR("/event/next"),
        .headers = {{EXTENSION_ID_HEADER, extension->id}},
    };
    TRY(api_exchange(cx, &extension->api, &request, &answer));
    if (answer.status != 200 || answer.body_is_cut) {
        (void)extension_refusal(cx, "the extension's next event", &answer);
        return ERR_UPSTREAM;
    }
    return event_read(cx, answer.body, event);
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool is_error_type(struct str type)
{
    for (size_t i = 0; i < type.len; i++) {
        char c = type.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && c != '.') {
            return false;
        }
    }
    return type.len > 0 && type.len <= EXTENSION_MAX_NAME_BYTES;
}

static enum status error_post(struct ctx *cx, struct extension *extension, struct str path,
                              const struct error_report *report)
{
    if (!is_error_type(report->type)) {
        return fail(cx, ERR_INVALID, "an extension's error type is Category.Reason");
    }
    struct api_answer answer = {.max_body_bytes = EXTENSION_MAX_ANSWER_BYTES};
    const struct api_request request = {
        .path = path,
        .method = API_POST,
        .headers = {{EXTENSION_ID_HEADER, extension->id},
                    {STR("Lambda-Extension-Function-Error-Type"), report->type},
                    {STR("Content-Type"), STR("application/json")}},
        .body = error_body(cx->arena, report),
    };
    TRY(api_exchange(cx, &extension->api, &request, &answer));
    if (answer.status != 202) {
        (void)extension_refusal(cx, "the extension's error", &answer);
        return ERR_UPSTREAM;
    }
    return OK;
}

enum status extension_init_error(struct ctx *cx, struct extension *extension, struct str type,
                                 struct str message)
{
    return error_post(cx, extension, STR("/init/error"),
                      &(struct error_report){.type = type, .message = message});
}

enum status extension_exit_error(struct ctx *cx, struct extension *extension, struct str type,
                                 struct str message)
{
    return error_post(cx, extension, STR("/exit/error"),
                      &(struct error_report){.type = type, .message = message});
}
