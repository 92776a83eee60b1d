/*
 * The real clambda-local for tests: a folder of bootstraps of the test's choice, a template, a free
 * port, and a client that sends what it is told. Run from the root; CLAMBDA_LOCAL names another
 * gateway, CLAMBDA_BUILD another build folder.
 */
#pragma once

#include "tests/support/check.h"

#include <sys/types.h>

struct local {
    char folder[64]; /* bootstraps, scratch folders, the log */
    char log_path[128];
    bool log_is_pipe; /* set before the start: nobody reads it, but through `log_fd` */
    int log_fd;
    pid_t pid; /* 0: it does not run */
    unsigned port;
};

struct local_options {
    const char *template;
    const char *const *slugs; /* each gets the probe as its bootstrap, by a link */
    size_t slug_count;
    const char *probe;            /* one of tests/integration/bootstraps; NULL: local_probe */
    const char *const *arguments; /* more for the command line, NULL-terminated; NULL: none */
};

/* The program, or the one that this variable of the environment names. */
const char *local_program(const char *variable, const char *fallback);
/* The path of a file below the build folder, absolute, which must be there; until the next call. */
const char *local_built(const char *name);
/* Where the probe of this name is, below the build folder; until the next call. */
const char *local_probe(const char *name);

/* Runs the program to its end; its exit code, and what it printed. */
int local_run(const char *arguments, char *out, size_t size);
/* The folder with its bootstraps, without a gateway. */
void local_prepare(struct local *l, const struct local_options *options);
/* What is at `program` becomes this function's bootstrap, by a link. */
void local_install(const struct local *l, const char *slug, const char *program);
/* The gateway on it; fails the test if it does not listen. */
void local_launch(struct local *l, const struct local_options *options);
/* Both. */
void local_start(struct local *l, const struct local_options *options);
/* Ends it and waits. Its exit status, as a shell would say it. */
int local_end(struct local *l, int signal_number);
/* Removes the folder. */
void local_clean(const struct local *l);

/*
 * One gateway for a group of tests, which leave it running: for a group's setup and its teardown,
 * which fails unless the gateway ends with 0. A setup that starts it otherwise leaves it in
 * `*state`; the last test may have ended it.
 */
int local_group_start(void **state, struct local *l, const struct local_options *options);
int local_group_end(void **state);

struct str local_log(struct ctx *cx, const struct local *l);
/* The log is written after the answer: waits for `words`, up to two seconds. */
void local_check_log(struct ctx *cx, const struct local *l, const char *words);

struct local_answer {
    int status; /* 0: none */
    struct str head, body;
};

/* A connection to its port. */
int local_connect(const struct local *l);
/* `line`: "GET /path"; `fields`: header lines with CRLF. The descriptor is for local_read. */
int local_send(struct ctx *cx, const struct local *l, const char *line, const char *fields,
               struct str body);
/* Reads to the end, and closes. */
struct local_answer local_read(struct ctx *cx, int fd);
/* Both. */
struct local_answer local_ask(struct ctx *cx, const struct local *l, const char *line,
                              const char *fields, struct str body);
/* POST .../functions/FUNCTION/invocations */
struct local_answer local_invoke(struct ctx *cx, const struct local *l, const char *function,
                                 const char *fields, const char *event);
bool local_has_header(struct local_answer answer, const char *line);
/* The body of a 200, which must be JSON. */
const struct json *local_json(struct ctx *cx, struct local_answer answer);
