#include "infra/local/options.h"

#include "shared/base/clock.h"
#include "shared/base/file.h"

#include <getopt.h>
#include <time.h>

enum { MAX_RETRY_MS = 21600000 };
static const size_t MAX_FILE_BYTES = MIB(1);

const char options_help[] =
    "clambda-local: API Gateway, Lambda, SQS and EventBridge's schedules for one machine, from a\n"
    "SAM template\n"
    "\n"
    "  clambda-local [options] [template.yaml]           serve it\n"
    "  clambda-local doctor [options] [template.yaml]    list what cannot be emulated\n"
    "  clambda-local invoke FUNCTION [options] [template.yaml]\n"
    "                                                    one event; the answer on standard output\n"
    "  clambda-local fire SCHEDULE [--listen ADDR:PORT]  have a running gateway fire it now\n"
    "\n"
    "  --bootstraps DIR      DIR/<function>/bootstrap; build/release/functions\n"
    "  --listen ADDR:PORT    127.0.0.1:9000; port 0 takes a free one\n"
    "  --parameter K=V       a value for a template parameter; may be repeated\n"
    "  --parameters FILE     the same from JSON: {\"K\": \"V\"}\n"
    "  --env-vars FILE       environment, as for sam local: {\"FunctionId\": {\"K\": \"V\"},\n"
    "                        \"Parameters\": {\"K\": \"V\"}}\n"
    "  --max-instances N     of a function without ReservedConcurrentExecutions; 10\n"
    "  --idle-seconds N      an instance unused for so long ends; 300\n"
    "  --stream-idle-ms N    a REST API's stream that is silent for so long is cut; 300000\n"
    "  --region NAME         us-east-1\n"
    "  --account-id ID       123456789012\n"
    "  --stack-name NAME     local\n"
    "  --event FILE          of an invoke: its event, JSON; - reads standard input; {}\n"
    "  --client-context FILE of an invoke: JSON\n"
    "  --quiet               no START, END and REPORT lines\n"
    "  --async-retry-ms A,B  before the second and third try of an asynchronous event;\n"
    "                        60000,120000\n"
    "  --schedule-clock T    schedules believe that it is T now, 2026-03-02T03:14:59Z: for tests\n"
    "  --no-reload           a changed bootstrap is not noticed\n"
    "  --help\n";

enum option_id {
    OPT_BOOTSTRAPS = 256,
    OPT_LISTEN,
    OPT_PARAMETER,
    OPT_PARAMETERS,
    OPT_ENV_VARS,
    OPT_MAX_INSTANCES,
    OPT_IDLE_SECONDS,
    OPT_STREAM_IDLE_MS,
    OPT_REGION,
    OPT_ACCOUNT_ID,
    OPT_STACK_NAME,
    OPT_QUIET,
    OPT_NO_RELOAD,
    OPT_EVENT,
    OPT_CLIENT_CONTEXT,
    OPT_SCHEDULE_CLOCK,
    OPT_ASYNC_RETRY,
    OPT_HELP,
};

static const struct option long_options[] = {
    {"bootstraps", required_argument, NULL, OPT_BOOTSTRAPS},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"parameter", required_argument, NULL, OPT_PARAMETER},
    {"parameters", required_argument, NULL, OPT_PARAMETERS},
    {"env-vars", required_argument, NULL, OPT_ENV_VARS},
    {"max-instances", required_argument, NULL, OPT_MAX_INSTANCES},
    {"idle-seconds", required_argument, NULL, OPT_IDLE_SECONDS},
    {"stream-idle-ms", required_argument, NULL, OPT_STREAM_IDLE_MS},
    {"region", required_argument, NULL, OPT_REGION},
    {"account-id", required_argument, NULL, OPT_ACCOUNT_ID},
    {"stack-name", required_argument, NULL, OPT_STACK_NAME},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"async-retry-ms", required_argument, NULL, OPT_ASYNC_RETRY},
    {"schedule-clock", required_argument, NULL, OPT_SCHEDULE_CLOCK},
    {"event", required_argument, NULL, OPT_EVENT},
    {"client-context", required_argument, NULL, OPT_CLIENT_CONTEXT},
    {"no-reload", no_argument, NULL, OPT_NO_RELOAD},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static enum status number(struct ctx *cx, const char *name, const char *text, int64_t min,
                          int64_t max, int64_t *value)
{
    if (!str_to_i64(str_from_cstr(text), value) || *value < min || *value > max) {
        return fail(cx, ERR_INVALID, "%s %s: a whole number from %lld to %lld", name, text,
                    (long long)min, (long long)max);
    }
    return OK;
}

static enum status listen_read(struct ctx *cx, const char *text, struct options *o)
{
    struct str whole = str_from_cstr(text);
    size_t colon = str_find_char(whole, ':');
    struct str host = str_slice(whole, 0, colon);
    int64_t port = 0;
    if (colon == SIZE_MAX || !str_to_i64(str_slice(whole, colon + 1, whole.len), &port) ||
        port < 0 || port > UINT16_MAX || !str_to_cstr(host, o->address, sizeof(o->address))) {
        return fail(cx, ERR_INVALID, "--listen %s: wants ADDRESS:PORT, as 127.0.0.1:9000", text);
    }
    if (str_eq(host, STR("localhost")) &&
        !str_to_cstr(STR("127.0.0.1"), o->address, sizeof(o->address))) {
        return fail(cx, ERR_INTERNAL, "--listen %s", text);
    }
    o->port = (unsigned)port;
    return OK;
}

static enum status parameter_add(struct ctx *cx, struct options *o, struct str name,
                                 struct str value)
{
    if (o->parameter_count == OPTIONS_MAX_PARAMETERS) {
        return fail(cx, ERR_INVALID, "more than %d parameters", (int)OPTIONS_MAX_PARAMETERS);
    }
    o->parameters[o->parameter_count++] = (struct override){.name = name, .value = value};
    return OK;
}

static enum status parameter_read(struct ctx *cx, const char *text, struct options *o)
{
    struct str whole = str_from_cstr(text);
    size_t equals = str_find_char(whole, '=');
    if (equals == SIZE_MAX || equals == 0) {
        return fail(cx, ERR_INVALID, "--parameter %s: wants NAME=VALUE", text);
    }
    return parameter_add(cx, o, str_slice(whole, 0, equals),
                         str_slice(whole, equals + 1, whole.len));
}

static enum status json_file(struct ctx *cx, const char *path, const struct json **root)
{
    struct str text;
    TRY(file_read(cx, path, MAX_FILE_BYTES, &text));
    enum status status = json_read(cx, text, NULL, root);
    if (status != OK) {
        return err_while(cx, status, "%s", path);
    }
    if ((*root)->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "%s: must hold an object", path);
    }
    return OK;
}

static bool is_text(const struct json *value)
{
    return value->type == JSON_STRING || value->type == JSON_NUMBER;
}

static enum status parameters_file(struct ctx *cx, const char *path, struct options *o)
{
    const struct json *root = NULL;
    TRY(json_file(cx, path, &root));
    JSON_EACH (item, root) {
        if (!is_text(item)) {
            return fail(cx, ERR_INVALID, "%s: " STR_FMT " must be a text", path,
                        STR_ARG(item->key));
        }
        TRY(parameter_add(cx, o, item->key, item->text));
    }
    return OK;
}

static enum status env_vars_file(struct ctx *cx, const char *path, struct options *o)
{
    const struct json *root = NULL;
    TRY(json_file(cx, path, &root));
    JSON_EACH (group, root) {
        if (group->type != JSON_OBJECT) {
            return fail(cx, ERR_INVALID, "%s: " STR_FMT " must be an object of variables", path,
                        STR_ARG(group->key));
        }
        JSON_EACH (var, group) {
            if (!is_text(var)) {
                return fail(cx, ERR_INVALID, "%s: " STR_FMT "." STR_FMT " must be a text", path,
                            STR_ARG(group->key), STR_ARG(var->key));
            }
        }
    }
    o->env_vars = root;
    return OK;
}

static enum status limits_read(struct ctx *cx, int id, const char *text, struct options *o)
{
    int64_t value = 0;
    if (id == OPT_MAX_INSTANCES) {
        TRY(number(cx, "--max-instances", text, 1, 1000, &value));
        o->max_instances = (size_t)value;
        return OK;
    }
    if (id == OPT_STREAM_IDLE_MS) {
        return number(cx, "--stream-idle-ms", text, 1, 900000, &o->stream_idle_ms);
    }
    TRY(number(cx, "--idle-seconds", text, 1, 86400, &value));
    o->idle_ms = value * 1000;
    return OK;
}

static enum status retries_read(struct ctx *cx, const char *text, struct options *o)
{
    struct str rest = str_from_cstr(text);
    bool good = true;
    for (size_t i = 0; i < ASYNC_RETRIES; i++) {
        struct str part = {0};
        good = good && str_split_next(&rest, ',', &part) && str_to_i64(part, &o->retry_ms[i]) &&
               o->retry_ms[i] >= 0 && o->retry_ms[i] <= MAX_RETRY_MS;
    }
    return good && rest.ptr == NULL
               ? OK
               : fail(cx, ERR_INVALID,
                      "--async-retry-ms %s: wants two numbers of milliseconds, as 60000,120000",
                      text);
}

/* "2026-03-02T03:14:59Z" */
static enum status clock_read(struct ctx *cx, const char *text, struct options *o)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0') {
        return fail(cx, ERR_INVALID, "--schedule-clock %s: wants a time, as 2026-03-02T03:14:59Z",
                    text);
    }
    o->clock_offset_ms = (int64_t)timegm(&tm) * 1000 - clock_now_ms();
    return OK;
}

static enum status named(struct ctx *cx, const char *option, enum status status)
{
    return status == OK ? OK : err_while(cx, status, "%s", option);
}

static enum status one(struct ctx *cx, int id, const char *value, struct options *o)
{
    switch (id) {
    case OPT_BOOTSTRAPS:
        o->bootstraps = value;
        return OK;
    case OPT_LISTEN:
        return listen_read(cx, value, o);
    case OPT_PARAMETER:
        return parameter_read(cx, value, o);
    case OPT_PARAMETERS:
        return named(cx, "--parameters", parameters_file(cx, value, o));
    case OPT_ENV_VARS:
        return named(cx, "--env-vars", env_vars_file(cx, value, o));
    case OPT_MAX_INSTANCES:
    case OPT_IDLE_SECONDS:
    case OPT_STREAM_IDLE_MS:
        return limits_read(cx, id, value, o);
    case OPT_REGION:
        o->region = str_from_cstr(value);
        return OK;
    case OPT_ACCOUNT_ID:
        o->account_id = str_from_cstr(value);
        return OK;
    case OPT_STACK_NAME:
        o->stack_name = str_from_cstr(value);
        return OK;
    case OPT_QUIET:
        o->quiet = true;
        return OK;
    case OPT_ASYNC_RETRY:
        return retries_read(cx, value, o);
    case OPT_SCHEDULE_CLOCK:
        return clock_read(cx, value, o);
    case OPT_EVENT:
        o->event_path = value;
        return OK;
    case OPT_CLIENT_CONTEXT:
        o->context_path = value;
        return OK;
    case OPT_NO_RELOAD:
        o->no_reload = true;
        return OK;
    case OPT_HELP:
        o->command = COMMAND_HELP;
        return OK;
    default:
        return fail(cx, ERR_INVALID, "unknown option, or one without its value");
    }
}

/* "doctor", or "invoke" and "fire" with what they are about. */
static enum status command_read(struct ctx *cx, int argc, char *const *argv,
                                struct options *options)
{
    static const struct {
        const char *name;
        enum command command;
        bool has_subject;
    } commands[] = {
        {"doctor", COMMAND_DOCTOR, false},
        {"invoke", COMMAND_INVOKE, true},
        {"fire", COMMAND_FIRE, true},
    };
    if (options->command == COMMAND_HELP) {
        optind = argc;
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands) && optind < argc; i++) {
        if (strcmp(argv[optind], commands[i].name) != 0) {
            continue;
        }
        optind++;
        options->command = commands[i].command;
        if (commands[i].has_subject && optind == argc) {
            return fail(cx, ERR_INVALID, "%s: whom?", commands[i].name);
        }
        options->subject = commands[i].has_subject ? argv[optind++] : NULL;
        break;
    }
    if ((options->event_path != NULL || options->context_path != NULL) &&
        options->command != COMMAND_INVOKE) {
        return fail(cx, ERR_INVALID, "--event and --client-context are for invoke");
    }
    return OK;
}

enum status options_read(struct ctx *cx, int argc, char *const *argv, struct options *options)
{
    *options = (struct options){
        .template_path = "template.yaml",
        .bootstraps = "build/release/functions",
        .address = "127.0.0.1",
        .port = 9000,
        .max_instances = 10,
        .idle_ms = 300000,
        .retry_ms = {60000, 120000},
        .stream_idle_ms = 300000,
        .region = STR("us-east-1"),
        .account_id = STR("123456789012"),
        .stack_name = STR("local"),
    };
    optind = 1;
    for (;;) {
        int id = getopt_long(argc, argv, "", long_options, NULL);
        if (id < 0) {
            break;
        }
        TRY(one(cx, id, optarg, options));
    }
    TRY(command_read(cx, argc, argv, options));
    if (optind < argc && options->command != COMMAND_FIRE) {
        options->template_path = argv[optind++];
    }
    return optind == argc ? OK : fail(cx, ERR_INVALID, "%s: one template is enough", argv[optind]);
}
