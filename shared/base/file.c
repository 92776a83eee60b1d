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

/* Until the file's end or until `size` bytes. */
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
            return fail(cx, ERR_INTERNAL, "reading %s: %s", path, strerrordesc_np(errno));
        }
        if (got == 0) {
            break;
        }
        *len += (size_t)got;
    }
    return OK;
}

/* Never waits: O_NONBLOCK, for a FIFO without a writer would hold `open` for ever. */
static enum status open_regular(struct ctx *cx, const char *path, int *fd, size_t *size)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) {
        return fail(cx, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "opening %s: %s", path,
                    strerrordesc_np(errno));
    }
    struct stat st;
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(cx, ERR_INTERNAL, "%s is not a regular file", path);
    }
    *size = (size_t)st.st_size;
    return OK;
}

enum status file_read(struct ctx *cx, const char *path, size_t max_bytes, struct str *content)
{
    DEFER(fd_close) int fd = -1;
    size_t size = 0, len = 0;
    TRY(open_regular(cx, path, &fd, &size));
    if (size > max_bytes) {
        return fail(cx, ERR_TOO_LARGE, "%s has %zu bytes, the limit is %zu", path, size, max_bytes);
    }
    /* The byte for the NUL also finds a file that grew meanwhile, or gives no size (/proc). */
    char *bytes = ARENA_ARRAY(cx->arena, char, size + 1);
    TRY(read_all(cx, fd, path, bytes, size + 1, &len));
    if (len > size) {
        return fail(cx, ERR_INTERNAL, "%s holds more than the %zu bytes it claims", path, size);
    }
    *content = (struct str){.ptr = bytes, .len = len};
    return OK;
}
