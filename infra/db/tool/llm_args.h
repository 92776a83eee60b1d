/*
 * What follows a command of llm.h: words, and options anywhere between them.
 */
#pragma once

#include "shared/base/ctx.h"

enum { LLM_MAX_WORDS = 4 };

struct llm_args {
    struct str words[LLM_MAX_WORDS];
    size_t word_count;
    /* -1: not given */
    int64_t rpm, tpm, expires_hours, grace_hours;
    /* empty: not given */
    struct str user, role, guard, models;
    bool logs_content;
};

/*
 * ERR_INVALID  an unknown option, one without its value, a value that is none, too many words
 */
enum status llm_args_read(struct ctx *cx, char **args, struct llm_args *out) MUST_CHECK;
