#include "shared/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void fd_close(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static enum status read_all(struct ctx *cx, int fd, const char *path, char *out, size_t size,
                            size_t *len)
{
    *len = 0;
    while (*len < size) {
        ssize_t got = read(fd, out + *len, size - *len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(cx, ERR_INTERNAL, "reading %s: errno %d", path, errno);
        }
        if (got == 0) {
            break;
        }
        *len += (size_t)got;
    }
    return OK;
}

enum status file_read(struct ctx *cx, const char *path, size_t max_bytes, struct str *content)
{
    DEFER(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(cx, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "opening %s: %s", path,
                    errno == ENOENT ? "no such file" : "refused");
    }
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(cx, ERR_INTERNAL, "%s is not a regular file", path);
    }
    if ((uint64_t)st.st_size > max_bytes) {
        return fail(cx, ERR_TOO_LARGE, "%s has %lld bytes, the limit is %zu", path,
                    (long long)st.st_size, max_bytes);
    }
    char *bytes = ARENA_ARRAY(cx->arena, char, (size_t)st.st_size + 1);
    size_t len = 0;
    TRY(read_all(cx, fd, path, bytes, (size_t)st.st_size, &len));
    *content = (struct str){.ptr = bytes, .len = len};
    return OK;
}
