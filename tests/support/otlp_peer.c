#include "tests/support/otlp_peer.h"

#include "shared/base/file.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 128, LOG_MAX = 4 * 1024 * 1024 };

static NORETURN void exec_collector(const struct otlp_peer *peer, int out, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(out, STDOUT_FILENO) == STDOUT_FILENO) {
        (void)execlp("python3", "python3", "-B", "tests/emulators/otlp/collector.py", "--folder",
                     peer->folder, (char *)NULL);
    }
    _exit(127);
}

static bool read_url(struct otlp_peer *peer, int fd)
{
    FILE *out = fdopen(fd, "r");
    char line[128];
    bool got = out != NULL && fgets(line, sizeof line, out) != NULL;
    struct str text = str_trim(str_from_cstr(got ? line : ""));
    (void)fclose(out);
    return str_skip_prefix(&text, STR("listening on ")) &&
           str_to_cstr(text, peer->url, sizeof peer->url);
}

void otlp_peer_start(struct otlp_peer *peer)
{
    int out[2];
    pid_t parent = getpid();
    *peer = (struct otlp_peer){.folder = "/tmp/clambda-otlp.XXXXXX"};
    assert_non_null(mkdtemp(peer->folder));
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    peer->pid = fork();
    assert_true(peer->pid >= 0);
    if (peer->pid == 0) {
        exec_collector(peer, out[1], parent);
    }
    (void)close(out[1]);
    if (!read_url(peer, out[0])) {
        otlp_peer_stop(peer);
        CHECK_FAILED("the collector did not start\n");
    }
}

void otlp_peer_stop(struct otlp_peer *peer)
{
    char command[PATH_BYTES];
    if (peer->pid > 0) {
        (void)kill(peer->pid, SIGKILL);
        (void)waitpid(peer->pid, NULL, 0);
        peer->pid = 0;
    }
    (void)snprintf(command, sizeof command, "rm -rf '%s'", peer->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    (void)!system(command);
}

/* By a new file and a rename: it may be read at any moment. */
void otlp_peer_script(const struct otlp_peer *peer, const char *json)
{
    char path[PATH_BYTES];
    char made[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/script", peer->folder);
    (void)snprintf(made, sizeof made, "%s/script.new", peer->folder);
    FILE *file = fopen(made, "w");
    assert_non_null(file);
    assert_true(fputs(json, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(made, path), 0);
}

void otlp_peer_forget(const struct otlp_peer *peer)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/log", peer->folder);
    (void)unlink(path);
}

struct str otlp_peer_log(struct ctx *cx, const struct otlp_peer *peer)
{
    char path[PATH_BYTES];
    struct str text = {0};
    (void)snprintf(path, sizeof path, "%s/log", peer->folder);
    enum status status = file_read(cx, path, LOG_MAX, &text);
    if (status == ERR_NOT_FOUND) {
        err_clear(cx); /* nothing came yet */
        return (struct str){0};
    }
    CHECK_STATUS(cx, status, OK);
    return text;
}

size_t otlp_peer_requests(struct ctx *cx, const struct otlp_peer *peer, const struct json **last)
{
    struct str rest = otlp_peer_log(cx, peer);
    struct str line;
    size_t count = 0;
    *last = NULL;
    while (str_split_next(&rest, '\n', &line)) {
        if (line.len > 0) {
            CHECK_STATUS(cx, json_read(cx, line, NULL, last), OK);
            count++;
        }
    }
    return count;
}
