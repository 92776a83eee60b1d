/*
 * Values, arrays and objects as models write them: a loop with a stack of its own. Each turn takes
 * one token, and each token moves on, so that it ends.
 */
#include "shared/json/repair_parts.h"

enum { DEFAULT_DEPTH = 64 };

/* ---- between tokens -------------------------------------------------------------------------- */

static bool has_here(const struct repairer *r, struct str what)
{
    return str_has_prefix(str_slice(r->source, r->at, r->at + what.len), what);
}

/* Behind the next `end`, or the source's end. */
static void skip_past(struct repairer *r, struct str end)
{
    size_t found = str_find(str_slice(r->source, r->at, r->source.len), end);
    r->at = found == SIZE_MAX ? r->source.len : r->at + found + end.len;
}

/* Where a value is due, #fff is one. */
static bool is_hash_comment(const struct repairer *r)
{
    int after = repair_byte(r, r->at + 1);
    return has_here(r, STR("#")) &&
           (r->expects != EXPECTS_VALUE || repair_is_space(after) || after == REPAIR_END);
}

static bool comment_skip(struct repairer *r)
{
    size_t at = r->at;
    if (has_here(r, STR("//")) || is_hash_comment(r)) {
        skip_past(r, STR("\n"));
    } else if (has_here(r, STR("/*"))) {
        skip_past(r, STR("*/"));
    } else {
        return false;
    }
    repair_note(r, JSON_RULE_COMMENT, at, r->at - at);
    return true;
}

static void between_skip(struct repairer *r)
{
    do {
        while (repair_is_space(repair_byte(r, r->at))) {
            r->at++;
        }
    } while (comment_skip(r));
}

/* ---- the tree -------------------------------------------------------------------------------- */

static const void *shape_of_member(const struct repairer *r, struct str key)
{
    bool is_known = false;
    const void *shape = r->open->shape;
    return r->guide == NULL || shape == NULL
               ? NULL
               : r->guide->member(r->guide->arg, shape, key, &is_known);
}

static const void *shape_of_next(const struct repairer *r)
{
    if (r->open == NULL) {
        return r->guide == NULL ? NULL : r->guide->root;
    }
    if (r->open->type == JSON_OBJECT) {
        return shape_of_member(r, r->pending_key);
    }
    const void *shape = r->open->shape;
    return r->guide == NULL || shape == NULL ? NULL
                                             : r->guide->item(r->guide->arg, shape, r->open->count);
}

/* Puts a value where it belongs; what comes next is a comma. */
static struct node *node_add(struct repairer *r, const struct node *value)
{
    struct node *node = ARENA_NEW(r->cx->arena, struct node);
    *node = *value;
    node->at = r->pending_at;
    node->parent = r->open;
    node->key = r->pending_key;
    r->pending_key = (struct str){0};
    r->comma_at = SIZE_MAX;
    r->expects = EXPECTS_COMMA;
    if (r->open == NULL) {
        r->root = node;
    } else {
        *(r->open->first == NULL ? &r->open->first : &r->open->last->next) = node;
        r->open->last = node;
        r->open->count++;
    }
    return node;
}

static enum status container_open(struct repairer *r, enum json_type type)
{
    if (r->depth == r->max_depth) {
        return fail_public(r->cx, ERR_INVALID, "not JSON: nested more than %zu deep", r->max_depth);
    }
    struct node value = {.type = type, .shape = shape_of_next(r)};
    r->open = node_add(r, &value);
    r->expects = type == JSON_OBJECT ? EXPECTS_KEY : EXPECTS_VALUE;
    r->depth++;
    r->at++;
    return OK;
}

static void member_without_value(struct repairer *r, bool is_cut)
{
    if (is_cut) {
        repair_note(r, JSON_RULE_CUT_MEMBER, r->pending_at, r->source.len - r->pending_at);
        struct node value = {
            .type = JSON_NULL, .literal = STR("null"), .is_cut = true, .is_left_out = true};
        node_add(r, &value);
        return;
    }
    repair_note(r, JSON_RULE_MISSING_VALUE, r->at, 0);
    node_add(r, &(struct node){.type = JSON_NULL, .literal = STR("null")});
}

static void container_close(struct repairer *r)
{
    if (r->comma_at != SIZE_MAX) {
        repair_note(r, JSON_RULE_TRAILING_COMMA, r->comma_at, 1);
        r->comma_at = SIZE_MAX;
    }
    r->open = r->open->parent;
    r->depth--;
    r->expects = EXPECTS_COMMA;
}

static bool is_open(const struct repairer *r, enum json_type type)
{
    for (const struct node *node = r->open; node != NULL; node = node->parent) {
        if (node->type == type) {
            return true;
        }
    }
    return false;
}

/* A closing bracket of a kind that is not open. */
static void wrong_closer_take(struct repairer *r)
{
    bool is_last = repair_byte(r, repair_skip_space(r, r->at + 1)) == REPAIR_END;
    repair_note(r, is_last ? JSON_RULE_WRONG_CLOSER : JSON_RULE_EXTRA_CLOSER, r->at++, 1);
    if (is_last) {
        container_close(r);
    }
}

/* A closing bracket, of the innermost container or of one around it. */
static void closer_take(struct repairer *r, enum json_type type)
{
    if (r->expects == EXPECTS_COLON ||
        (r->expects == EXPECTS_VALUE && r->open->type == JSON_OBJECT)) {
        member_without_value(r, false);
    }
    if (r->open->type != type && !is_open(r, type)) {
        wrong_closer_take(r);
        return;
    }
    while (r->open->type != type) {
        repair_note(r, JSON_RULE_MISSING_CLOSER, r->at, 0);
        container_close(r);
    }
    container_close(r);
    r->at++;
}

/* ---- what a place expects -------------------------------------------------------------------- */

static bool is_closer(int c)
{
    return c == '}' || c == ']';
}

/* Up to the next byte that can mean something. */
static void garbage_skip(struct repairer *r)
{
    size_t at = r->at++;
    for (int c = 0; (c = repair_byte(r, r->at)) != REPAIR_END && !is_closer(c) && c != ',' &&
                    c != '{' && c != '[' && c != ':' && !repair_is_space(c) &&
                    repair_quote_len(r, r->at) == 0;) {
        r->at++;
    }
    repair_note(r, JSON_RULE_GARBAGE, at, r->at - at);
}

static bool ellipsis_skip(struct repairer *r)
{
    static const struct str forms[] = {STR_INIT("..."), STR_INIT("\xe2\x80\xa6")};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (has_here(r, forms[i])) {
            repair_note(r, JSON_RULE_ELLIPSIS, r->at, forms[i].len);
            r->at += forms[i].len;
            return true;
        }
    }
    return false;
}

static enum status value_take(struct repairer *r)
{
    int c = repair_byte(r, r->at);
    if (c == '{' || c == '[') {
        return container_open(r, c == '{' ? JSON_OBJECT : JSON_ARRAY);
    }
    struct node value = {.shape = shape_of_next(r)};
    if (repair_quote_len(r, r->at) > 0) {
        value.type = JSON_STRING;
        value.literal = repair_string(r, false, &value.is_cut);
    } else if (ellipsis_skip(r)) {
        return OK;
    } else if (!repair_bare(r, value.shape, &value)) {
        garbage_skip(r);
        return OK;
    }
    node_add(r, &value);
    return OK;
}

static bool is_name_byte(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$' || c == '.' || c >= 0x80;
}

/* False: what stands there is no key. */
static bool bare_key_take(struct repairer *r)
{
    size_t at = r->at;
    size_t end = at;
    while (is_name_byte(repair_byte(r, end))) {
        end++;
    }
    int c = repair_byte(r, repair_skip_space(r, end));
    if (c != ':' && c != '=' && c != REPAIR_END) {
        return false;
    }
    r->at = end;
    r->pending_key = repair_bare_text(r, JSON_RULE_BARE_KEY, str_slice(r->source, at, end));
    return true;
}

/* At the source's end a key has no value any more, and may not be whole. */
static void key_cut(struct repairer *r)
{
    repair_note(r, JSON_RULE_CUT_MEMBER, r->pending_at, r->source.len - r->pending_at);
    r->open->is_cut = true;
    r->pending_key = (struct str){0};
    r->expects = EXPECTS_COMMA;
    r->comma_at = SIZE_MAX;
}

static enum status key_take(struct repairer *r, int c)
{
    bool is_cut = false;
    r->pending_at = r->at;
    if (repair_quote_len(r, r->at) > 0) {
        r->pending_key = repair_string(r, true, &is_cut);
    } else if (ellipsis_skip(r)) {
        return OK;
    } else if (is_name_byte(c) && bare_key_take(r)) {
        /* it has a colon, or an equals sign, behind it */
    } else if (c == '{' && r->open->first == NULL) {
        repair_note(r, JSON_RULE_EXTRA_OPENER, r->at++, 1);
        return OK;
    } else {
        garbage_skip(r);
        return OK;
    }
    r->expects = EXPECTS_COLON;
    if (is_cut) {
        key_cut(r);
    }
    return OK;
}

static enum status colon_take(struct repairer *r, int c)
{
    r->expects = EXPECTS_VALUE;
    if (c == ':' || c == '=') {
        r->at++;
        r->at += c == '=' && repair_byte(r, r->at) == '>'; /* Ruby and PHP */
        if (c == '=') {
            repair_note(r, JSON_RULE_MISSING_COLON, r->at - 1, 1);
        }
        return OK;
    }
    if (c == ',') {
        member_without_value(r, false);
        return OK;
    }
    repair_note(r, JSON_RULE_MISSING_COLON, r->at, 0);
    return OK;
}

static enum status comma_take(struct repairer *r, int c)
{
    r->expects = r->open->type == JSON_OBJECT ? EXPECTS_KEY : EXPECTS_VALUE;
    if (c == ',' || c == ';') {
        r->comma_at = r->at++;
        if (c == ';') {
            repair_note(r, JSON_RULE_MISSING_COMMA, r->comma_at, 1);
        }
        return OK;
    }
    if (c == ':') {
        garbage_skip(r);
        return OK;
    }
    repair_note(r, JSON_RULE_MISSING_COMMA, r->at, 0);
    return OK;
}

static enum status token_take(struct repairer *r)
{
    int c = repair_byte(r, r->at);
    if (is_closer(c)) {
        closer_take(r, c == '}' ? JSON_OBJECT : JSON_ARRAY);
        return OK;
    }
    if (c == ',' && (r->expects == EXPECTS_KEY ||
                     (r->expects == EXPECTS_VALUE && r->open->type == JSON_ARRAY))) {
        repair_note(r, JSON_RULE_EXTRA_COMMA, r->at++, 1);
        return OK;
    }
    switch (r->expects) {
    case EXPECTS_KEY:
        return key_take(r, c);
    case EXPECTS_COLON:
        return colon_take(r, c);
    case EXPECTS_COMMA:
        return comma_take(r, c);
    case EXPECTS_VALUE:
        if (c == ',') {
            member_without_value(r, false);
            return OK;
        }
        return value_take(r);
    }
    return OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* The source has ended within containers. */
static void end_close(struct repairer *r)
{
    if (r->expects == EXPECTS_COLON ||
        (r->expects == EXPECTS_VALUE && r->open->type == JSON_OBJECT)) {
        member_without_value(r, true);
    }
    while (r->open != NULL) {
        r->open->is_cut = true;
        repair_note(r, JSON_RULE_MISSING_CLOSER, r->source.len, 0);
        container_close(r);
    }
}

enum status repair_parse(struct repairer *r)
{
    r->max_depth = r->max_depth == 0 ? DEFAULT_DEPTH : r->max_depth;
    r->comma_at = SIZE_MAX;
    r->expects = EXPECTS_VALUE;
    TRY(value_take(r));
    while (r->open != NULL) {
        between_skip(r);
        if (repair_byte(r, r->at) == REPAIR_END) {
            end_close(r);
            return OK;
        }
        TRY(token_take(r));
    }
    return OK;
}
