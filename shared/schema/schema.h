/*
 * Declared shapes: one table says which members a JSON object may have, and `schema_read` turns the
 * object into a C struct or names every field at fault, with its path and a sentence that helps.
 *
 *   static const struct schema_field session_fields[] = {
 *       FIELD_STR(struct session_input, device, .required = true, .max_bytes = 64),
 *       FIELD_INT(struct session_input, ttl_s, .min = 60, .max = 86400, .fallback = 3600),
 *       FIELD_LIST(struct session_input, tags, tag_count, ITEM_STR(.max_bytes = 20), .max_items =
 * 5),
 *   };
 *   TRY(schema_read(cx, root, session_fields, ARRAY_LEN(session_fields), &input));
 *
 * Rules between fields are the endpoint's (fail_field, after this). JSON Schema documents are
 * another module's. Messages never repeat a value that came in; an unknown member's name is in its
 * path.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

enum schema_kind {
    SCHEMA_STR,
    SCHEMA_INT,
    SCHEMA_NUM,
    SCHEMA_BOOL,
    SCHEMA_DATE,
    SCHEMA_ENUM,
    SCHEMA_OBJECT,
    SCHEMA_LIST,
    SCHEMA_RAW,
};

enum schema_pattern { SCHEMA_ANY_TEXT, SCHEMA_UUID };

enum { SCHEMA_DEFAULT_MAX_BYTES = 4096, SCHEMA_DEFAULT_MAX_ITEMS = 256 };

/* One word of an enum, as written in JSON. */
struct schema_name {
    const char *name;
    int value;
};

/*
 * One member. The FIELD_ macros fill the first group; the rest is yours, and zero is the sensible
 * default: optional, not nullable, unlimited numbers, the default sizes above.
 */
struct schema_field {
    const char *member; /* the C member's name, and the JSON name unless `as` is set */
    enum schema_kind kind;
    int end_;
    size_t offset, size; /* of the member, or of one element of a list */
    size_t count_offset; /* lists: the size_t that receives the number of elements */
    const struct schema_name *names;
    size_t name_count;
    const struct schema_field *fields;
    size_t field_count;
    const struct schema_field *item;

    const char *as; /* the JSON name, where it is not the C member's */
    enum schema_pattern pattern;
    bool required;  /* absent is a fault */
    bool nullable;  /* null is as good as absent; else it is a wrong type */
    bool above_min; /* `min` itself is refused (and counts as a limit even if 0) */
    size_t present; /* FIELD_PRESENT(type, bool member): receives whether a value was given */
    size_t min_bytes, max_bytes;
    /* Limits of numbers, inclusive; both 0: none; `max` below `min`: no maximum. */
    double min, max;
    double fallback; /* numbers, bool, enum, date when absent */
    struct str fallback_str;
    size_t min_items, max_items;
};

/* struct str: a view into the JSON tree, UTF-8 without U+0000 */
#define FIELD_STR(...) FIELD_(SCHEMA_STR, __VA_ARGS__, .end_ = 0)
/* int32_t, int or int64_t; 5, 5.0 and 5e0 are all the whole number 5 */
#define FIELD_INT(...) FIELD_(SCHEMA_INT, __VA_ARGS__, .end_ = 0)
/* double */
#define FIELD_NUM(...) FIELD_(SCHEMA_NUM, __VA_ARGS__, .end_ = 0)
/* bool; `.fallback = true` works */
#define FIELD_BOOL(...) FIELD_(SCHEMA_BOOL, __VA_ARGS__, .end_ = 0)
/* int32_t, days since 1970-01-01, from "YYYY-MM-DD"; tell an absent one by `.present` */
#define FIELD_DATE(...) FIELD_(SCHEMA_DATE, __VA_ARGS__, .end_ = 0)
/* const struct json *: any value, looked at by someone else; NULL if absent */
#define FIELD_RAW(...) FIELD_AT_(SCHEMA_RAW, __VA_ARGS__, .end_ = 0)
/* (type, member, table, ...): int or an enum; `table` is an array of struct schema_name */
#define FIELD_ENUM(...) FIELD_ENUM_(__VA_ARGS__, .end_ = 0)
/* (type, member, table, ...): a struct in place; if absent it gets its fields' fallbacks */
#define FIELD_OBJECT(...) FIELD_OBJECT_(__VA_ARGS__, .end_ = 0)
/*
 * (type, member, count_member, item, ...): a pointer to elements (in the arena; NULL if there are
 * none) and a size_t. `item` is one of the ITEM_ below; tables with lists are at file scope.
 */
#define FIELD_LIST(...) FIELD_LIST_(__VA_ARGS__, .end_ = 0)
/* struct str */
#define ITEM_STR(...) ITEM_(SCHEMA_STR, sizeof(struct str), __VA_ARGS__)
/* int64_t */
#define ITEM_INT(...) ITEM_(SCHEMA_INT, sizeof(int64_t), __VA_ARGS__)
/* (table, ...): int or an enum */
#define ITEM_ENUM(...) ITEM_ENUM_(__VA_ARGS__, .end_ = 0)
/* (type, table, ...): a struct */
#define ITEM_OBJECT(...) ITEM_OBJECT_(__VA_ARGS__, .end_ = 0)

#define FIELD_PRESENT(type, member) (offsetof(type, member) + 1)

/* `.end_` is there because ISO C wants at least one argument for "...". */
#define FIELD_(kind, type, member, ...)                                                            \
    FIELD_AT_(kind, type, member, .size = sizeof(((type *)NULL)->member), __VA_ARGS__)
#define FIELD_AT_(kind_, type, member_, ...)                                                       \
    {                                                                                              \
        .member = #member_, .kind = (kind_), .offset = offsetof(type, member_), __VA_ARGS__        \
    }
#define FIELD_ENUM_(type, member, table, ...)                                                      \
    FIELD_(SCHEMA_ENUM, type, member, .names = (table), .name_count = ARRAY_LEN(table), __VA_ARGS__)
#define FIELD_OBJECT_(type, member, table, ...)                                                    \
    FIELD_(SCHEMA_OBJECT, type, member, .fields = (table), .field_count = ARRAY_LEN(table),        \
           __VA_ARGS__)
#define FIELD_LIST_(type, member, count_member, item_, ...)                                        \
    FIELD_AT_(SCHEMA_LIST, type, member, .count_offset = offsetof(type, count_member),             \
              .item = (item_), __VA_ARGS__)
#define ITEM_(kind_, size_, ...)                                                                   \
    (&(const struct schema_field){.kind = (kind_), .size = (size_), __VA_ARGS__})
#define ITEM_ENUM_(table, ...)                                                                     \
    ITEM_(SCHEMA_ENUM, sizeof(int), .names = (table), .name_count = ARRAY_LEN(table), __VA_ARGS__)
#define ITEM_OBJECT_(type, table, ...)                                                             \
    ITEM_(SCHEMA_OBJECT, sizeof(type), .fields = (table), .field_count = ARRAY_LEN(table),         \
          __VA_ARGS__)

/*
 * Fills the declared members of the struct at `out` from `root`; `root` NULL stands for {}. Every
 * fault is noted with its path (preferences.exclude_recipes[2]; empty for the whole body), then:
 *
 * ERR_INVALID  at least one fault; `out` is then half filled
 */
enum status schema_read(struct ctx *cx, const struct json *root, const struct schema_field *fields,
                        size_t field_count, void *out) MUST_CHECK;
