/*
 * One connection, for streams: libcurl makes it (CURLOPT_CONNECT_ONLY), its bytes are ours to send
 * and receive. A transfer of libcurl's allocates some twenty times per request, gives a body when
 * it likes, and hides whether a request had left, which decides whether it may be sent again.
 */
#include "shared/http/internal.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <poll.h>

/* Who does not answer a connection in this time will not: another target can be asked meanwhile. */
enum { CONNECT_MS = 5000 };

/* ---- the handle ------------------------------------------------------------------------------ */

static int64_t left_ms(int64_t end_us)
{
    int64_t left = (end_us - clock_mono_us() + 999) / 1000;
    return left < 0 ? 0 : left;
}

static enum status connect_failure(struct ctx *cx, CURLcode code, const char *reason)
{
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return fail(cx, ERR_TIMEOUT, "connect: no answer in time");
    }
    return fail(cx, ERR_UPSTREAM, "%s", reason[0] != '\0' ? reason : curl_easy_strerror(code));
}

static enum status handle_connect(struct ctx *cx, struct http_conn *conn)
{
    char reason[CURL_ERROR_SIZE] = "";
    curl_socket_t fd = CURL_SOCKET_BAD;
    (void)curl_easy_setopt(conn->curl, CURLOPT_ERRORBUFFER, reason);
    CURLcode code = curl_easy_perform(conn->curl);
    /* What stands on this stack must not be reached by libcurl's later calls. */
    (void)curl_easy_setopt(conn->curl, CURLOPT_ERRORBUFFER, NULL);
    if (code == CURLE_OK) {
        code = curl_easy_getinfo(conn->curl, CURLINFO_ACTIVESOCKET, &fd);
    }
    conn->fd = (int)fd;
    return code == CURLE_OK && fd != CURL_SOCKET_BAD ? OK : connect_failure(cx, code, reason);
}

enum status http_conn_open(struct ctx *cx, struct http *http, struct http_conn *conn,
                           const struct http_request *req, int64_t end_us)
{
    if (!str_to_cstr(http_place_of(req->url).origin, conn->origin, sizeof conn->origin)) {
        return fail(cx, ERR_INVALID, "the URL's host is too long");
    }
    if (left_ms(end_us) == 0) {
        return fail(cx, ERR_TIMEOUT, "the time was over before the request was sent");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(cx, ERR_INTERNAL, "libcurl does not start");
    }
    struct http_setup setup = {.curl = curl_easy_init()};
    conn->curl = setup.curl;
    if (setup.curl == NULL) {
        curl_global_cleanup();
        return fail(cx, ERR_INTERNAL, "libcurl gives no handle");
    }
    http_set_connection(&setup, http, req->plain_if_local);
    http_set_long(&setup, CURLOPT_CONNECT_ONLY, 1);
    http_set_long(&setup, CURLOPT_HTTPPROXYTUNNEL, 1); /* a proxy must not read our requests */
    http_set_long(&setup, CURLOPT_CONNECTTIMEOUT_MS,
                  (long)(left_ms(end_us) < CONNECT_MS ? left_ms(end_us) : CONNECT_MS));
    http_set_text(&setup, CURLOPT_URL, conn->origin);
    enum status status = setup.refused
                             ? fail(cx, ERR_INTERNAL, "libcurl does not know an option it should")
                             : handle_connect(cx, conn);
    if (status != OK) {
        http_conn_close(conn);
    }
    return status;
}

void http_conn_close(struct http_conn *conn)
{
    if (conn->curl != NULL) {
        curl_easy_cleanup(conn->curl);
        curl_global_cleanup();
        conn->curl = NULL;
    }
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* What is ready of `events`; 0: the time is over. A signal ends no wait. */
static short wait_for(const struct http_conn *conn, short events, int64_t end_us)
{
    struct pollfd waiting = {.fd = conn->fd, .events = events};
    int ready = 0;
    do {
        int64_t patience_ms = left_ms(end_us);
        ready = poll(&waiting, 1, (int)(patience_ms > INT32_MAX ? INT32_MAX : patience_ms));
    } while (ready < 0 && errno == EINTR);
    return waiting.revents;
}

enum http_io http_conn_send(struct http_conn *conn, struct str *bytes, int64_t end_us)
{
    while (bytes->len > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(conn->curl, bytes->ptr, bytes->len, &sent);
        if (code != CURLE_OK && code != CURLE_AGAIN) {
            return HTTP_IO_BROKEN;
        }
        *bytes = str_slice(*bytes, sent, bytes->len);
        if (code == CURLE_AGAIN) {
            short ready = wait_for(conn, POLLIN | POLLOUT, end_us);
            if (ready == 0) {
                return HTTP_IO_LATE;
            }
            if ((ready & POLLOUT) == 0) {
                return HTTP_IO_EARLY;
            }
        }
    }
    return HTTP_IO_OK;
}

/* Receives first and waits then: under TLS the next bytes may lie in OpenSSL, not in the socket. */
enum http_io http_conn_recv(struct http_conn *conn, char *place, size_t room, int64_t end_us,
                            size_t *got)
{
    for (;;) {
        *got = 0;
        CURLcode code = curl_easy_recv(conn->curl, place, room, got);
        if (code == CURLE_OK) {
            return *got == 0 ? HTTP_IO_END : HTTP_IO_OK;
        }
        if (code != CURLE_AGAIN) {
            return HTTP_IO_BROKEN;
        }
        if (wait_for(conn, POLLIN, end_us) == 0) {
            return HTTP_IO_LATE;
        }
    }
}
