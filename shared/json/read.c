#include "shared/json/json.h"

#include "shared/base/utf8.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

enum { DEFAULT_DEPTH = 64, LINEAR_MEMBERS = 16 };

struct reader {
    struct ctx *cx;
    struct str source;
    size_t at;
    size_t max_depth;
    bool allow_duplicate_keys;
};

static enum status read_value(struct reader *r, size_t depth, struct json *value);

/* The place is found only when it is needed: reading stays a single pass. */
static enum status refuse(struct reader *r, size_t at, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < r->source.len; i++) {
        bool newline = r->source.ptr[i] == '\n';
        line += newline;
        column = newline ? 1 : column + 1;
    }
    return fail_public(r->cx, ERR_INVALID, "not JSON: %s at line %zu, column %zu", what, line,
                       column);
}

static void skip_space(struct reader *r)
{
    while (r->at < r->source.len) {
        char c = r->source.ptr[r->at];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            break;
        }
        r->at++;
    }
}

static int peek(const struct reader *r)
{
    return r->at < r->source.len ? (unsigned char)r->source.ptr[r->at] : -1;
}

static enum status read_word(struct reader *r, struct str word)
{
    struct str rest = str_slice(r->source, r->at, r->source.len);
    if (!str_has_prefix(rest, word)) {
        return refuse(r, r->at, "unknown word");
    }
    r->at += word.len;
    return OK;
}

static size_t digits_from(const struct reader *r, size_t at)
{
    while (at < r->source.len && r->source.ptr[at] >= '0' && r->source.ptr[at] <= '9') {
        at++;
    }
    return at;
}

/* number = [ minus ] int [ frac ] [ exp ]   (RFC 8259 section 6) */
static enum status read_number(struct reader *r, struct json *value)
{
    const struct str s = r->source;
    size_t start = r->at;
    size_t at = start + (s.ptr[start] == '-');
    size_t end = digits_from(r, at);
    if (end == at || (s.ptr[at] == '0' && end > at + 1)) {
        return refuse(r, start, "malformed number");
    }
    if (end < s.len && s.ptr[end] == '.') {
        at = end + 1;
        end = digits_from(r, at);
        if (end == at) {
            return refuse(r, start, "malformed number");
        }
    }
    if (end < s.len && (s.ptr[end] | 0x20) == 'e') {
        at = end + 1;
        at += at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-');
        end = digits_from(r, at);
        if (end == at) {
            return refuse(r, start, "malformed number");
        }
    }
    value->type = JSON_NUMBER;
    value->text = str_slice(s, start, end);
    r->at = end;
    return OK;
}

/* The four digits after "\u" at `at`, or -1. */
static int32_t read_hex4(const struct reader *r, size_t at)
{
    if (at + 4 > r->source.len) {
        return -1;
    }
    int32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = str_hex_value(r->source.ptr[at + i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

/* One "\uXXXX", or the pair of them that names a code point past U+FFFF. `*at` is at the 'u'. */
static enum status read_code_point(struct reader *r, size_t *at, uint32_t *code_point)
{
    int32_t unit = read_hex4(r, *at + 1);
    if (unit < 0) {
        return refuse(r, *at, "malformed \\u escape");
    }
    *at += 5;
    *code_point = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return OK;
    }
    struct str next = str_slice(r->source, *at, *at + 2);
    int32_t low = str_eq(next, STR("\\u")) ? read_hex4(r, *at + 2) : -1;
    if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
        return refuse(r, *at, "lone surrogate");
    }
    *at += 6;
    *code_point = 0x10000U + (((uint32_t)unit - 0xD800U) << 10) + ((uint32_t)low - 0xDC00U);
    return OK;
}

/* `*at` is behind the backslash. */
static enum status read_escape(struct reader *r, size_t *at, char *out, size_t *len)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    int c = *at < r->source.len ? (unsigned char)r->source.ptr[*at] : 0;
    if (c == 'u') {
        uint32_t code_point = 0;
        TRY(read_code_point(r, at, &code_point));
        *len += utf8_encode(code_point, out + *len);
        return OK;
    }
    const char *found = c == 0 ? NULL : strchr(letters, c);
    if (found == NULL) {
        return refuse(r, *at, "unknown escape");
    }
    out[(*len)++] = values[found - letters];
    (*at)++;
    return OK;
}

/*
 * Past bytes that mean themselves, eight at a time: up to a quote, a backslash, a control character
 * or what is no ASCII. Each difference has the high bit of the first such byte set; a borrow may
 * set others, but only behind it.
 */
static size_t skip_plain(struct str s, size_t at)
{
    static const uint64_t ones = 0x0101010101010101U;
    static const uint64_t high_bits = 0x8080808080808080U;
    uint64_t word = 0;
    while (at + sizeof word <= s.len) {
        memcpy(&word, s.ptr + at, sizeof word);
        word = le64toh(word);
        uint64_t quotes = (word ^ ones * '"') - ones;
        uint64_t backslashes = (word ^ ones * '\\') - ones;
        uint64_t controls = word - ones * 0x20;
        uint64_t found = (word | quotes | backslashes | controls) & high_bits;
        if (found != 0) {
            return at + (size_t)__builtin_ctzll(found) / 8;
        }
        at += sizeof word;
    }
    return at;
}

struct extent {
    size_t end;                 /* of the closing quote */
    bool has_escapes, has_high; /* a byte past ASCII, unless behind a backslash */
};

/* From the opening quote on. */
static enum status string_extent(struct reader *r, struct extent *extent)
{
    size_t at = skip_plain(r->source, r->at + 1);
    *extent = (struct extent){0};
    while (at < r->source.len && r->source.ptr[at] != '"') {
        unsigned char c = (unsigned char)r->source.ptr[at];
        if (c < 0x20) {
            return refuse(r, at, "control character in a string");
        }
        extent->has_escapes |= c == '\\';
        extent->has_high |= c >= 0x80;
        at = skip_plain(r->source, at + (c == '\\' ? 2 : 1));
    }
    if (at >= r->source.len) {
        return refuse(r, r->at, "unterminated string");
    }
    extent->end = at;
    return OK;
}

static size_t run_to_escape(struct str s, size_t at, size_t end)
{
    const char *backslash = memchr(s.ptr + at, '\\', end - at);
    return backslash == NULL ? end - at : (size_t)(backslash - (s.ptr + at));
}

static enum status read_string(struct reader *r, struct str *text)
{
    struct extent extent;
    TRY(string_extent(r, &extent));
    size_t start = r->at + 1;
    size_t end = extent.end;
    struct str raw = str_slice(r->source, start, end);
    size_t valid = extent.has_high ? utf8_valid_prefix(raw) : raw.len;
    if (valid < raw.len) {
        return refuse(r, start + valid, "invalid UTF-8");
    }
    r->at = end + 1;
    if (!extent.has_escapes) {
        *text = raw;
        return OK;
    }
    char *out = ARENA_ARRAY(r->cx->arena, char, raw.len + 1); /* escapes only shrink */
    size_t len = 0;
    for (size_t at = start; at < end;) {
        if (r->source.ptr[at] == '\\') {
            at++;
            TRY(read_escape(r, &at, out, &len));
        } else {
            size_t run = run_to_escape(r->source, at, end);
            memcpy(out + len, r->source.ptr + at, run);
            len += run;
            at += run;
        }
    }
    *text = (struct str){.ptr = out, .len = len};
    return OK;
}

/* ---- duplicate keys ----
 * Few members are compared one by one; many go through an open-addressing table, seeded per
 * process so that no sender can choose colliding names. */

struct key_table {
    const struct json **slots;
    size_t size, used;
};

/* Atomic: two threads that both chose a seed would each fill a table with two of them. */
static uint64_t process_seed(void)
{
    static _Atomic uint64_t seed;
    uint64_t known = atomic_load(&seed), fresh = 0;
    if (known != 0) {
        return known;
    }
    if (getrandom(&fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh) {
        abort(); /* as in uuid_v4 */
    }
    fresh |= 1;
    return atomic_compare_exchange_strong(&seed, &known, fresh) ? fresh : known;
}

static uint64_t key_hash(struct str key)
{
    uint64_t hash = process_seed();
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ (unsigned char)key.ptr[i]) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

/* True if the key is there already. The table has room. */
static bool key_table_put(struct key_table *table, const struct json *member)
{
    size_t slot = key_hash(member->key) & (table->size - 1);
    while (table->slots[slot] != NULL) {
        if (str_eq(table->slots[slot]->key, member->key)) {
            return true;
        }
        slot = (slot + 1) & (table->size - 1);
    }
    table->slots[slot] = member;
    table->used++;
    return false;
}

static void key_table_grow(struct arena *arena, struct key_table *table, const struct json *first,
                           const struct json *upto)
{
    table->size = table->size == 0 ? (size_t)LINEAR_MEMBERS * 4 : table->size * 4;
    table->slots = ARENA_ARRAY(arena, const struct json *, table->size);
    table->used = 0;
    for (const struct json *member = first; member != upto; member = member->next) {
        (void)key_table_put(table, member);
    }
}

static bool is_duplicate(struct reader *r, struct key_table *table, const struct json *object,
                         const struct json *member)
{
    if (object->count < LINEAR_MEMBERS) {
        for (const struct json *other = object->first; other != member; other = other->next) {
            if (str_eq(other->key, member->key)) {
                return true;
            }
        }
        return false;
    }
    if (table->used * 2 >= table->size) {
        key_table_grow(r->cx->arena, table, object->first, member);
    }
    return key_table_put(table, member);
}

static enum status read_key(struct reader *r, struct json *member)
{
    if (peek(r) != '"') {
        return refuse(r, r->at, "expected a member name in double quotes");
    }
    TRY(read_string(r, &member->key));
    skip_space(r);
    if (peek(r) != ':') {
        return refuse(r, r->at, "expected ':'");
    }
    r->at++;
    skip_space(r);
    return OK;
}

/* After an item: true in `*more` if a comma was taken, false if the container was closed. */
static enum status read_comma_or(struct reader *r, char close, bool *more)
{
    skip_space(r);
    int c = peek(r);
    if (c != ',' && c != close) {
        return refuse(r, r->at, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    }
    *more = c == ',';
    r->at++;
    skip_space(r);
    return OK;
}

static enum status read_container(struct reader *r, size_t depth, struct json *value)
{
    bool object = peek(r) == '{';
    char close = object ? '}' : ']';
    if (depth >= r->max_depth) {
        return refuse(r, r->at, "nested too deep");
    }
    value->type = object ? JSON_OBJECT : JSON_ARRAY;
    r->at++;
    skip_space(r);
    bool more = peek(r) != close;
    r->at += !more;
    struct key_table keys = {0};
    for (struct json **link = &value->first; more; link = &(*link)->next) {
        struct json *item = ARENA_NEW(r->cx->arena, struct json);
        size_t start = r->at;
        if (object) {
            TRY(read_key(r, item));
        }
        TRY(read_value(r, depth + 1, item));
        *link = item;
        if (object && !r->allow_duplicate_keys && is_duplicate(r, &keys, value, item)) {
            return refuse(r, start, "duplicate key");
        }
        value->count++;
        TRY(read_comma_or(r, close, &more));
    }
    return OK;
}

static enum status read_scalar(struct reader *r, struct json *value)
{
    int c = peek(r);
    switch (c) {
    case '"':
        value->type = JSON_STRING;
        return read_string(r, &value->text);
    case 't':
        value->type = JSON_BOOL;
        value->boolean = true;
        return read_word(r, STR("true"));
    case 'f':
        value->type = JSON_BOOL;
        return read_word(r, STR("false"));
    case 'n':
        value->type = JSON_NULL;
        return read_word(r, STR("null"));
    case -1:
        return refuse(r, r->at, "unexpected end");
    default:
        if (c == '-' || (c >= '0' && c <= '9')) {
            return read_number(r, value);
        }
        return refuse(r, r->at, "unexpected character");
    }
}

static enum status read_value(struct reader *r, size_t depth, struct json *value)
{
    size_t start = r->at;
    int c = peek(r);
    TRY(c == '{' || c == '[' ? read_container(r, depth, value) : read_scalar(r, value));
    /* a container has skipped the space behind it */
    size_t end = r->at;
    while (end > start && (r->source.ptr[end - 1] == ' ' || r->source.ptr[end - 1] == '\n' ||
                           r->source.ptr[end - 1] == '\t' || r->source.ptr[end - 1] == '\r')) {
        end--;
    }
    value->span = str_slice(r->source, start, end);
    return OK;
}

enum status json_read(struct ctx *cx, struct str source, const struct json_options *options,
                      const struct json **root)
{
    struct reader r = {.cx = cx, .source = source, .max_depth = DEFAULT_DEPTH};
    if (options != NULL) {
        r.allow_duplicate_keys = options->allow_duplicate_keys;
        r.max_depth = options->max_depth == 0 ? DEFAULT_DEPTH : options->max_depth;
        r.max_depth = r.max_depth > JSON_READ_DEPTH_MAX ? JSON_READ_DEPTH_MAX : r.max_depth;
    }
    struct json *value = ARENA_NEW(cx->arena, struct json);
    skip_space(&r);
    TRY(read_value(&r, 0, value));
    skip_space(&r);
    if (r.at < source.len) {
        return refuse(&r, r.at, "something after the document");
    }
    *root = value;
    return OK;
}
