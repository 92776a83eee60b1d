#include "shared/pg/internal.h"

#include "shared/base/clock.h"

#include <assert.h>
#include <stdio.h>

static bool text_is_clean(struct str text)
{
    return str_find_char(text, '\0') == SIZE_MAX;
}

static void element_add(struct buf *buf, struct str item)
{
    buf_add_char(buf, '"');
    for (size_t i = 0; i < item.len; i++) {
        if (item.ptr[i] == '"' || item.ptr[i] == '\\') {
            buf_add_char(buf, '\\');
        }
        buf_add_char(buf, item.ptr[i]);
    }
    buf_add_char(buf, '"');
}

/* One element of an array literal (PostgreSQL manual, 8.15.6); false if it cannot be one. */
static bool item_add(struct buf *buf, const struct pg_param *param, size_t i)
{
    if (param->kind == PG_PARAM_TEXT_ARRAY) {
        struct str item = ((const struct str *)param->items)[i];
        element_add(buf, item);
        return text_is_clean(item);
    }
    if (param->kind == PG_PARAM_I64_ARRAY) {
        buf_addf(buf, "%lld", (long long)((const int64_t *)param->items)[i]);
    } else {
        buf_addf(buf, "%.17g", ((const double *)param->items)[i]);
    }
    return true;
}

/* NULL if an element holds U+0000. */
static const char *array_text(struct arena *arena, const struct pg_param *param)
{
    struct buf buf = buf_in(arena, MIB(64));
    bool clean = true;
    buf_add_char(&buf, '{');
    for (size_t i = 0; i < param->item_count; i++) {
        if (i > 0) {
            buf_add_char(&buf, ',');
        }
        clean = item_add(&buf, param, i) && clean;
    }
    buf_add_char(&buf, '}');
    buf_add_char(&buf, '\0');
    return clean && !buf.full ? buf.ptr : NULL;
}

static const char *date_text(struct arena *arena, int64_t days)
{
    enum { DATE_BYTES = 11 };
    char *text = ARENA_ARRAY(arena, char, DATE_BYTES);
    date_format((int32_t)days, text);
    return text;
}

static const char *time_text(struct arena *arena, int64_t epoch_ms)
{
    enum { TIMESTAMP_BYTES = 25 };
    char *text = ARENA_ARRAY(arena, char, TIMESTAMP_BYTES);
    timestamp_format(epoch_ms, text);
    return text;
}

/* NULL if the parameter cannot be said in text. */
static const char *param_text(struct arena *arena, const struct pg_param *param)
{
    switch (param->kind) {
    case PG_PARAM_TEXT:
        return text_is_clean(param->text) ? arena_cstr_copy(arena, param->text) : NULL;
    case PG_PARAM_I64:
        return arena_format(arena, "%lld", (long long)param->i64).ptr;
    case PG_PARAM_F64:
        return arena_format(arena, "%.17g", param->f64).ptr;
    case PG_PARAM_BOOL:
        return param->i64 != 0 ? "t" : "f";
    case PG_PARAM_DATE:
        return date_text(arena, param->i64);
    case PG_PARAM_TIME_MS:
        return time_text(arena, param->i64);
    case PG_PARAM_TEXT_ARRAY:
    case PG_PARAM_I64_ARRAY:
    case PG_PARAM_F64_ARRAY:
        return array_text(arena, param);
    case PG_PARAM_NULL:
        break;
    }
    return NULL;
}

enum status pg_params_text(struct ctx *cx, const struct pg_query *query, const char *const **texts)
{
    const char **list = ARENA_ARRAY(cx->arena, const char *, query->param_count);
    for (size_t i = 0; i < query->param_count; i++) {
        list[i] = param_text(cx->arena, &query->params[i]);
        if (list[i] == NULL && query->params[i].kind != PG_PARAM_NULL) {
            return fail(cx, ERR_INVALID, "parameter $%zu holds U+0000 or is too large", i + 1);
        }
    }
    *texts = list;
    return OK;
}
