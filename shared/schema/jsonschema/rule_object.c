/*
 * Objects. properties, patternProperties, additionalProperties and required are one rule: one pass
 * over the members settles all four. Sources: JSON Schema core (2020-12) section 10.3.2, Validation
 * section 6.5.
 */
#include "shared/schema/jsonschema/internal.h"

enum { OBJECTS = 1 << JSON_OBJECT };
static const uint32_t NOT_REQUIRED = UINT32_MAX;

struct entry {
    struct str name;
    const struct node *node; /* of properties; NULL: not there */
    uint32_t required;       /* its bit, or NOT_REQUIRED */
    uint64_t word;           /* name_word */
};

struct entry_pattern {
    const struct pattern *pattern;
    struct str text;
    const struct node *node;
};

struct members_rule {
    struct rule rule;
    struct names names; /* -> index in `entries` */
    struct entry *entries;
    size_t count, room;
    size_t required_count;
    struct entry_pattern *patterns;
    size_t pattern_count;
    const struct node *additional;
};

/* A member's value, reached through `keyword`, and a name behind it where there is one. */
static __attribute__((noinline)) bool check_below(struct run *run, const struct frame *frame,
                                                  const struct node *node,
                                                  const struct json *member,
                                                  const struct str *keyword, const struct str *name)
{
    const struct frame below = {
        .up = frame,
        .node = node,
        .value = member,
        .keyword = keyword,
        .name = name,
        .index = NO_INDEX,
        .step = STEP_MEMBER,
        .depth = frame->depth + 1,
    };
    return check_node(run, &below, NULL);
}

static inline bool check_value(struct run *run, const struct frame *frame, const struct node *node,
                               const struct json *member, const struct str *keyword,
                               const struct str *name)
{
    bool ok = false;
    return is_settled(run, node, member, NULL, &ok)
               ? ok
               : check_below(run, frame, node, member, keyword, name);
}

static const struct str properties_word = STR_INIT("properties");
static const struct str patterns_word = STR_INIT("patternProperties");
static const struct str additional_word = STR_INIT("additionalProperties");

/* False, and `*evaluated`, as for one member. */
static bool check_patterns(struct run *run, const struct frame *frame,
                           const struct members_rule *rule, const struct json *member,
                           bool *evaluated)
{
    bool ok = true;
    for (size_t i = 0; i < rule->pattern_count; i++) {
        const struct entry_pattern *entry = &rule->patterns[i];
        if (run_search(run, entry->pattern, member->key)) {
            *evaluated = true;
            ok = check_value(run, frame, entry->node, member, &patterns_word, &entry->text) && ok;
        }
    }
    return ok;
}

/* Members mostly come in the schema's order: the entries behind the last one are looked at first.
 */
static inline const struct entry *entry_find(const struct members_rule *rule, struct str name,
                                             size_t *hint)
{
    enum { NEAR = 3 };
    size_t end = *hint + NEAR < rule->count ? *hint + NEAR : rule->count;
    uint64_t word = name_word(name);
    for (size_t i = *hint; i < end; i++) {
        if (rule->entries[i].word == word && name_eq_past_word(rule->entries[i].name, name)) {
            *hint = i + 1;
            return &rule->entries[i];
        }
    }
    uint32_t at = names_find(&rule->names, name);
    if (at == NAMES_ABSENT) {
        return NULL;
    }
    *hint = (size_t)at + 1;
    return &rule->entries[at];
}

static inline bool check_member(struct run *run, const struct frame *frame,
                                const struct members_rule *rule, const struct entry *entry,
                                const struct json *member, bool *evaluated)
{
    bool ok = true;
    if (entry != NULL && entry->node != NULL) {
        *evaluated = true;
        ok = check_value(run, frame, entry->node, member, &properties_word, &entry->name);
    }
    if (rule->pattern_count > 0) {
        ok = check_patterns(run, frame, rule, member, evaluated) && ok;
    }
    if (!*evaluated && rule->additional != NULL) {
        *evaluated = true;
        ok = check_value(run, frame, rule->additional, member, &additional_word, NULL) && ok;
    }
    return ok;
}

static bool check_required(struct run *run, const struct frame *frame,
                           const struct members_rule *rule, const struct marks *seen)
{
    bool ok = true;
    if (marks_are_full(seen)) {
        return true;
    }
    for (size_t i = 0; i < rule->count; i++) {
        const struct entry *entry = &rule->entries[i];
        if (entry->required != NOT_REQUIRED && !marks_has(seen, entry->required)) {
            ok = fault(run, frame, STR("required"), "must have the member \"" STR_FMT "\"",
                       STR_ARG(str_slice(entry->name, 0, 120)));
            if (run->report == NULL) {
                break;
            }
        }
    }
    return ok;
}

static bool check_members(struct run *run, const struct frame *frame, const struct rule *rule,
                          const struct json *value, struct marks *marks)
{
    const struct members_rule *members = (const struct members_rule *)rule;
    struct marks required;
    size_t at = 0, hint = 0;
    bool ok = run_step(run, value->count);
    marks_open(run, &required, members->required_count);
    JSON_EACH (member, value) {
        bool evaluated = false;
        const struct entry *entry = entry_find(members, member->key, &hint);
        if (entry != NULL && entry->required != NOT_REQUIRED) {
            marks_set(&required, entry->required);
        }
        ok = check_member(run, frame, members, entry, member, &evaluated) && ok;
        if (!ok && run->report == NULL) {
            return false;
        }
        if (evaluated && marks != NULL) {
            marks_set(marks, at);
        }
        at++;
    }
    return check_required(run, frame, members, &required) && ok;
}

/* ---- compiling ---- */

static struct members_rule *members_of(struct compiler *c, struct node *node,
                                       const struct json *value)
{
    if (node->members == NULL) {
        node->members = rule_new(c, node, value, OBJECTS, sizeof(struct members_rule));
        node->members->check = check_members;
    }
    return (struct members_rule *)node->members;
}

static struct entry *entry_of(struct compiler *c, struct members_rule *rule, struct str name)
{
    uint32_t at = names_find(&rule->names, name);
    if (at != NAMES_ABSENT) {
        return &rule->entries[at];
    }
    if (rule->count == rule->room) {
        rule->room = rule->room == 0 ? 8 : rule->room * 2;
        struct entry *grown = ARENA_ARRAY(c->arena, struct entry, rule->room);
        if (rule->count > 0) {
            memcpy(grown, rule->entries, rule->count * sizeof *grown);
        }
        rule->entries = grown;
    }
    names_put(c->arena, &rule->names, name, (uint32_t)rule->count);
    struct entry *entry = &rule->entries[rule->count++];
    *entry = (struct entry){.name = name, .word = name_word(name), .required = NOT_REQUIRED};
    return entry;
}

enum status compile_required(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_ARRAY) {
        return schema_fault(c, node, value->key, "must be an array of strings");
    }
    struct members_rule *rule = members_of(c, node, value);
    JSON_EACH (name, value) {
        if (name->type != JSON_STRING) {
            return schema_fault(c, node, value->key, "must be an array of strings");
        }
        struct entry *entry = entry_of(c, rule, name->text);
        if (entry->required == NOT_REQUIRED) {
            entry->required = (uint32_t)rule->required_count++;
        }
    }
    return OK;
}

enum status compile_properties(struct compiler *c, struct node *node, const struct json *value)
{
    struct members_rule *rule = members_of(c, node, value);
    JSON_EACH (member, value) {
        entry_of(c, rule, member->key)->node = node_of(c, member);
    }
    return OK;
}

enum status compile_pattern_properties(struct compiler *c, struct node *node,
                                       const struct json *value)
{
    struct members_rule *rule = members_of(c, node, value);
    rule->patterns = ARENA_ARRAY(c->arena, struct entry_pattern, value->count);
    JSON_EACH (member, value) {
        struct entry_pattern *entry = &rule->patterns[rule->pattern_count++];
        *entry = (struct entry_pattern){.text = member->key, .node = node_of(c, member)};
        if (pattern_compile(c->cx, c->arena, member->key, PATTERN_ECMA, &entry->pattern) != OK) {
            return schema_fault(c, node, value->key, "%s", c->cx->err.words);
        }
    }
    return OK;
}

enum status compile_additional_properties(struct compiler *c, struct node *node,
                                          const struct json *value)
{
    members_of(c, node, value)->additional = node_of(c, value);
    return OK;
}

/* ---- propertyNames ---- */

struct names_rule {
    struct rule rule;
    const struct node *node;
};

static bool check_names(struct run *run, const struct frame *frame, const struct rule *rule,
                        const struct json *value, struct marks *marks)
{
    bool ok = run_step(run, value->count);
    (void)marks;
    JSON_EACH (member, value) {
        const struct json name = {.type = JSON_STRING, .key = member->key, .text = member->key};
        const struct node *node = ((const struct names_rule *)rule)->node;
        ok = check_value(run, frame, node, &name, &rule->keyword, NULL) && ok;
        if (!ok && run->report == NULL) {
            break;
        }
    }
    return ok;
}

enum status compile_property_names(struct compiler *c, struct node *node, const struct json *value)
{
    struct names_rule *rule = RULE_NEW(c, node, value, OBJECTS, struct names_rule);
    rule->rule.check = check_names;
    rule->node = node_of(c, value);
    return OK;
}

/* ---- dependentRequired ---- */

struct dependent_rule {
    struct rule rule;
    const struct json *map;
};

static bool check_dependent(struct run *run, const struct frame *frame, const struct rule *rule,
                            const struct json *value, struct marks *marks)
{
    bool ok = true;
    (void)marks;
    JSON_EACH (dependent, ((const struct dependent_rule *)rule)->map) {
        if (!run_step(run, 1 + value->count)) {
            return false;
        }
        if (dependent->type != JSON_ARRAY || json_find(value, dependent->key) == NULL) {
            continue;
        }
        JSON_EACH (name, dependent) {
            if (!run_step(run, 1 + value->count)) {
                return false;
            }
            if (json_find(value, name->text) == NULL) {
                ok = fault(run, frame, rule->keyword,
                           "must have the member \"" STR_FMT "\", as it has \"" STR_FMT "\"",
                           STR_ARG(str_slice(name->text, 0, 80)),
                           STR_ARG(str_slice(dependent->key, 0, 80)));
            }
        }
    }
    return ok;
}

enum status compile_dependent_required(struct compiler *c, struct node *node,
                                       const struct json *value)
{
    bool is_good = value->type == JSON_OBJECT;
    JSON_EACH (list, value) {
        is_good &= list->type == JSON_ARRAY || str_eq(value->key, STR("dependencies"));
        for (const struct json *name = list->type == JSON_ARRAY ? list->first : NULL; name != NULL;
             name = name->next) {
            is_good &= name->type == JSON_STRING;
        }
    }
    if (!is_good) {
        return schema_fault(c, node, value->key, "must be an object of arrays of strings");
    }
    struct dependent_rule *rule = RULE_NEW(c, node, value, OBJECTS, struct dependent_rule);
    rule->rule.check = check_dependent;
    rule->map = value;
    return OK;
}

enum status compile_dependencies(struct compiler *c, struct node *node, const struct json *value)
{
    TRY(compile_dependent_required(c, node, value));
    return compile_dependent_schemas(c, node, value);
}
