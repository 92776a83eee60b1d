#include "shared/base/ctx.h"

#include "shared/base/clock.h"

#include <assert.h>
#include <stdio.h>

void err_clear(struct ctx *cx)
{
    cx->err.text[0] = '\0';
    cx->err.words[0] = '\0';
    cx->err.code = NULL;
    cx->err.field_count = 0;
    cx->err.fields_dropped = 0;
}

static void PRINTF_LIKE(2, 0) chain_start(struct ctx *cx, const char *format, va_list args)
{
    char text[ERR_TEXT_MAX]; /* `args` may point into the chain that is being replaced */
    (void)vsnprintf(text, sizeof text, format, args);
    memcpy(cx->err.text, text, strlen(text) + 1);
    cx->err.words[0] = '\0';
    cx->err.code = NULL;
}

enum status fail(struct ctx *cx, enum status status, const char *format, ...)
{
    assert(status != OK);
    va_list args;
    va_start(args, format);
    chain_start(cx, format, args);
    va_end(args);
    return status;
}

static void words_from_chain(struct ctx *cx)
{
    (void)snprintf(cx->err.words, sizeof cx->err.words, "%.*s", (int)sizeof cx->err.words - 1,
                   cx->err.text);
}

enum status fail_public(struct ctx *cx, enum status status, const char *format, ...)
{
    assert(status != OK);
    va_list args;
    va_start(args, format);
    chain_start(cx, format, args);
    va_end(args);
    words_from_chain(cx);
    return status;
}

enum status fail_code(struct ctx *cx, enum status status, const char *code, const char *format, ...)
{
    assert(status != OK);
    va_list args;
    va_start(args, format);
    chain_start(cx, format, args);
    va_end(args);
    words_from_chain(cx);
    cx->err.code = code;
    return status;
}

/* Adds what fits; a chain that is too long loses its innermost words. */
static void chain_add(char text[static ERR_TEXT_MAX], const char *words)
{
    size_t len = strlen(text), room = ERR_TEXT_MAX - 1 - len;
    size_t taken = strnlen(words, room);
    memcpy(text + len, words, taken);
    text[len + taken] = '\0';
}

enum status err_while(struct ctx *cx, enum status status, const char *format, ...)
{
    assert(status != OK);
    char text[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    chain_add(text, ": ");
    chain_add(text, cx->err.text);
    memcpy(cx->err.text, text, strlen(text) + 1);
    return status;
}

void fail_field(struct ctx *cx, struct str path, const char *format, ...)
{
    if (cx->err.field_count == ERR_FIELDS_MAX) {
        cx->err.fields_dropped++;
        return;
    }
    struct err_field *field = &cx->err.fields[cx->err.field_count++];
    (void)snprintf(field->path, sizeof field->path, STR_FMT, STR_ARG(path));
    va_list args;
    va_start(args, format);
    (void)vsnprintf(field->message, sizeof field->message, format, args);
    va_end(args);
}

enum status fields_status(struct ctx *cx)
{
    if (cx->err.field_count == 0) {
        return OK;
    }
    const struct err_field *first = &cx->err.fields[0];
    size_t more = cx->err.field_count - 1 + cx->err.fields_dropped;
    char rest[48] = "";
    if (more > 0) {
        (void)snprintf(rest, sizeof rest, " (and %zu more)", more);
    }
    return fail_public(cx, ERR_INVALID, "%s%s%s%s", first->path, first->path[0] == '\0' ? "" : ": ",
                       first->message, rest);
}

static const struct {
    const char *name, *code, *words;
    int http;
} statuses[] = {
#define STATUS_ROW(name, http, code, words) [name] = {#name, code, words, http},
    STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

int status_http(enum status status)
{
    return statuses[status].http;
}

const char *status_code(enum status status)
{
    return statuses[status].code;
}

const char *status_words(enum status status)
{
    return statuses[status].words;
}

const char *status_name(enum status status)
{
    return statuses[status].name;
}

int64_t ctx_remaining_ms(const struct ctx *cx, int64_t fallback_ms)
{
    if (cx->deadline_ms == 0) {
        return fallback_ms;
    }
    int64_t left = cx->deadline_ms - clock_now_ms();
    return left > 0 ? left : 0;
}
