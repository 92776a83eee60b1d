#include "shared/pattern/simple.h"

#include "shared/pattern/atom.h"

enum { MAX_ATOMS = 24 };

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
        if (r.count == MAX_ATOMS - 1 || !atom_take(&r.rest, atom) ||
            !atom_take_quantifier(&r.rest, atom)) {
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
        while (taken < atom->max && at < text.len && atom_has(atom, (unsigned char)text.ptr[at])) {
            taken++;
            at++;
        }
        if (taken < atom->min) {
            return false;
        }
    }
    return pattern->is_open || at == text.len;
}
