#include "tests/support/secrets_peer.h"

#include "shared/base/file.h"
#include "shared/json/json.h"
#include "tests/support/check.h"

#include <unistd.h>

enum { COMMAND_MAX = 512, LOG_MAX = 4 * 1024 * 1024 };

void secrets_peer_start(struct secrets_peer *peer)
{
    *peer = (struct secrets_peer){.folder = "/tmp/clambda-secrets.XXXXXX"};
    assert_non_null(mkdtemp(peer->folder));
    (void)snprintf(peer->file_path, sizeof peer->file_path, "%s/secrets.json", peer->folder);
    (void)snprintf(peer->log_path, sizeof peer->log_path, "%s/log", peer->folder);
    secrets_peer_put(peer, STR("{}"));
    const char *arguments[] = {"tests/emulators/secrets/emulator.py", "--secrets", peer->file_path,
                               NULL};
    if (!emulator_start(&peer->emulator, arguments, peer->log_path)) {
        secrets_peer_stop(peer);
        CHECK_FAILED("the emulator of Secrets Manager did not start\n");
    }
    (void)snprintf(peer->url, sizeof peer->url, "%s", peer->emulator.url);
}

void secrets_peer_stop(struct secrets_peer *peer)
{
    char command[COMMAND_MAX];
    emulator_kill(&peer->emulator);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", peer->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    (void)!system(command);
}

/* By a new file and a rename: it may be read at any moment. */
void secrets_peer_put(const struct secrets_peer *peer, struct str json)
{
    char path[COMMAND_MAX];
    (void)snprintf(path, sizeof path, "%s.new", peer->file_path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(json.ptr, 1, json.len, file), json.len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(path, peer->file_path), 0);
}

int secrets_peer_count(struct ctx *cx, const struct secrets_peer *peer, const char *arn,
                       const char *outcome)
{
    struct str rest, line;
    int count = 0;
    if (access(peer->log_path, F_OK) != 0) {
        return 0;
    }
    CHECK_STATUS(cx, file_read(cx, peer->log_path, LOG_MAX, &rest), OK);
    while (str_split_next(&rest, '\n', &line)) {
        const struct json *root = NULL;
        if (line.len == 0) {
            continue;
        }
        CHECK_STATUS(cx, json_read(cx, line, NULL, &root), OK);
        count += str_eq(json_find_str(root, STR("arn")), str_from_cstr(arn)) &&
                 str_has_prefix(json_find_str(root, STR("outcome")), str_from_cstr(outcome));
    }
    return count;
}
