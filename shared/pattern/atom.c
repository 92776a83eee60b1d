#include "shared/pattern/atom.h"

enum { MAX_COUNT = 1000 };

static void set_add(struct atom *atom, char from, char to)
{
    for (unsigned c = (unsigned char)from; c <= (unsigned char)to; c++) {
        atom->set[c / 64] |= 1ULL << c % 64;
    }
}

/* 0 means a set below, so NUL is left to PCRE2, as what is past ASCII is. */
static bool take(struct str *rest, char *c)
{
    if (rest->len == 0) {
        return false;
    }
    *c = rest->ptr[0];
    *rest = str_slice(*rest, 1, rest->len);
    return *c != 0 && (unsigned char)*c < 0x80;
}

/* \d, \w, or a mark that stands for itself. `*one`: that mark, or 0 for a set. */
static bool take_escape(struct str *rest, struct atom *atom, char *one)
{
    char c = 0;
    *one = 0;
    if (!take(rest, &c)) {
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
static bool take_member(struct str *rest, struct atom *atom, char *one)
{
    if (!take(rest, one) || *one == '[') {
        return false;
    }
    return *one != '\\' || take_escape(rest, atom, one);
}

/* "a", "a-z" or a set. */
static bool take_range(struct str *rest, struct atom *atom)
{
    char from = 0;
    if (!take_member(rest, atom, &from)) {
        return false;
    }
    char to = from;
    if (from != 0 && rest->len >= 2 && rest->ptr[0] == '-' && rest->ptr[1] != ']') {
        *rest = str_slice(*rest, 1, rest->len);
        if (!take_member(rest, atom, &to) || to < from) {
            return false;
        }
    }
    if (from != 0) {
        set_add(atom, from, to);
    }
    return true;
}

/* Behind "[": what is not a plain list of characters and ranges is left to PCRE2. */
bool atom_take_class(struct str *rest, struct atom *atom)
{
    if (str_has_prefix(*rest, STR("^")) || str_has_prefix(*rest, STR("]"))) {
        return false;
    }
    bool is_first = true;
    while (!str_skip_prefix(rest, STR("]"))) {
        bool is_hyphen = str_has_prefix(*rest, STR("-"));
        bool is_edge = is_first || str_has_prefix(*rest, STR("-]"));
        if ((is_hyphen && !is_edge) || !take_range(rest, atom)) {
            return false;
        }
        is_first = false;
    }
    return true;
}

static bool take_count(struct str *rest, uint32_t *count)
{
    size_t digits = 0;
    *count = 0;
    while (rest->len > 0 && rest->ptr[0] >= '0' && rest->ptr[0] <= '9' && digits < 4) {
        *count = *count * 10 + (uint32_t)(rest->ptr[0] - '0');
        *rest = str_slice(*rest, 1, rest->len);
        digits++;
    }
    return digits > 0 && *count <= MAX_COUNT;
}

/* Behind "{": 2}, 2,} or 2,5}. */
static bool take_braces(struct str *rest, struct atom *atom)
{
    if (!take_count(rest, &atom->min)) {
        return false;
    }
    atom->max = atom->min;
    if (str_skip_prefix(rest, STR(","))) {
        atom->max = NO_MAXIMUM;
        if (!str_has_prefix(*rest, STR("}")) && !take_count(rest, &atom->max)) {
            return false;
        }
    }
    return str_skip_prefix(rest, STR("}")) && atom->max >= atom->min;
}

/* Behind an atom: *, +, ?, braces, or nothing. Not what is lazy. */
bool atom_take_quantifier(struct str *rest, struct atom *atom)
{
    bool ok = true;
    atom->min = atom->max = 1;
    if (str_skip_prefix(rest, STR("*"))) {
        atom->min = 0;
        atom->max = NO_MAXIMUM;
    } else if (str_skip_prefix(rest, STR("+"))) {
        atom->max = NO_MAXIMUM;
    } else if (str_skip_prefix(rest, STR("?"))) {
        atom->min = 0;
    } else if (str_skip_prefix(rest, STR("{"))) {
        ok = take_braces(rest, atom);
    }
    return ok && (rest->len == 0 || str_find_char(STR("*+?{"), rest->ptr[0]) == SIZE_MAX);
}

bool atom_take(struct str *rest, struct atom *atom)
{
    char c = 0, one = 0;
    if (!take(rest, &c) || str_find_char(STR("^$.*+?()]{}|"), c) != SIZE_MAX) {
        return false;
    }
    if (c == '[') {
        return atom_take_class(rest, atom);
    }
    if (c == '\\') {
        if (!take_escape(rest, atom, &one)) {
            return false;
        }
        c = one;
    }
    if (c != 0) {
        set_add(atom, c, c);
    }
    return true;
}
