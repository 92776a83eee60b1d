/*
 * clambda-token: makes keys and tokens for trying things out here. In production tokens come from
 * the identity provider; nothing of this is in a bootstrap.
 */
#include "shared/auth/sign.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/base/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, PATH_BYTES = 4096, MAX_TTL_S = 365 * 86400, DEFAULT_TTL_S = 3600 };

static const char usage[] =
    "usage: clambda-token keygen --alg ES256|EdDSA|RS256|HS256 --out DIR\n"
    "       clambda-token --keys FILE --sub UUID [--ttl SECONDS] [--iss ISSUER] [--aud AUDIENCE]\n"
    "                     [--role ROLE] [--email EMAIL]\n"
    "\n"
    "keygen writes DIR/private (keep it) and DIR/jwks.json (what the functions check with; for\n"
    "HS256 that is the secret itself). The second form prints a token signed with DIR/private.\n"
    "Defaults: --ttl 3600 (at most a year), --iss clambda-local, --aud authenticated,\n"
    "--role authenticated.\n";

struct arguments {
    const char *alg, *out, *keys, *ttl;
    struct token_claims claims;
};

static int misuse(const char *why)
{
    (void)fprintf(stderr, "clambda-token: %s\n%s", why, usage);
    return EXIT_USAGE;
}

static int complain(const struct ctx *cx)
{
    (void)fprintf(stderr, "clambda-token: %s\n", cx->err.text);
    return EXIT_FAILURE;
}

/* 0600 whatever the umask: even for HS256, whose two files are both the secret. */
static enum status file_write(struct ctx *cx, const char *dir, const char *name, struct str text)
{
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        return fail(cx, ERR_INVALID, "the folder's name is too long");
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || fchmod(fd, 0600) != 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len) {
        int code = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return fail(cx, ERR_INTERNAL, "writing %s: %s", path, strerrordesc_np(code));
    }
    if (close(fd) != 0) {
        return fail(cx, ERR_INTERNAL, "writing %s: the disk did not take it", path);
    }
    return OK;
}

static enum status keygen(struct ctx *cx, const struct arguments *arguments)
{
    struct signing_key *key = NULL;
    TRY(signing_key_generate(cx, str_from_cstr(arguments->alg), &key));
    if (mkdir(arguments->out, 0700) != 0 && errno != EEXIST) {
        return fail(cx, ERR_INTERNAL, "making %s: %s", arguments->out, strerrordesc_np(errno));
    }
    TRY(file_write(cx, arguments->out, "private", signing_key_private(cx, key)));
    TRY(file_write(cx, arguments->out, "jwks.json", signing_key_jwks(cx, key)));
    (void)printf(STR_FMT "\n", STR_ARG(signing_key_id(key)));
    return OK;
}

static enum status mint(struct ctx *cx, struct arguments *arguments)
{
    struct str text;
    struct str token;
    int64_t ttl_s = DEFAULT_TTL_S;
    struct signing_key *key = NULL;
    if (!uuid_is_valid(arguments->claims.user_id)) {
        return fail(cx, ERR_INVALID, "--sub must be a UUID");
    }
    if (arguments->ttl != NULL &&
        (!str_to_i64(str_from_cstr(arguments->ttl), &ttl_s) || ttl_s < 1 || ttl_s > MAX_TTL_S)) {
        return fail(cx, ERR_INVALID, "--ttl must be 1 to %d seconds", MAX_TTL_S);
    }
    TRY(file_read(cx, arguments->keys, KIB(64), &text));
    TRY(signing_key_parse(cx, text, &key));
    arguments->claims.issued_at_s = clock_now_ms() / 1000;
    arguments->claims.expires_at_s = arguments->claims.issued_at_s + ttl_s;
    TRY(auth_token_make(cx, key, &arguments->claims, &token));
    (void)printf(STR_FMT "\n", STR_ARG(token));
    return OK;
}

static bool arguments_read(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"alg", required_argument, NULL, 'a'},   {"out", required_argument, NULL, 'o'},
        {"keys", required_argument, NULL, 'k'},  {"ttl", required_argument, NULL, 't'},
        {"sub", required_argument, NULL, 's'},   {"iss", required_argument, NULL, 'i'},
        {"aud", required_argument, NULL, 'u'},   {"role", required_argument, NULL, 'r'},
        {"email", required_argument, NULL, 'e'}, {NULL, 0, NULL, 0},
    };
    const char *sub = "";
    const char *iss = "clambda-local";
    const char *aud = "authenticated";
    const char *role = "authenticated";
    const char *email = "";
    const struct {
        int letter;
        const char **place;
    } places[] = {
        {'a', &arguments->alg},
        {'o', &arguments->out},
        {'k', &arguments->keys},
        {'t', &arguments->ttl},
        {'s', &sub},
        {'i', &iss},
        {'u', &aud},
        {'r', &role},
        {'e', &email},
    };
    int letter = 0;
    /* One thread: getopt's state is nobody else's. */
    while ((letter = getopt_long(argc, argv, "", options, NULL)) !=
           -1) { /* NOLINT(concurrency-mt-unsafe) */
        size_t i = 0;
        while (i < ARRAY_LEN(places) && places[i].letter != letter) {
            i++;
        }
        if (i == ARRAY_LEN(places)) {
            return false;
        }
        *places[i].place = optarg;
    }
    arguments->claims = (struct token_claims){
        .issuer = str_from_cstr(iss),
        .audience = str_from_cstr(aud),
        .user_id = str_from_cstr(sub),
        .role = str_from_cstr(role),
        .email = str_from_cstr(email),
    };
    return optind == argc;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    bool is_keygen = argc > 1 && strcmp(argv[1], "keygen") == 0;
    if (!arguments_read(argc - is_keygen, argv + is_keygen, &arguments)) {
        return misuse("unknown or incomplete option");
    }
    if (is_keygen && (arguments.alg == NULL || arguments.out == NULL)) {
        return misuse("keygen needs --alg and --out");
    }
    if (!is_keygen && arguments.keys == NULL) {
        return misuse("--keys is missing");
    }
    struct arena arena;
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena};
    enum status status = is_keygen ? keygen(&cx, &arguments) : mint(&cx, &arguments);
    int code = status == OK ? EXIT_SUCCESS : complain(&cx);
    arena_deinit(&arena);
    return code;
}
