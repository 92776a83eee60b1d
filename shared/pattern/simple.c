#include "shared/pattern/simple.h"

enum { MAX_ATOMS = 24, MAX_COUNT = 1000 };
static const uint32_t NO_MAXIMUM = UINT32_MAX;

/* A set of ASCII characters, and how many of them follow each other. */
struct atom {
    uint64_t set[2];
    uint32_t min, max;
};

struct simple_pattern {
    bool is_open; /* no "$": anything may follow */
    size_t count;
    struct atom atoms[];
};

/* The pattern as it is read. */
struct reading {
    struct str rest;
    struct atom atoms[MAX_ATOMS];
    size_t count;
};

static bool set_has(const struct atom *atom, unsigned char c)
{
    return c < 0x80 && (atom->set[c / 64] >> c % 64 & 1) != 0;
}

static void set_add(struct atom *atom, char from, char to)
{
    for (unsigned c = (unsigned char)from; c <= (unsigned char)to; c++) {
        atom->set[c / 64] |= 1ULL << c % 64;
    }
}

/* 0 means a set below, so NUL is left to PCRE2, as what is past ASCII is. */
static bool take(struct reading *r, char *c)
{
    if (r->rest.len == 0) {
        return false;
    }
    *c = r->rest.ptr[0];
    r->rest = str_slice(r->rest, 1, r->rest.len);
    return *c != 0 && (unsigned char)*c < 0x80;
}

/* \d, \w, or a mark that stands for itself. `*one`: that mark, or 0 for a set. */
static bool take_escape(struct reading *r, struct atom *atom, char *one)
{
    char c = 0;
    *one = 0;
    if (!take(r, &c)) {
        return false;
    }
    if (c == 'd' || c == 'w') {
        set_add(atom, '0', '9');
    }
    if (c == 'w') {
        set_add(atom, 'a', 'z');
        set_add(atom, 'A', 'Z');
        set_add(atom, '_', '_');
    }
    if (c == 'd' || c == 'w') {
        return true;
    }
    *one = c;
    return str_find_char(STR("^$\\.*+?()[]{}|/-"), c) != SIZE_MAX;
}

/* One end of a range, or a set. */
static bool take_member(struct reading *r, struct atom *atom, char *one)
{
    if (!take(r, one) || *one == '[') {
        return false;
    }
    return *one != '\\' || take_escape(r, atom, one);
}

/* "a", "a-z" or a set. */
static bool take_range(struct reading *r, struct atom *atom)
{
    char from = 0;
    if (!take_member(r, atom, &from)) {
        return false;
    }
    char to = from;
    if (from != 0 && r->rest.len >= 2 && r->rest.ptr[0] == '-' && r->rest.ptr[1] != ']') {
        r->rest = str_slice(r->rest, 1, r->rest.len);
        if (!take_member(r, atom, &to) || to < from) {
            return false;
        }
    }
    if (from != 0) {
        set_add(atom, from, to);
    }
    return true;
}

/* Behind "[": what is not a plain list of characters and ranges is left to PCRE2. */
static bool take_class(struct reading *r, struct atom *atom)
{
    if (str_has_prefix(r->rest, STR("^")) || str_has_prefix(r->rest, STR("]"))) {
        return false;
    }
    bool is_first = true;
    while (!str_skip_prefix(&r->rest, STR("]"))) {
        bool is_hyphen = str_has_prefix(r->rest, STR("-"));
        bool is_edge = is_first || str_has_prefix(r->rest, STR("-]"));
        if ((is_hyphen && !is_edge) || !take_range(r, atom)) {
            return false;
        }
        is_first = false;
    }
    return true;
}

static bool take_count(struct reading *r, uint32_t *count)
{
    size_t digits = 0;
    *count = 0;
    while (r->rest.len > 0 && r->rest.ptr[0] >= '0' && r->rest.ptr[0] <= '9' && digits < 4) {
        *count = *count * 10 + (uint32_t)(r->rest.ptr[0] - '0');
        r->rest = str_slice(r->rest, 1, r->rest.len);
        digits++;
    }
    return digits > 0 && *count <= MAX_COUNT;
}

/* Behind "{": 2}, 2,} or 2,5}. */
static bool take_braces(struct reading *r, struct atom *atom)
{
    if (!take_count(r, &atom->min)) {
        return false;
    }
    atom->max = atom->min;
    if (str_skip_prefix(&r->rest, STR(","))) {
        atom->max = NO_MAXIMUM;
        if (!str_has_prefix(r->rest, STR("}")) && !take_count(r, &atom->max)) {
            return false;
        }
    }
    return str_skip_prefix(&r->rest, STR("}")) && atom->max >= atom->min;
}

/* Behind an atom: *, +, ?, braces, or nothing. Not what is lazy. */
static bool take_quantifier(struct reading *r, struct atom *atom)
{
    bool ok = true;
    atom->min = atom->max = 1;
    if (str_skip_prefix(&r->rest, STR("*"))) {
        atom->min = 0;
        atom->max = NO_MAXIMUM;
    } else if (str_skip_prefix(&r->rest, STR("+"))) {
        atom->max = NO_MAXIMUM;
    } else if (str_skip_prefix(&r->rest, STR("?"))) {
        atom->min = 0;
    } else if (str_skip_prefix(&r->rest, STR("{"))) {
        ok = take_braces(r, atom);
    }
    return ok && (r->rest.len == 0 || str_find_char(STR("*+?{"), r->rest.ptr[0]) == SIZE_MAX);
}

static bool take_atom(struct reading *r, struct atom *atom)
{
    char c = 0, one = 0;
    if (!take(r, &c) || str_find_char(STR("^$.*+?()]{}|"), c) != SIZE_MAX) {
        return false;
    }
    if (c == '[') {
        return take_class(r, atom);
    }
    if (c == '\\') {
        if (!take_escape(r, atom, &one)) {
            return false;
        }
        c = one;
    }
    if (c != 0) {
        set_add(atom, c, c);
    }
    return true;
}

static bool meets(const struct atom *a, const struct atom *b)
{
    return (a->set[0] & b->set[0]) != 0 || (a->set[1] & b->set[1]) != 0;
}

/*
 * Whether taking as many as there are is always right: what may follow an atom of a varying count
 * begins with none of its characters.
 */
static bool is_settled(const struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct atom *atom = &r->atoms[i];
        for (size_t k = i + 1; atom->min != atom->max && k < r->count; k++) {
            if (meets(atom, &r->atoms[k])) {
                return false;
            }
            if (r->atoms[k].min > 0) {
                break;
            }
        }
    }
    return true;
}

const struct simple_pattern *simple_pattern_of(struct arena *arena, struct str ecma)
{
    struct reading r = {.rest = ecma};
    bool is_open = true;
    if (!str_skip_prefix(&r.rest, STR("^"))) {
        return NULL;
    }
    while (r.rest.len > 0 && is_open) {
        if (str_eq(r.rest, STR("$"))) {
            is_open = false;
            break;
        }
        struct atom *atom = &r.atoms[r.count];
        if (r.count == MAX_ATOMS - 1 || !take_atom(&r, atom) || !take_quantifier(&r, atom)) {
            return NULL;
        }
        r.count++;
    }
    if (!is_settled(&r)) {
        return NULL;
    }
    size_t bytes = r.count * sizeof(struct atom);
    struct simple_pattern *made = arena_alloc(arena, 1, sizeof *made + bytes);
    *made = (struct simple_pattern){.is_open = is_open, .count = r.count};
    memcpy(made->atoms, r.atoms, bytes);
    return made;
}

bool simple_pattern_matches(const struct simple_pattern *pattern, struct str text)
{
    size_t at = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        const struct atom *atom = &pattern->atoms[i];
        uint32_t taken = 0;
        while (taken < atom->max && at < text.len && set_has(atom, (unsigned char)text.ptr[at])) {
            taken++;
            at++;
        }
        if (taken < atom->min) {
            return false;
        }
    }
    return pattern->is_open || at == text.len;
}
