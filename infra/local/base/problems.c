#include "infra/local/base/problems.h"

#include <stdio.h>

void problem_add(struct problems *problems, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str text = arena_vformat(problems->arena, format, args);
    va_end(args);
    for (const struct problem *seen = problems->first; seen != NULL; seen = seen->next) {
        if (seen->line == line && str_eq(seen->text, text)) {
            return;
        }
    }
    struct problem *problem = ARENA_NEW(problems->arena, struct problem);
    *problem = (struct problem){.line = line, .text = text};
    if (problems->last == NULL) {
        problems->first = problem;
    } else {
        problems->last->next = problem;
    }
    problems->last = problem;
    problems->count++;
}

void problems_print(const struct problems *problems, const char *path)
{
    for (const struct problem *p = problems->first; p != NULL; p = p->next) {
        (void)fprintf(stderr, "%s:%d: " STR_FMT "\n", path, p->line, STR_ARG(p->text));
    }
}
