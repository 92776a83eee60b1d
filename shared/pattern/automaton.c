#include "shared/pattern/automaton.h"

#include "shared/pattern/program.h"

enum { WORDS = PROGRAM_MAX / 64, MAX_STATES = 64, MAX_CLASSES = 64, DEAD = 0, START = 1 };

/* Bytes that no instruction tells apart are one class. */
struct automaton {
    bool is_open; /* what accepts is a match, whatever follows */
    size_t classes;
    uint64_t accepting; /* a bit per state */
    uint8_t class_of[256];
    uint8_t next[]; /* state * classes + class -> state */
};

/* The instructions that a state stands for. */
struct ways {
    uint64_t set[WORDS];
};

struct maker {
    const struct program *program;
    struct ways states[MAX_STATES];
    size_t count;
    unsigned char example[MAX_CLASSES]; /* a byte of each class */
    size_t classes;
    uint8_t class_of[256];
    uint8_t next[MAX_STATES * MAX_CLASSES];
};

static bool has(const uint64_t *set, size_t at)
{
    return (set[at / 64] >> at % 64 & 1) != 0;
}

/* With all that splits lead to. */
static void ways_add(const struct program *program, struct ways *ways, size_t first)
{
    uint16_t open[PROGRAM_MAX * 2];
    size_t count = 0;
    open[count++] = (uint16_t)first;
    while (count > 0) {
        size_t at = open[--count];
        const struct instruction *one = &program->at[at];
        if (has(ways->set, at)) {
            continue;
        }
        ways->set[at / 64] |= 1ULL << at % 64;
        if (one->op == OP_SPLIT) {
            open[count++] = one->or_else;
            open[count++] = one->next;
        }
    }
}

/* Splits each class into the bytes that an instruction takes and those that it does not. */
static bool split_classes(struct maker *m, const uint64_t *bytes)
{
    uint8_t parts[MAX_CLASSES][2] = {{0}}; /* the new class, counted from 1 */
    size_t count = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t *part = &parts[m->class_of[byte]][has(bytes, byte)];
        if (*part == 0) {
            if (count == MAX_CLASSES) {
                return false;
            }
            m->example[count++] = (unsigned char)byte;
            *part = (uint8_t)count;
        }
        m->class_of[byte] = (uint8_t)(*part - 1);
    }
    m->classes = count;
    return true;
}

static bool find_classes(struct maker *m)
{
    m->classes = 1;
    for (size_t i = 0; i < m->program->count; i++) {
        const struct instruction *one = &m->program->at[i];
        if (one->op == OP_BYTE && !split_classes(m, one->bytes)) {
            return false;
        }
    }
    return true;
}

/* The state of these ways; MAX_STATES: there is no room for another. */
static size_t state_of(struct maker *m, const struct ways *ways)
{
    size_t at = 0;
    while (at < m->count && memcmp(&m->states[at], ways, sizeof *ways) != 0) {
        at++;
    }
    if (at == m->count && at < MAX_STATES) {
        m->states[m->count++] = *ways;
    }
    return at;
}

static bool is_accepting(const struct maker *m, size_t state)
{
    return has(m->states[state].set, m->program->count - 1);
}

static struct ways step(const struct maker *m, const struct ways *from, unsigned char byte)
{
    struct ways to = {0};
    for (size_t i = 0; i < m->program->count; i++) {
        const struct instruction *one = &m->program->at[i];
        if (one->op == OP_BYTE && has(from->set, i) && has(one->bytes, byte)) {
            ways_add(m->program, &to, one->next);
        }
    }
    if (!m->program->is_anchored) { /* it may begin anywhere */
        ways_add(m->program, &to, 0);
    }
    return to;
}

static bool find_states(struct maker *m)
{
    struct ways start = {0};
    ways_add(m->program, &start, 0);
    m->count = START; /* DEAD has no ways */
    (void)state_of(m, &start);
    for (size_t state = 0; state < m->count; state++) {
        for (size_t class = 0; class < m->classes; class ++) {
            struct ways to = {0};
            if (state != DEAD) {
                to = step(m, &m->states[state], m->example[class]);
            }
            size_t next = state_of(m, &to);
            if (next == MAX_STATES) {
                return false;
            }
            m->next[state * m->classes + class] = (uint8_t)next;
        }
    }
    return true;
}

const struct automaton *automaton_of(struct arena *arena, struct str ecma)
{
    struct program program;
    struct maker m = {.program = &program};
    if (!program_read(&program, ecma) || !find_classes(&m) || !find_states(&m)) {
        return NULL;
    }
    size_t bytes = m.count * m.classes;
    struct automaton *made = arena_alloc(arena, 1, sizeof *made + bytes);
    made->is_open = program.is_open;
    made->classes = m.classes;
    memcpy(made->class_of, m.class_of, sizeof made->class_of);
    memcpy(made->next, m.next, bytes);
    for (size_t i = 0; i < m.count; i++) {
        made->accepting |= (uint64_t)is_accepting(&m, i) << i;
    }
    return made;
}

bool automaton_matches(const struct automaton *automaton, struct str text)
{
    size_t state = START;
    for (size_t i = 0; i < text.len; i++) {
        if (state == DEAD || (automaton->is_open && (automaton->accepting >> state & 1) != 0)) {
            break;
        }
        size_t class = automaton->class_of[(unsigned char)text.ptr[i]];
        state = automaton->next[state * automaton->classes + class];
    }
    return (automaton->accepting >> state & 1) != 0;
}
