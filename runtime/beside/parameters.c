#include "runtime/lambda_services.h"

#include "runtime/wire/api.h"
#include "shared/base/base64.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/base/percent.h"
#include "shared/json/json.h"

#include <stdlib.h>

enum {
    PATIENCE_MS = 10000, /* without a deadline: Lambda's init has 10 s */
    NOBODY_PATIENCE_MS = 1000,
    FIRST_PAUSE_MS = 5,
    LONGEST_PAUSE_MS = 100,
    MAX_ANSWER_BYTES = 512 * 1024, /* a secret has up to 64 KiB; escaped, six times that */
    MAX_PORT = 65535
};

struct parameters {
    struct arena arena; /* holds this struct */
    struct api api;
    char address[32]; /* "localhost:2773" */
};

struct parameters *parameters_new(void)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct parameters) + KIB(1));
    struct parameters *made = ARENA_NEW(&arena, struct parameters);
    made->arena = arena;
    api_init(&made->api, (struct str){0}, (struct str){0});
    return made;
}

void parameters_free(struct parameters *parameters)
{
    if (parameters == NULL) {
        return;
    }
    api_close(&parameters->api);
    struct arena arena = parameters->arena; /* a copy: the original is in its own memory */
    arena_wipe(&arena);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* One question, and what may be left of it in memory. */
struct question {
    struct ctx *cx;     /* whose question it is */
    struct ctx scratch; /* in which it is asked */
    struct arena arena; /* of `scratch`, wiped at the end */
    struct str path;
    struct api_answer answer;
    int64_t ends_ms; /* Unix epoch */
};

static void question_end(struct question *q)
{
    arena_wipe(&q->arena);
}

static enum status address_find(struct ctx *cx, struct parameters *p)
{
    struct str port = str_from_cstr(getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"));
    int64_t number = 2773;
    if (port.len > 0 && (!str_to_i64(port, &number) || number < 1 || number > MAX_PORT)) {
        return fail(cx, ERR_INVALID, "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT is no port");
    }
    struct buf address = buf_on(p->address, sizeof p->address);
    buf_addf(&address, "localhost:%d", (int)number);
    p->api.address = buf_str(&address);
    return OK;
}

/* What would end the line is sent as no token: the extension then says 401. */
static struct str token_find(void)
{
    struct str token = str_from_cstr(getenv("AWS_SESSION_TOKEN"));
    return field_is_visible(token) ? token : (struct str){0};
}

static bool is_not_ready(const struct api_answer *answer)
{
    return answer->status == 400 &&
           str_find(answer->body, STR("not ready to serve traffic")) != SIZE_MAX;
}

static bool pause_ms(int64_t ms, int64_t ends_ms)
{
    if (clock_now_ms() + ms >= ends_ms) {
        return false;
    }
    clock_sleep_ms(ms);
    return true;
}

static enum status ask_once(struct parameters *p, struct question *q)
{
    const struct api_request request = {
        .path = q->path,
        .headers = {{STR("X-Aws-Parameters-Secrets-Token"), token_find()}},
    };
    int64_t left_ms = q->ends_ms - clock_now_ms();
    q->answer = (struct api_answer){.max_body_bytes = MAX_ANSWER_BYTES};
    if (left_ms <= 0) {
        return ERR_TIMEOUT;
    }
    p->api.timeout_ms = (int)(left_ms < PATIENCE_MS ? left_ms : PATIENCE_MS);
    err_clear(&q->scratch);
    enum status status = api_exchange(&q->scratch, &p->api, &request, &q->answer);
    explicit_bzero(p->api.input, sizeof p->api.input);
    return status;
}

static enum status ask(struct parameters *p, struct question *q)
{
    int64_t started_ms = clock_now_ms();
    int64_t wait_ms = FIRST_PAUSE_MS;
    for (;;) {
        enum status status = ask_once(p, q);
        bool is_early = status == OK && is_not_ready(&q->answer);
        bool is_absent = status == ERR_UPSTREAM && clock_now_ms() - started_ms < NOBODY_PATIENCE_MS;
        if (!is_early && !is_absent) {
            return status;
        }
        if (!pause_ms(wait_ms, q->ends_ms)) {
            return is_early ? ERR_TIMEOUT : status;
        }
        wait_ms = wait_ms < LONGEST_PAUSE_MS ? wait_ms * 2 : LONGEST_PAUSE_MS;
    }
}

static bool answer_says(const struct api_answer *answer, const char *word)
{
    return str_find(answer->body, str_from_cstr(word)) != SIZE_MAX;
}

/* The extension passes AWS's errors on as text; which status it gives them is not documented. */
static enum status refusal_of(const struct api_answer *answer)
{
    if (answer->status == 404 || answer_says(answer, "ResourceNotFoundException") ||
        answer_says(answer, "ParameterNotFound") ||
        answer_says(answer, "ParameterVersionNotFound")) {
        return ERR_NOT_FOUND;
    }
    if (answer->status == 401 || answer->status == 403 || answer_says(answer, "AccessDenied")) {
        return ERR_FORBIDDEN;
    }
    return ERR_UPSTREAM;
}

static void question_begin(struct question *q, struct ctx *cx)
{
    *q = (struct question){.cx = cx, .ends_ms = clock_now_ms() + ctx_remaining_ms(cx, PATIENCE_MS)};
    arena_init(&q->arena, KIB(4));
    q->scratch.arena = &q->arena;
}

/* OK: 200, and `*root` is what came. The words say nothing of it. */
static enum status question_ask(struct parameters *p, struct question *q, const struct buf *path,
                                const char *what, const struct json **root)
{
    struct ctx *cx = q->cx;
    TRY(address_find(cx, p));
    if (path->full) {
        return fail(cx, ERR_INVALID, "%s: the name is too long", what);
    }
    q->path = buf_str(path);
    enum status status = ask(p, q);
    if (status == ERR_TIMEOUT) {
        return fail(cx, status, "%s: the extension gave no answer in time", what);
    }
    if (status != OK) {
        return fail(cx, ERR_UPSTREAM, "%s: the extension does not answer at port " STR_FMT, what,
                    STR_ARG(str_slice(p->api.address, sizeof "localhost:" - 1, SIZE_MAX)));
    }
    if (q->answer.status != 200) {
        return fail(cx, refusal_of(&q->answer), "%s: the extension said HTTP %d", what,
                    q->answer.status);
    }
    const struct json_options options = {.allow_duplicate_keys = true};
    if (q->answer.body_is_cut || json_read(&q->scratch, q->answer.body, &options, root) != OK) {
        return fail(cx, ERR_UPSTREAM, "%s: the extension's answer is no JSON, or too long", what);
    }
    return OK;
}

/* ---- paths ----------------------------------------------------------------------------------- */

static void add_query(struct buf *path, const char *name, struct str value)
{
    if (value.len > 0) {
        buf_addf(path, "%c%s=", str_find_char(buf_str(path), '?') == SIZE_MAX ? '?' : '&', name);
        percent_add(path, value);
    }
}

/* ---- the two --------------------------------------------------------------------------------- */

static enum status secret_value(struct question *q, const struct json *root, struct str *value)
{
    const struct json *text = json_find(root, STR("SecretString"));
    struct str coded = json_find_str(root, STR("SecretBinary")), bytes = {0};
    if (text != NULL && text->type == JSON_STRING) {
        *value = arena_str_copy(q->cx->arena, text->text);
        return OK;
    }
    if (coded.len == 0 || !base64_decode(&q->arena, coded, &bytes)) {
        return fail(q->cx, ERR_UPSTREAM, "secret: the extension's answer has no value");
    }
    *value = arena_str_copy(q->cx->arena, bytes);
    return OK;
}

enum status parameters_secret(struct ctx *cx, struct parameters *parameters,
                              const struct secret_query *query, struct str *value)
{
    const struct json *root = NULL;
    *value = (struct str){0};
    if (query->id.len == 0) {
        return fail(cx, ERR_INVALID, "secret: no id");
    }
    DEFER(question_end) struct question q;
    question_begin(&q, cx);
    struct buf path = buf_in(&q.arena, KIB(64));
    buf_add(&path, STR("/secretsmanager/get"));
    add_query(&path, "secretId", query->id);
    add_query(&path, "versionId", query->version_id);
    add_query(&path, "versionStage", query->version_stage);
    TRY(question_ask(parameters, &q, &path, "secret", &root));
    return secret_value(&q, root, value);
}

enum status parameters_get(struct ctx *cx, struct parameters *parameters,
                           const struct parameter_query *query, struct str *value)
{
    const struct json *root = NULL;
    *value = (struct str){0};
    if (query->name.len == 0 || query->version < 0) {
        return fail(cx, ERR_INVALID, "parameter: no name, or a version below 0");
    }
    DEFER(question_end) struct question q;
    question_begin(&q, cx);
    struct buf path = buf_in(&q.arena, KIB(64));
    buf_add(&path, STR("/systemsmanager/parameters/get"));
    add_query(&path, "name", query->name);
    add_query(&path, "withDecryption", query->with_decryption ? STR("true") : (struct str){0});
    add_query(&path, "version",
              query->version > 0 ? arena_format(&q.arena, "%lld", (long long)query->version)
                                 : (struct str){0});
    add_query(&path, "label", query->label);
    TRY(question_ask(parameters, &q, &path, "parameter", &root));
    const struct json *text = json_find(json_find(root, STR("Parameter")), STR("Value"));
    if (text == NULL || text->type != JSON_STRING) {
        return fail(cx, ERR_UPSTREAM, "parameter: the extension's answer has no value");
    }
    *value = arena_str_copy(cx->arena, text->text);
    return OK;
}
