/*
 * What the parts of the engine share. The header for others is jsonschema.h.
 *
 *   scan.c      documents -> nodes, one for each subschema; keywords.c: which keyword is whose
 *   compile.c   nodes -> rules
 *   refs.c      references -> nodes           meta.c     the two drafts' own schemas
 *   rule_*.c    a family of keywords each: its rules' compiling, and their checking
 *   check.c     a node is applied to a value  output.c   errors and their places
 */
#pragma once

#include "shared/pattern/pattern.h"
#include "shared/schema/jsonschema/jsonschema.h"
#include "shared/schema/jsonschema/names.h"
#include "shared/schema/jsonschema/number.h"

/* ---- what is compiled ---- */

enum {
    JSON_TYPES = JSON_OBJECT + 1,
    TYPES_ALL = 0x3F,      /* a bit per enum json_type */
    TYPE_INTEGER = 1 << 6, /* of numbers, the whole ones */
    DRAFT_2020 = 1 << JSONSCHEMA_2020_12,
    DRAFT_7 = 1 << JSONSCHEMA_DRAFT_7,
};

enum vocabulary {
    VOCABULARY_CORE = 1 << 0,
    VOCABULARY_APPLICATOR = 1 << 1,
    VOCABULARY_UNEVALUATED = 1 << 2,
    VOCABULARY_VALIDATION = 1 << 3,
    VOCABULARY_FORMAT = 1 << 4, /* as assertions */
    VOCABULARY_ALL = 0x0F,
};

struct node;
struct frame;
struct marks;
struct run;

/*
 * One keyword of a node, ready to be checked. The first member of each family's own struct. A rule
 * that looks at nothing but the value itself has `passes`, and `check` only for the words.
 * `frame` is NULL in a quick run, where nobody reads how the value was reached.
 */
struct rule {
    struct rule *next;
    bool (*check)(struct run *run, const struct frame *frame, const struct rule *rule,
                  const struct json *value, struct marks *marks);
    bool (*passes)(struct run *run, const struct rule *rule, const struct json *value);
    struct str keyword;
    unsigned types; /* of values that it looks at: a bit per enum json_type */
};

struct dynamic_anchor {
    const struct dynamic_anchor *next;
    struct str name;
    const struct node *node;
};

/* What has an URI: a document, or a part with `$id`. */
struct resource {
    struct str uri;
    struct node *root;
    uint32_t index; /* in compiler.resources */
    enum jsonschema_draft draft;
    unsigned vocabularies;
    struct names anchors; /* -> index of a node */
    const struct dynamic_anchor *dynamic_anchors;
};

/* A node as a quick run sees it; of a $ref that stands alone, what it leads to. */
struct quick {
    unsigned types;
    bool is_leaf, tracks;
    uint32_t hops;              /* to what it leads to */
    const struct node *forward; /* where there are too many; NULL: nowhere */
    /* the rules that look at a type, up to a NULL; NULL: there are none */
    const struct rule **by_type[JSON_TYPES];
};

/* One subschema. */
struct node {
    const struct json *source;
    struct resource *resource;
    unsigned types; /* that pass; 0: the schema `false` */
    bool tracks;    /* it has unevaluated*: what it evaluates is marked */
    bool is_leaf;   /* each of its rules has `passes` */
    struct rule *rules, *last_rule;
    /* those that several keywords share; NULL: none yet */
    struct rule *members, *items, *sizes[2], *limits, *lengths;
    struct quick quick;
    /* where it stands */
    const struct node *parent; /* NULL: `pointer` says where, in its resource */
    struct str keyword;        /* of the parent */
    struct str name;           /* behind it: a member's, or... */
    size_t index;              /* ...an element's; SIZE_MAX: neither */
    struct str pointer;
    size_t visit; /* of refs_check_cycles */
};

struct jsonschema {
    const struct node *root;
    size_t node_count;
    bool is_dynamic; /* a $dynamicRef asks how a value was reached */
};

/* ---- compiling ---- */

struct compiler {
    struct ctx *cx;
    struct arena *arena;
    const struct jsonschema_options *options;
    struct jsonschema *schema;
    struct node **nodes;
    size_t count, room;
    size_t scanned, compiled; /* of `nodes`, how many have been */
    size_t looks;             /* at members and items, for references */
    struct names by_source;   /* address of a json -> index of its node */
    struct names keywords;    /* -> index in keyword_table */
    struct names uris;        /* -> index in `resources` */
    struct resource **resources;
    size_t resource_count, resource_room;
    const struct dynamic_anchor *wanted; /* names that a $dynamicRef looks for */
};

/* Where subschemas are in a keyword's value. */
enum subschemas { SUB_NONE, SUB_ONE, SUB_LIST, SUB_MAP, SUB_ONE_OR_LIST };

struct keyword {
    const char *name;
    enum subschemas subschemas;
    unsigned drafts, vocabulary;
    /* NULL: nothing is asserted. `value` is the keyword's. */
    enum status (*compile)(struct compiler *c, struct node *node, const struct json *value);
};

/* In the order in which the rules of a node are checked: unevaluated* last. */
extern const struct keyword keyword_table[];
extern const size_t keyword_count;

/* Whether the node's draft and vocabularies have it. */
bool keyword_applies(const struct keyword *keyword, const struct node *node);
/* Draft 7: beside `$ref` nothing else counts. */
bool node_is_lone_ref(const struct node *node);
/* "the schema at #/properties/a: minLength ..."; ERR_INVALID. */
enum status schema_fault(struct compiler *c, const struct node *node, struct str keyword,
                         const char *format, ...) PRINTF_LIKE(4, 5);
/* Takes in a document whose URI is known; its root is the next node. */
enum status document_add(struct compiler *c, struct str uri, const struct json *root,
                         enum jsonschema_draft draft, struct node **node) MUST_CHECK;
struct node *node_of(const struct compiler *c, const struct json *source);
enum status node_add(struct compiler *c, const struct node *like, struct node **node) MUST_CHECK;
/* Finds subschemas, ids and anchors in all nodes that were added since. */
enum status nodes_scan(struct compiler *c) MUST_CHECK;
/* `size` bytes that begin with a rule, at the end of the node's. */
void *rule_new(struct compiler *c, struct node *node, const struct json *value, unsigned types,
               size_t size);
#define RULE_NEW(c, node, value, types, type)                                                      \
    ((type *)rule_new((c), (node), (value), (types), sizeof(type)))
/* A whole number from 0 on: minLength and the like. */
enum status count_of(struct compiler *c, const struct node *node, const struct json *value,
                     size_t *count) MUST_CHECK;
/* The number of subschemas in a list, and their nodes. */
enum status nodes_of(struct compiler *c, const struct node *node, const struct json *list,
                     struct node ***nodes) MUST_CHECK;

/* Finds what a reference of `node` leads to; *anchor: the fragment's name, if it is one. */
enum status ref_resolve(struct compiler *c, const struct node *node, struct str keyword,
                        struct str reference, struct node **target, struct str *anchor) MUST_CHECK;
/* Refuses references that lead back to themselves with nothing taken from the value between. */
enum status refs_check_cycles(struct compiler *c) MUST_CHECK;
/* A schema of the drafts themselves, parsed into the arena; NULL: none has that URI. */
enum status meta_find(struct ctx *cx, struct arena *arena, struct str uri,
                      const struct json **root) MUST_CHECK;
/* Draft and vocabularies that `$schema` chooses for a resource. */
enum status dialect_choose(struct compiler *c, const struct node *node,
                           struct resource *resource) MUST_CHECK;

#define COMPILE(name)                                                                              \
    enum status name(struct compiler *c, struct node *node, const struct json *value)
COMPILE(compile_type);
COMPILE(compile_const);
COMPILE(compile_enum);
COMPILE(compile_limit);
COMPILE(compile_multiple_of);
COMPILE(compile_length);
COMPILE(compile_pattern);
COMPILE(compile_format);
COMPILE(compile_properties);
COMPILE(compile_pattern_properties);
COMPILE(compile_additional_properties);
COMPILE(compile_required);
COMPILE(compile_property_names);
COMPILE(compile_size);
COMPILE(compile_dependent_required);
COMPILE(compile_dependent_schemas);
COMPILE(compile_dependencies);
COMPILE(compile_prefix_items);
COMPILE(compile_items);
COMPILE(compile_additional_items);
COMPILE(compile_contains);
COMPILE(compile_unique_items);
COMPILE(compile_ref);
COMPILE(compile_dynamic_ref);
COMPILE(compile_all_of);
COMPILE(compile_any_of);
COMPILE(compile_one_of);
COMPILE(compile_not);
COMPILE(compile_if);
COMPILE(compile_unevaluated_properties);
COMPILE(compile_unevaluated_items);
#undef COMPILE

/* The nodes that a rule applies to the same value; for the search for cycles. */
struct in_place {
    struct rule rule;
    struct node **nodes; /* NULL among them: not there */
    size_t count;
};
bool rule_is_in_place(const struct rule *rule);
/* What a `$ref` leads to; NULL: the rule is another. */
const struct node *rule_target(const struct rule *rule);

/* ---- checking ---- */

enum step { STEP_SAME, STEP_MEMBER, STEP_ITEM };

static const uint32_t NO_INDEX = UINT32_MAX;

/* A node applied to a value, and how it was reached. On the stack, so it is kept small. */
struct frame {
    const struct frame *up;
    const struct node *node;
    const struct json *value;
    const struct str *keyword; /* of up->node; NULL: the top */
    const struct str *name;    /* behind the keyword; or `index`; neither: NULL and NO_INDEX */
    uint32_t index;
    uint32_t item; /* the place in up->value, of STEP_ITEM */
    uint32_t depth;
    enum step step; /* from up->value to this one */
};

struct run {
    struct ctx *cx;
    struct jsonschema_result *report; /* NULL: the first fault is the end */
    bool is_dynamic;                  /* as the schema */
    bool is_quick;                    /* no frames: neither a report nor the schema asks for them */
    uint32_t depth;                   /* of a quick run; frames have their own */
    size_t steps;                     /* left */
    int64_t search_us;                /* spent on patterns */
    const char *exhausted;            /* what there was too much of; NULL: nothing */
};

/* Which children of a value have been evaluated. */
enum { MARKS_SMALL = 4 };
struct marks {
    size_t count; /* of bits */
    uint64_t *words;
    uint64_t small[MARKS_SMALL];
};
void marks_open_many(struct run *run, struct marks *marks, size_t count);
static inline void marks_open(struct run *run, struct marks *marks, size_t count)
{
    marks->count = count;
    marks->words = marks->small;
    if (count > (size_t)MARKS_SMALL * 64) {
        marks_open_many(run, marks, count);
        return;
    }
    for (size_t i = 0; i < MARKS_SMALL; i++) {
        marks->small[i] = 0;
    }
}
static inline void marks_set(struct marks *marks, size_t at)
{
    marks->words[at / 64] |= 1ULL << at % 64;
}
static inline bool marks_has(const struct marks *marks, size_t at)
{
    return (marks->words[at / 64] >> at % 64 & 1) != 0;
}
static inline bool marks_are_full(const struct marks *marks)
{
    size_t whole = marks->count / 64, rest = marks->count % 64;
    for (size_t i = 0; i < whole; i++) {
        if (marks->words[i] != UINT64_MAX) {
            return false;
        }
    }
    return rest == 0 || marks->words[whole] == (1ULL << rest) - 1;
}
void marks_merge(struct marks *marks, const struct marks *more);

/* Searches for a pattern, on the run's account; false too where it is too costly. */
bool run_search(struct run *run, const struct pattern *pattern, struct str text);
/* Ends the run: nothing is known. */
void run_exhaust(struct run *run, const char *what);
/* Takes `count` steps; false: there are none left. */
static inline bool run_step(struct run *run, size_t count)
{
    if (run->steps < count) {
        run_exhaust(run, "steps");
        return false;
    }
    run->steps -= count;
    return true;
}
/* Notes a fault of `keyword` if somebody reads it. Returns false. */
bool fault(struct run *run, const struct frame *frame, struct str keyword, const char *format, ...)
    PRINTF_LIKE(4, 5);

static inline unsigned type_bit(const struct json *value)
{
    return 1U << value->type;
}

static inline bool types_pass(unsigned types, const struct json *value)
{
    return (types & type_bit(value)) != 0 ||
           (value->type == JSON_NUMBER && (types & TYPE_INTEGER) != 0 &&
            number_is_integer(value->text));
}

/* The rules of a leaf that look at a type: up to a NULL. */
static inline bool leaf_rules_pass(struct run *run, const struct rule **rules,
                                   const struct json *value)
{
    for (; *rules != NULL; rules++) {
        if (!(*rules)->passes(run, *rules, value)) {
            return false;
        }
    }
    return true;
}
/* The rules of a node that has some for the value's type, in a quick run. */
bool rules_pass(struct run *run, const struct quick *quick, const struct json *value,
                struct marks *marks);

/* Applies a node to a value, for the verdict alone. */
static inline bool node_passes(struct run *run, const struct node *node, const struct json *value,
                               struct marks *marks)
{
    const struct quick *quick = &node->quick;
    const struct rule **rules = quick->by_type[value->type];
    if (!types_pass(quick->types, value)) {
        return false;
    }
    if (rules == NULL) {
        return true;
    }
    return quick->is_leaf ? leaf_rules_pass(run, rules, value)
                          : rules_pass(run, quick, value, marks);
}

/* Most values want no frame: that of a quick run, and that of a leaf unless there is something to
 * say. */
static inline bool is_settled(struct run *run, const struct node *node, const struct json *value,
                              struct marks *marks, bool *ok)
{
    if (!run->is_quick && !node->is_leaf) {
        return false;
    }
    *ok = node_passes(run, node, value, marks);
    return *ok || run->report == NULL;
}

/* Applies a frame's node to its value. `marks`: NULL, or of the value's children. */
bool check_node(struct run *run, const struct frame *frame, struct marks *marks);

/* Behind a keyword of a node: its element, or NO_INDEX. */
struct way {
    const struct str *keyword;
    uint32_t index;
};
#define WAY(word) ((struct way){.keyword = (word), .index = NO_INDEX})

bool check_same_framed(struct run *run, const struct frame *frame, struct way way,
                       const struct node *node, const struct json *value, struct marks *marks);
/* Applies a node to the value of `frame` itself. */
static inline bool check_same(struct run *run, const struct frame *frame, struct way way,
                              const struct node *node, const struct json *value,
                              struct marks *marks)
{
    return run->is_quick ? node_passes(run, node, value, marks)
                         : check_same_framed(run, frame, way, node, value, marks);
}

/* Errors go to `report` from here on; NULL: nowhere. */
static inline void run_report_to(struct run *run, struct jsonschema_result *report)
{
    run->report = report;
    run->is_quick = report == NULL && !run->is_dynamic;
}
/* Goes without errors below `frame`; returns the report, to be given back. */
static inline struct jsonschema_result *run_hush(struct run *run, const struct frame *frame)
{
    struct jsonschema_result *report = run->report;
    run->depth = frame == NULL ? run->depth : frame->depth + 1;
    run_report_to(run, NULL);
    return report;
}

/* Goes without errors; for not, if, contains and the first look at anyOf. */
static inline bool check_quiet(struct run *run, const struct frame *frame, struct way way,
                               const struct node *node, const struct json *value,
                               struct marks *marks)
{
    struct jsonschema_result *report = run->report;
    if (report == NULL) {
        return check_same(run, frame, way, node, value, marks);
    }
    report = run_hush(run, frame);
    bool ok = check_same(run, frame, way, node, value, marks);
    run_report_to(run, report);
    return ok;
}

/* JSON's equality: numbers by value, members in any order. */
bool value_equal(struct run *run, const struct json *a, const struct json *b);
uint64_t value_hash(const struct json *value);
