#include "infra/local/lambda/reload.h"

#include "infra/local/lambda/instance.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ROOT_EVENTS = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR,
    /* IN_CREATE alone comes for links, IN_ATTRIB for a late chmod +x. */
    FOLDER_EVENTS = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY | IN_DELETE |
                    IN_MOVED_FROM | IN_ONLYDIR,
    BUFFER_BYTES = 16384,
};

/* ---- which file ------------------------------------------------------------------------------ */

bool bootstrap_file_read(const char *path, struct bootstrap_file *file)
{
    struct stat st;
    *file = (struct bootstrap_file){0};
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
        access(path, X_OK) != 0) {
        return false;
    }
    *file = (struct bootstrap_file){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = (uint64_t)st.st_size,
        .changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
    };
    return true;
}

bool bootstrap_file_eq(const struct bootstrap_file *a, const struct bootstrap_file *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed_ns == b->changed_ns;
}

/* ---- what happens to it ---------------------------------------------------------------------- */

/* The folder may not be there yet; then the root's watch tells of it. */
static void watch_folder(struct reload *reload, size_t i)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/" STR_FMT, reload->pool->options.bootstraps,
                   STR_ARG(reload->template->functions[i].slug));
    reload->watches[i] = inotify_add_watch(reload->source.fd, path, FOLDER_EVENTS);
}

static void look(struct reload *reload, size_t i)
{
    const struct function *f = &reload->template->functions[i];
    reload->half_written[i] = false;
    pool_reload(reload->pool, f);
    pool_note_writing(reload->pool, f, false);
}

/* A link is whole when it is there; a file of its own is closed later. */
static bool is_to_be_closed(struct reload *reload, size_t i)
{
    struct stat st;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/" STR_FMT "/bootstrap", reload->pool->options.bootstraps,
                   STR_ARG(reload->template->functions[i].slug));
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

/* Whether its writer has still to close it. */
static bool is_half_written(struct reload *reload, size_t i, uint32_t what)
{
    if ((what & IN_MODIFY) != 0) {
        return true;
    }
    if ((what & IN_CREATE) != 0) {
        return is_to_be_closed(reload, i);
    }
    return (what & IN_ATTRIB) != 0 && reload->half_written[i];
}

static void folder_event(struct reload *reload, size_t i, const struct inotify_event *event)
{
    if ((event->mask & IN_IGNORED) != 0) {
        reload->watches[i] = -1;
    } else if (event->len > 0 && strcmp(event->name, "bootstrap") == 0) {
        reload->half_written[i] = is_half_written(reload, i, event->mask);
        if (reload->half_written[i]) {
            pool_note_writing(reload->pool, &reload->template->functions[i], true);
        } else if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
            /* What is there by now has events of its own to come. */
            pool_note_writing(reload->pool, &reload->template->functions[i], false);
        } else {
            look(reload, i);
        }
    }
}

static void root_event(struct reload *reload, const struct inotify_event *event)
{
    if ((event->mask & IN_IGNORED) != 0) {
        output_say(reload->pool->output, STR("clambda-local"),
                   "%s is gone: restart to see new bootstraps", reload->pool->options.bootstraps);
        return;
    }
    for (size_t i = 0; i < reload->template->function_count && event->len > 0; i++) {
        if (str_eq(reload->template->functions[i].slug, str_from_cstr(event->name))) {
            watch_folder(reload, i);
            look(reload, i);
        }
    }
}

static void one_event(struct reload *reload, const struct inotify_event *event)
{
    if (event->wd == reload->root) {
        root_event(reload, event);
        return;
    }
    for (size_t i = 0; i < reload->template->function_count; i++) {
        bool all = (event->mask & IN_Q_OVERFLOW) != 0; /* some were lost: look everywhere */
        if (all) {
            look(reload, i);
        } else if (event->wd == reload->watches[i]) {
            folder_event(reload, i, event);
        }
    }
}

static void on_event(void *owner, UNUSED uint32_t events)
{
    struct reload *reload = owner;
    _Alignas(struct inotify_event) char bytes[BUFFER_BYTES];
    ssize_t n = read(reload->source.fd, bytes, sizeof(bytes));
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const void *)(bytes + at);
        one_event(reload, event);
        at += (ssize_t)(sizeof(*event) + event->len);
    }
}

/* ---------------------------------------------------------------------------------------------- */

enum status reload_open(struct ctx *cx, struct reload *reload, struct pool *pool,
                        const struct template *t)
{
    *reload = (struct reload){.pool = pool, .template = t};
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        return fail(cx, ERR_INTERNAL, "inotify: %s; --no-reload does without", strerror(errno));
    }
    struct loop_source what = {.fd = fd, .fn = on_event, .owner = reload, .events = EPOLLIN};
    TRY(loop_add(cx, pool->loop, &reload->source, what));
    reload->root = inotify_add_watch(fd, pool->options.bootstraps, ROOT_EVENTS);
    if (reload->root < 0) {
        return fail(cx, ERR_INTERNAL, "inotify of %s: %s; --no-reload does without",
                    pool->options.bootstraps, strerror(errno));
    }
    for (size_t i = 0; i < t->function_count; i++) {
        watch_folder(reload, i);
    }
    return OK;
}

void reload_close(struct reload *reload)
{
    if (reload->pool != NULL) {
        loop_remove(reload->pool->loop, &reload->source);
    }
}
