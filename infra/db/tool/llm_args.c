#include "infra/db/tool/llm_args.h"

#include "shared/base/uuid.h"

enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_UUID, OPTION_FLAG };

static const struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;
} options[] = {
    {"--rpm", OPTION_NUMBER, offsetof(struct llm_args, rpm)},
    {"--tpm", OPTION_NUMBER, offsetof(struct llm_args, tpm)},
    {"--expires-hours", OPTION_NUMBER, offsetof(struct llm_args, expires_hours)},
    {"--grace-hours", OPTION_NUMBER, offsetof(struct llm_args, grace_hours)},
    {"--user", OPTION_UUID, offsetof(struct llm_args, user)},
    {"--role", OPTION_TEXT, offsetof(struct llm_args, role)},
    {"--guard", OPTION_TEXT, offsetof(struct llm_args, guard)},
    {"--models", OPTION_TEXT, offsetof(struct llm_args, models)},
    {"--logs-content", OPTION_FLAG, offsetof(struct llm_args, logs_content)},
};

/* rpm is PostgreSQL's integer, and hours are an interval: one bound for all is enough. */
static const int64_t largest_number = INT32_MAX;

static const struct option *option_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (str_eq(name, str_from_cstr(options[i].name))) {
            return &options[i];
        }
    }
    return NULL;
}

static enum status option_set(struct ctx *cx, const struct option *option, struct str value,
                              struct llm_args *out)
{
    char *place = (char *)out + option->offset;
    if (option->kind == OPTION_NUMBER) {
        int64_t number = -1;
        if (!str_to_i64(value, &number) || number < 0 || number > largest_number) {
            return fail(cx, ERR_INVALID, "%s: a number from 0 to %lld", option->name,
                        (long long)largest_number);
        }
        memcpy(place, &number, sizeof number);
        return OK;
    }
    if (option->kind == OPTION_UUID && !uuid_is_valid(value)) {
        return fail(cx, ERR_INVALID, "%s: a UUID", option->name);
    }
    memcpy(place, &value, sizeof value);
    return OK;
}

/* Reads the option at `**args`, and its value, past which `*args` then stands. */
static enum status option_read(struct ctx *cx, char ***args, struct llm_args *out)
{
    const struct option *option = option_find(str_from_cstr(**args));
    if (option == NULL) {
        return fail(cx, ERR_INVALID, "%s: no such option", **args);
    }
    if (option->kind == OPTION_FLAG) {
        static const bool yes = true;
        memcpy((char *)out + option->offset, &yes, sizeof yes);
        return OK;
    }
    (*args)++;
    if (**args == NULL) {
        return fail(cx, ERR_INVALID, "%s: a value must follow", option->name);
    }
    return option_set(cx, option, str_from_cstr(**args), out);
}

enum status llm_args_read(struct ctx *cx, char **args, struct llm_args *out)
{
    *out = (struct llm_args){.rpm = -1, .tpm = -1, .expires_hours = -1, .grace_hours = -1};
    for (; *args != NULL; args++) {
        struct str arg = str_from_cstr(*args);
        if (str_has_prefix(arg, STR("--"))) {
            TRY(option_read(cx, &args, out));
        } else if (out->word_count < LLM_MAX_WORDS) {
            out->words[out->word_count++] = arg;
        } else {
            return fail(cx, ERR_INVALID, "%s: one word too many", *args);
        }
    }
    return OK;
}
