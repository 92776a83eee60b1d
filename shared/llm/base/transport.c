#include "shared/llm/base/transport.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"

static enum status network_open(struct ctx *cx, void *arg, struct str target,
                                const struct http_request *req, struct http_response *res,
                                void **stream, struct http_stream_failure *failure)
{
    struct http_stream *opened = NULL;
    (void)target;
    enum status status = http_stream_open(cx, arg, req, res, &opened, failure);
    *stream = opened;
    return status;
}

static enum status network_read(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                                struct str *bytes)
{
    (void)arg;
    return http_stream_read(cx, stream, idle_ms, bytes);
}

static void network_close(void *arg, void **stream)
{
    struct http_stream *open = *stream;
    (void)arg;
    http_stream_close(&open);
    *stream = NULL;
}

static void network_wait(void *arg, int64_t wait_ms)
{
    (void)arg;
    clock_sleep_ms(wait_ms);
}

struct llm_transport llm_transport_network(struct http *http)
{
    return (struct llm_transport){.open = network_open,
                                  .read = network_read,
                                  .close = network_close,
                                  .wait = network_wait,
                                  .arg = http};
}

enum status llm_transport_read_all(struct ctx *cx, const struct llm_transport *transport,
                                   void *stream, int64_t idle_ms, size_t max_bytes,
                                   struct str *body)
{
    struct buf buf = buf_in(cx->arena, max_bytes);
    while (true) {
        struct str bytes;
        TRY(transport->read(cx, transport->arg, stream, idle_ms, &bytes));
        if (bytes.len == 0) {
            *body = buf_str(&buf);
            return OK;
        }
        buf_add(&buf, bytes);
        if (buf.full) {
            return fail(cx, ERR_TOO_LARGE, "the answer passes %zu bytes", max_bytes);
        }
    }
}
