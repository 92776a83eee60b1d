#include "shared/pattern/program.h"

#include "shared/pattern/atom.h"

enum { MAX_NESTING = 4, MAX_BRANCHES = 16 };

struct reading {
    struct program *program;
    struct str rest;
    unsigned nesting;
    size_t branches; /* of the choice that was taken last */
};

/* Of a few instructions; `next` and `or_else` count from the first. */
struct row {
    enum op op;
    unsigned char from, to; /* of bytes */
    unsigned char next, or_else;
};

/* False: there is no room. */
static bool emit(struct program *program, const struct row *rows, size_t count)
{
    size_t start = program->count;
    if (start + count > PROGRAM_MAX - 1) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct instruction *made = &program->at[start + i];
        *made = (struct instruction){.op = rows[i].op,
                                     .next = (uint16_t)(start + rows[i].next),
                                     .or_else = (uint16_t)(start + rows[i].or_else)};
        for (unsigned c = rows[i].from; rows[i].op == OP_BYTE && c <= rows[i].to; c++) {
            made->bytes[c / 64] |= 1ULL << c % 64;
        }
    }
    program->count += count;
    return true;
}

/* Where it leads is settled later; until then, behind itself. */
static bool emit_split(struct program *program)
{
    static const struct row split = {.op = OP_SPLIT, .next = 1, .or_else = 1};
    return emit(program, &split, 1);
}

/* ---- characters ---- */

static void ascii_add(struct instruction *one, const struct atom *atom)
{
    one->bytes[0] |= atom->set[0];
    one->bytes[1] |= atom->set[1];
}

static bool emit_set(struct program *program, const struct atom *atom)
{
    static const struct row none = {.op = OP_BYTE, .from = 1, .to = 0, .next = 1};
    bool ok = emit(program, &none, 1);
    if (ok) {
        ascii_add(&program->at[program->count - 1], atom);
    }
    return ok;
}

/* Behind "[^": ASCII that is not in the set, or a first byte past it and all that follow. */
static bool take_negated(struct reading *r)
{
    static const struct row rows[] = {
        {OP_BYTE, 0xC2, 0xF4, 1, 1},
        {OP_SPLIT, 0, 0, 3, 2},
        {OP_BYTE, 0x80, 0xBF, 1, 1},
    };
    struct atom atom = {0};
    size_t start = r->program->count;
    if (!atom_take_class(&r->rest, &atom) || !emit(r->program, rows, ARRAY_LEN(rows))) {
        return false;
    }
    const struct atom others = {.set = {~atom.set[0], ~atom.set[1]}};
    ascii_add(&r->program->at[start], &others);
    return true;
}

/* All but line ends, of which U+2028 and U+2029 are E2 80 A8 and A9. */
static bool emit_dot(struct program *program)
{
    static const struct row rows[] = {
        {OP_SPLIT, 0, 0, 1, 5},        {OP_SPLIT, 0, 0, 2, 3},        {OP_BYTE, 0xC2, 0xE1, 4, 4},
        {OP_BYTE, 0xE3, 0xF4, 4, 4},   {OP_SPLIT, 0, 0, 12, 11},      {OP_BYTE, 0xE2, 0xE2, 6, 6},
        {OP_SPLIT, 0, 0, 7, 10},       {OP_BYTE, 0x80, 0x80, 8, 8},   {OP_SPLIT, 0, 0, 9, 13},
        {OP_BYTE, 0x80, 0xA7, 12, 12}, {OP_BYTE, 0x81, 0xBF, 11, 11}, {OP_BYTE, 0x80, 0xBF, 4, 4},
        {OP_SPLIT, 0, 0, 14, 14},      {OP_BYTE, 0xAA, 0xBF, 12, 12},
    };
    const struct atom ascii = {.set = {~(1ULL << '\n' | 1ULL << '\r'), UINT64_MAX}};
    size_t start = program->count;
    bool ok = emit(program, rows, ARRAY_LEN(rows));
    if (ok) {
        ascii_add(&program->at[start + 2], &ascii);
    }
    return ok;
}

/* ---- what is made of them ---- */

static bool take_choice(struct reading *r);

/* Behind "(". What it would capture is of no interest. */
static bool take_group(struct reading *r)
{
    (void)str_skip_prefix(&r->rest, STR("?:"));
    if (str_has_prefix(r->rest, STR("?")) || r->nesting == MAX_NESTING) {
        return false;
    }
    r->nesting++;
    bool ok = take_choice(r) && str_skip_prefix(&r->rest, STR(")"));
    r->nesting--;
    return ok;
}

static bool take_one(struct reading *r)
{
    struct atom atom = {0};
    if (str_skip_prefix(&r->rest, STR("("))) {
        return take_group(r);
    }
    if (str_skip_prefix(&r->rest, STR("[^"))) {
        return take_negated(r);
    }
    if (str_skip_prefix(&r->rest, STR("."))) {
        return emit_dot(r->program);
    }
    return atom_take(&r->rest, &atom) && emit_set(r->program, &atom);
}

/* From `text` on, once more. */
static bool take_again(struct reading *r, struct str text)
{
    r->rest = text;
    return take_one(r);
}

/* As often as there are ones. */
static bool take_loop(struct reading *r, struct str text)
{
    size_t split = r->program->count;
    if (!emit_split(r->program) || !take_again(r, text) || !emit_split(r->program)) {
        return false;
    }
    struct instruction *last = &r->program->at[r->program->count - 1];
    last->next = last->or_else = (uint16_t)split;
    r->program->at[split].or_else = (uint16_t)r->program->count;
    return true;
}

/* At most `count` times: each leads to the end too. */
static bool take_optional(struct reading *r, struct str text, size_t count)
{
    size_t splits[PROGRAM_MAX];
    for (size_t i = 0; i < count; i++) {
        if (i == PROGRAM_MAX) {
            return false;
        }
        splits[i] = r->program->count;
        if (!emit_split(r->program) || !take_again(r, text)) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        r->program->at[splits[i]].or_else = (uint16_t)r->program->count;
    }
    return true;
}

/* The atom is read once to find its count, and then as often as that says. */
static bool take_counted(struct reading *r)
{
    struct atom times = {0};
    struct str text = r->rest;
    size_t start = r->program->count;
    if (!take_one(r) || !atom_take_quantifier(&r->rest, &times)) {
        return false;
    }
    struct str behind = r->rest;
    r->program->count = start;
    for (uint32_t i = 0; i < times.min; i++) {
        if (!take_again(r, text)) {
            return false;
        }
    }
    bool ok = times.max == NO_MAXIMUM ? take_loop(r, text)
                                      : take_optional(r, text, times.max - times.min);
    r->rest = behind;
    return ok;
}

static bool take_row(struct reading *r)
{
    while (r->rest.len > 0 && str_find_char(STR("|)$"), r->rest.ptr[0]) == SIZE_MAX) {
        if (!take_counted(r)) {
            return false;
        }
    }
    return true;
}

/* Rows between "|": before each a split to the next one, behind each a way to the end. */
static bool take_choice(struct reading *r)
{
    size_t ends[MAX_BRANCHES], count = 0;
    bool more = true;
    while (more) {
        size_t split = r->program->count;
        if (count == MAX_BRANCHES || !emit_split(r->program) || !take_row(r)) {
            return false;
        }
        more = str_skip_prefix(&r->rest, STR("|"));
        ends[count++] = r->program->count;
        if (!emit_split(r->program)) {
            return false;
        }
        if (more) {
            r->program->at[split].or_else = (uint16_t)r->program->count;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct instruction *end = &r->program->at[ends[i]];
        end->next = end->or_else = (uint16_t)r->program->count;
    }
    r->branches = count;
    return true;
}

bool program_read(struct program *program, struct str ecma)
{
    struct reading r = {.program = program, .rest = ecma};
    program->count = 0;
    program->is_anchored = str_skip_prefix(&r.rest, STR("^"));
    if (!take_choice(&r)) {
        return false;
    }
    program->is_open = !str_skip_prefix(&r.rest, STR("$"));
    program->at[program->count++] = (struct instruction){.op = OP_MATCH};
    bool has_anchor = program->is_anchored || !program->is_open;
    /* the anchors of "^a|b$" are of one branch each */
    return r.rest.len == 0 && (r.branches == 1 || !has_anchor);
}
