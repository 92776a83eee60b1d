#include "runtime/wire/conn.h"

#include "shared/base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>

/* ---- the handle ------------------------------------------------------------------------------ */

static const struct {
    CURLoption option;
    long value;
} settings[] = {
    {CURLOPT_CONNECT_ONLY, 1},
    {CURLOPT_NOSIGNAL, 1}, /* no SIGPIPE juggling per call: lambda_run ignores it */
    {CURLOPT_TCP_NODELAY, 1},
};

static bool handle_set(CURL *curl, const char *url, int timeout_ms)
{
    bool is_set = true;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        is_set &= curl_easy_setopt(curl, settings[i].option, settings[i].value) == CURLE_OK;
    }
    is_set &= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK;
    is_set &= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms) == CURLE_OK;
    is_set &= curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK;
    return is_set;
}

static enum status connect_failure(struct ctx *cx, CURLcode code, const char *reason)
{
    bool is_url = code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL;
    return fail(cx, is_url ? ERR_UPSTREAM : ERR_INVALID, "%s",
                reason[0] != '\0' ? reason : curl_easy_strerror(code));
}

static enum status handle_connect(struct ctx *cx, CURL *curl, int *fd)
{
    char reason[CURL_ERROR_SIZE] = "";
    curl_socket_t socket = CURL_SOCKET_BAD;
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    CURLcode code = curl_easy_perform(curl);
    /* What stands on this stack must not be reached by libcurl's later calls. */
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (code == CURLE_OK) {
        code = curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    }
    *fd = (int)socket;
    return code == CURLE_OK && socket != CURL_SOCKET_BAD ? OK : connect_failure(cx, code, reason);
}

enum status conn_open(struct ctx *cx, struct conn *conn, struct str address, int timeout_ms)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(cx, ERR_INTERNAL, "libcurl does not start");
    }
    struct str url = arena_format(cx->arena, "http://" STR_FMT, STR_ARG(address));
    CURL *curl = curl_easy_init();
    enum status status = curl != NULL && handle_set(curl, url.ptr, timeout_ms)
                             ? handle_connect(cx, curl, &conn->fd)
                             : fail(cx, ERR_INTERNAL, "libcurl does not know an option it should");
    if (status != OK) {
        curl_easy_cleanup(curl);
        curl_global_cleanup();
        return status == ERR_INVALID
                   ? err_while(cx, status, "connecting to \"" STR_FMT "\"", STR_ARG(address))
                   : status;
    }
    conn->curl = curl;
    return OK;
}

void conn_close(struct conn *conn)
{
    if (conn->curl != NULL) {
        curl_easy_cleanup(conn->curl);
        curl_global_cleanup();
        conn->curl = NULL;
    }
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static int patience_ms(int64_t end_us)
{
    if (end_us == 0) {
        return -1;
    }
    int64_t left_ms = (end_us - clock_mono_us() + 999) / 1000;
    if (left_ms < 0) {
        left_ms = 0;
    }
    return (int)(left_ms > INT32_MAX ? INT32_MAX : left_ms);
}

/* What is ready of `events`; 0: the time is over, or it is to stop. A signal ends no wait. */
static short wait_for(const struct conn *conn, short events, int stop_fd, int64_t end_us)
{
    struct pollfd waiting[] = {{.fd = conn->fd, .events = events},
                               {.fd = stop_fd, .events = POLLIN}};
    int ready = 0;
    do {
        ready = poll(waiting, stop_fd < 0 ? 1 : 2, patience_ms(end_us));
    } while (ready < 0 && errno == EINTR);
    return waiting[0].revents;
}

enum conn_result conn_send(struct conn *conn, struct str bytes, int64_t end_us)
{
    while (bytes.len > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(conn->curl, bytes.ptr, bytes.len, &sent);
        if (code != CURLE_OK && code != CURLE_AGAIN) {
            return CONN_BROKEN;
        }
        bytes = str_slice(bytes, sent, bytes.len);
        if (code == CURLE_AGAIN) {
            short ready = wait_for(conn, POLLIN | POLLOUT, -1, end_us);
            if (ready == 0) {
                return CONN_LATE;
            }
            if ((ready & ~POLLOUT) != 0) {
                return CONN_EARLY;
            }
        }
    }
    return CONN_OK;
}

enum conn_result conn_recv(struct conn *conn, char *place, size_t room, int64_t end_us, size_t *got)
{
    for (;;) {
        *got = 0;
        /* First the wait: as a rule nothing is there yet. */
        if (wait_for(conn, POLLIN, conn->stop_fd, end_us) == 0) {
            return conn->stop_fd < 0 ? CONN_LATE : CONN_STOPPED;
        }
        CURLcode code = curl_easy_recv(conn->curl, place, room, got);
        if (code == CURLE_OK) {
            return *got == 0 ? CONN_CLOSED : CONN_OK;
        }
        if (code != CURLE_AGAIN) {
            return CONN_BROKEN;
        }
    }
}

bool conn_has_input(const struct conn *conn)
{
    struct pollfd waiting = {.fd = conn->fd, .events = POLLIN};
    return poll(&waiting, 1, 0) > 0;
}
