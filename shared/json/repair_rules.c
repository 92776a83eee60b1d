/* The rules by which texts are mended: their names and grades, and the note that one was used. */
#include "shared/json/repair_parts.h"

struct str json_rule_name(enum json_rule rule)
{
    static const struct str names[] = {
#define JSON_RULE_NAME(name, grade, words) STR_INIT(#name),
        JSON_RULE_LIST(JSON_RULE_NAME)
#undef JSON_RULE_NAME
    };
    return names[rule];
}

enum json_grade json_rule_grade(enum json_rule rule)
{
    static const enum json_grade grades[] = {
#define JSON_RULE_GRADE(name, grade, words) JSON_GRADE_##grade,
        JSON_RULE_LIST(JSON_RULE_GRADE)
#undef JSON_RULE_GRADE
    };
    return grades[rule];
}

const char *json_rule_words(enum json_rule rule)
{
    static const char *const all[] = {
#define JSON_RULE_WORDS(name, grade, words) (words),
        JSON_RULE_LIST(JSON_RULE_WORDS)
#undef JSON_RULE_WORDS
    };
    return all[rule];
}

void repair_note(struct repairer *r, enum json_rule rule, size_t at, size_t len)
{
    /* By grade: a guess weighs as much as 32 spellings. */
    static const size_t costs[] = {0, 1, 4, 32};
    enum json_grade grade = json_rule_grade(rule);
    r->cost += costs[grade];
    r->grade = grade > r->grade ? grade : r->grade;
    if (r->edit_count == JSON_REPAIR_MAX_EDITS) {
        r->edits_dropped++;
        return;
    }
    r->edits[r->edit_count++] = (struct json_edit){.rule = rule, .at = at, .len = len};
}
