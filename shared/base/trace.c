#include "shared/base/trace.h"

#include "shared/base/field.h"

#include <stdio.h>

enum {
    TRACE_ID_BYTES = 32,
    PARENT_ID_BYTES = 16,
    EPOCH_BYTES = 8, /* of X-Ray's root, before the dash */
    ROOT_BYTES = 35, /* 1-8-24 */
    STATE_KEY_MAX = 256,
    STATE_VALUE_MAX = 256,
};

static bool is_hex(struct str text, size_t len)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return text.len == len;
}

/* An id of either form: W3C 3.2.2.3, 3.2.2.4. */
static bool is_id(struct str text, size_t len)
{
    size_t zeros = 0;
    while (zeros < text.len && text.ptr[zeros] == '0') {
        zeros++;
    }
    return is_hex(text, len) && zeros < len;
}

/* ---- X-Ray ----------------------------------------------------------------------------------- */

static bool is_root(struct str root)
{
    return root.len == ROOT_BYTES && str_skip_prefix(&root, STR("1-")) &&
           is_hex(str_slice(root, 0, EPOCH_BYTES), EPOCH_BYTES) && root.ptr[EPOCH_BYTES] == '-' &&
           is_hex(str_slice(root, EPOCH_BYTES + 1, root.len), TRACE_ID_BYTES - EPOCH_BYTES);
}

static bool sampled_read(struct str value, char *sampled)
{
    if (value.len != 1 || strchr("01?", value.ptr[0]) == NULL) {
        return false;
    }
    *sampled = value.ptr[0];
    return true;
}

/* One name=value. */
static bool xray_field(struct str field, struct trace_xray *out)
{
    struct str value = field;
    struct str name = {0};
    (void)str_split_next(&value, '=', &name);
    if (value.ptr == NULL || name.len == 0) {
        return false;
    }
    if (str_eq(name, STR("Root"))) {
        bool is_first = out->root.len == 0;
        out->root = value;
        return is_first && is_root(value);
    }
    if (str_eq(name, STR("Parent"))) {
        bool is_first = out->parent.len == 0;
        out->parent = value;
        return is_first && is_hex(value, PARENT_ID_BYTES);
    }
    if (str_eq(name, STR("Sampled"))) {
        return out->sampled == '\0' && sampled_read(value, &out->sampled);
    }
    if (str_eq(name, STR("Lineage"))) {
        bool is_first = out->lineage.ptr == NULL;
        out->lineage = value;
        return is_first;
    }
    return true;
}

bool trace_xray_read(struct str header, struct trace_xray *out)
{
    *out = (struct trace_xray){0};
    struct trace_xray found = {0};
    struct str rest = header, field = {0};
    if (header.len > TRACE_XRAY_MAX_BYTES || !field_is_printable(header)) {
        return false;
    }
    while (str_split_next(&rest, ';', &field)) {
        field = str_trim(field);
        if (field.len > 0 && !xray_field(field, &found)) {
            return false;
        }
    }
    if (found.root.len == 0) {
        return false;
    }
    *out = found;
    return true;
}

/* ---- W3C ------------------------------------------------------------------------------------- */

static unsigned hex_byte(struct str two)
{
    unsigned value = 0;
    for (size_t i = 0; i < two.len; i++) {
        char c = two.ptr[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

bool trace_parent_read(struct str header, struct trace_parent *out)
{
    enum { ID_AT = 3, PARENT_AT = 36, FLAGS_AT = 53 };
    *out = (struct trace_parent){0};
    if (header.len < TRACE_PARENT_BYTES || header.ptr[ID_AT - 1] != '-' ||
        header.ptr[PARENT_AT - 1] != '-' || header.ptr[FLAGS_AT - 1] != '-') {
        return false;
    }
    struct str version = str_slice(header, 0, 2);
    struct str flags = str_slice(header, FLAGS_AT, TRACE_PARENT_BYTES);
    struct str trace_id = str_slice(header, ID_AT, ID_AT + TRACE_ID_BYTES);
    struct str parent_id = str_slice(header, PARENT_AT, PARENT_AT + PARENT_ID_BYTES);
    if (!is_hex(version, 2) || !is_hex(flags, 2) || !is_id(trace_id, TRACE_ID_BYTES) ||
        !is_id(parent_id, PARENT_ID_BYTES) || str_eq(version, STR("ff")) ||
        !field_is_printable(header)) {
        return false;
    }
    bool is_longer =
        header.len > TRACE_PARENT_BYTES; /* a later version may say more, behind a dash */
    if (is_longer && (str_eq(version, STR("00")) || header.ptr[TRACE_PARENT_BYTES] != '-' ||
                      header.len > TRACE_XRAY_MAX_BYTES)) {
        return false;
    }
    *out = (struct trace_parent){
        .trace_id = trace_id,
        .parent_id = parent_id,
        .version = hex_byte(version),
        .flags = hex_byte(flags),
    };
    return true;
}

/* Section 3.3.1.3.1, level 2: a letter or digit first, then those and _ - * / @ */
static bool is_state_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_alnum && (i == 0 || c == '\0' || strchr("_-*/@", c) == NULL)) {
            return false;
        }
    }
    return key.len > 0 && key.len <= STATE_KEY_MAX;
}

/* Printable, without a comma (the members end there) and an equals sign; no blank at its end. */
static bool is_state_value(struct str value)
{
    return value.len <= STATE_VALUE_MAX && field_is_printable(value) &&
           str_find_char(value, '=') == SIZE_MAX;
}

static bool is_known(const struct str *keys, size_t count, struct str key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(keys[i], key)) {
            return true;
        }
    }
    return false;
}

bool trace_state_is_valid(struct str header)
{
    struct str keys[TRACE_STATE_MAX_MEMBERS];
    size_t count = 0;
    struct str rest = header, member = {0};
    if (header.len > TRACE_STATE_MAX_BYTES) {
        return false;
    }
    while (str_split_next(&rest, ',', &member)) {
        struct str value = str_trim(member), key = {0};
        if (value.len == 0) {
            continue; /* an empty member is legal */
        }
        (void)str_split_next(&value, '=', &key);
        if (value.len == 0 || !is_state_key(key) || !is_state_value(value) ||
            count == TRACE_STATE_MAX_MEMBERS || is_known(keys, count, key)) {
            return false;
        }
        keys[count++] = key;
    }
    return count > 0;
}

/* ---- from one to the other ------------------------------------------------------------------- */

bool trace_parent_from_xray(const struct trace_xray *xray, char out[static TRACE_PARENT_BYTES + 1])
{
    struct str root = xray->root;
    if (!is_root(root) || !is_id(xray->parent, PARENT_ID_BYTES)) {
        return false;
    }
    (void)snprintf(out, TRACE_PARENT_BYTES + 1, "00-" STR_FMT STR_FMT "-" STR_FMT "-%s",
                   STR_ARG(str_slice(root, 2, 2 + EPOCH_BYTES)),
                   STR_ARG(str_slice(root, 2 + EPOCH_BYTES + 1, root.len)), STR_ARG(xray->parent),
                   xray->sampled == '1' ? "01" : "00");
    struct trace_parent check; /* an id of zeros is none of W3C's */
    return trace_parent_read(str_from_cstr(out), &check);
}

void trace_xray_from_parent(const struct trace_parent *parent,
                            char out[static TRACE_XRAY_BYTES + 1])
{
    (void)snprintf(out, TRACE_XRAY_BYTES + 1,
                   "Root=1-" STR_FMT "-" STR_FMT ";Parent=" STR_FMT ";Sampled=%c",
                   STR_ARG(str_slice(parent->trace_id, 0, EPOCH_BYTES)),
                   STR_ARG(str_slice(parent->trace_id, EPOCH_BYTES, parent->trace_id.len)),
                   STR_ARG(parent->parent_id), (parent->flags & TRACE_SAMPLED) != 0 ? '1' : '0');
}

void trace_adopt(struct ctx *cx, struct str traceparent, struct str tracestate)
{
    struct trace_parent parent;
    traceparent = str_trim(traceparent);
    tracestate = str_trim(tracestate);
    cx->traceparent = (struct str){0};
    cx->tracestate = (struct str){0};
    if (!trace_parent_read(traceparent, &parent)) {
        return;
    }
    cx->traceparent = traceparent;
    if (trace_state_is_valid(tracestate)) {
        cx->tracestate = tracestate;
    }
}
