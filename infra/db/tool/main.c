/*
 * clambda-db: the database's own tool. It works with the rights of ADMIN_DATABASE_URL, straight on
 * PostgreSQL; nothing of it is linked into a function.
 */
#include "infra/db/tool/fdc.h"
#include "infra/db/tool/llm.h"
#include "infra/db/tool/migrate.h"
#include "infra/db/tool/seed.h"
#include "shared/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2, TIME_LIMIT_MS = 30 * 60 * 1000 };

struct options {
    const char *migrations, *seed, *usda;
    char **words; /* the command and all that follows it */
};

static enum status run_migrate(struct ctx *cx, struct pg *pg, const struct options *options)
{
    return migrate(cx, pg, options->migrations);
}

static enum status run_seed(struct ctx *cx, struct pg *pg, const struct options *options)
{
    struct seed_counts counts = {0};
    TRY(seed(cx, pg, options->seed, &counts));
    (void)printf("%zu foods, %zu recipes with %zu ingredient lines, the demo users\n", counts.foods,
                 counts.recipes, counts.recipe_lines);
    return OK;
}

static enum status run_seed_usda(struct ctx *cx, struct pg *pg, const struct options *options)
{
    struct fdc_counts counts;
    TRY(fdc_load(cx, pg, options->usda, false, &counts));
    (void)printf("%lld foods with %lld amounts; passed over: %lld superseded foods, %lld of other "
                 "kinds, %lld blank amounts\n",
                 (long long)counts.foods, (long long)counts.amounts, (long long)counts.superseded,
                 (long long)counts.other_kinds, (long long)counts.blank);
    return OK;
}

static enum status run_status(struct ctx *cx, struct pg *pg, const struct options *options)
{
    return migrate_status(cx, pg, options->migrations);
}

static enum status run_llm(struct ctx *cx, struct pg *pg, const struct options *options)
{
    return llm_command(cx, pg, options->words);
}

static const struct command {
    const char *name, *words;
    enum status (*run)(struct ctx *cx, struct pg *pg, const struct options *options);
    bool takes_usda, takes_words; /* words: it reads what follows by itself */
} commands[] = {
    {"migrate", "apply what is not applied yet", run_migrate, false, false},
    {"seed", "load the project's foods, recipes and demo users", run_seed, false, false},
    {"seed-usda", "load USDA's foods from the CSV files of an FDC archive in DIR", run_seed_usda,
     true, false},
    {"status", "list the migrations and whether they are applied", run_status, false, false},
    {"tenant", "set NAME, suspend NAME, resume NAME, list: who calls models", run_llm, false, true},
    {"key", "create TENANT NAME, rotate ID, revoke ID, list: virtual keys", run_llm, false, true},
    {"budget", "set SCOPE WHOSE PERIOD USD, remove SCOPE WHOSE PERIOD, list", run_llm, false, true},
    {"recording", "list TENANT, get CALL: calls of keys that are recorded", run_llm, false, true},
};

static int usage(void)
{
    (void)fputs("clambda-db COMMAND [--migrations DIR] [--seed DIR]\n", stderr);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)fprintf(stderr, "  %s%-*s %s\n", commands[i].name,
                      14 - (int)str_from_cstr(commands[i].name).len,
                      commands[i].takes_usda ? " DIR" : "", commands[i].words);
    }
    (void)fputs("on the database of ADMIN_DATABASE_URL, from the root of the checkout\n", stderr);
    return EXIT_USAGE;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (str_eq(str_from_cstr(name), str_from_cstr(commands[i].name))) {
            return &commands[i];
        }
    }
    return NULL;
}

/* What follows the command; false if it is not understood. */
static bool options_read(char **args, const struct command *command, struct options *options)
{
    if (command->takes_words) {
        options->words = args - 1;
        return true;
    }
    for (; *args != NULL; args++) {
        struct str arg = str_from_cstr(*args);
        bool is_option = str_has_prefix(arg, STR("-"));
        if (str_eq(arg, STR("--migrations")) && args[1] != NULL) {
            options->migrations = *++args;
        } else if (str_eq(arg, STR("--seed")) && args[1] != NULL) {
            options->seed = *++args;
        } else if (command->takes_usda && options->usda == NULL && !is_option) {
            options->usda = *args;
        } else {
            return false;
        }
    }
    return !command->takes_usda || options->usda != NULL;
}

static int run(const struct command *command, const struct options *options, const char *url)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena, .deadline_ms = clock_now_ms() + TIME_LIMIT_MS};
    struct pg *pg = pg_new(url);
    enum status status = command->run(&cx, pg, options);
    (void)fflush(stdout);
    if (status != OK) {
        (void)fprintf(stderr, "clambda-db: %s\n", cx.err.text);
    }
    arena_deinit(&arena);
    pg_free(pg);
    return status == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options = {.migrations = "infra/db/migrations", .seed = "infra/db/seed"};
    const struct command *command = argc < 2 ? NULL : command_find(argv[1]);
    if (command == NULL || !options_read(argv + 2, command, &options)) {
        return usage();
    }
    const char *url = getenv("ADMIN_DATABASE_URL");
    if (url == NULL || url[0] == '\0') {
        (void)fputs("clambda-db: ADMIN_DATABASE_URL is not set\n", stderr);
        return EXIT_USAGE;
    }
    return run(command, &options, url);
}
