/*
 * How the engine reaches providers: the one place where a call depends on anything but its input.
 * It is the network, or a recorder before it (watch/record.h), or what was recorded
 * (watch/replay.h).
 *
 * Left to the engine: keys, timeouts, retries. `open` gets the request as it will be sent, key and
 * signature included; a recorder keeps no header.
 */
#pragma once

#include "shared/http/stream.h"

struct llm_transport {
    /* As http_stream_open; `target` is "provider/id". `*stream` belongs to this transport. */
    enum status (*open)(struct ctx *cx, void *arg, struct str target,
                        const struct http_request *req, struct http_response *res, void **stream,
                        struct http_stream_failure *failure);
    /* As http_stream_read. */
    enum status (*read)(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                        struct str *bytes);
    /* As http_stream_close; `*stream` may be NULL, and is afterwards. */
    void (*close)(void *arg, void **stream);
    /* Waits before another attempt; a replay does not. */
    void (*wait)(void *arg, int64_t wait_ms);
    void *arg;
};

/* The network; `http` must outlive it. */
struct llm_transport llm_transport_network(struct http *http);

/*
 * The rest of a body, whole.
 *
 * ERR_TOO_LARGE  more than `max_bytes`
 * ERR_TIMEOUT, ERR_UPSTREAM  as `read`
 */
enum status llm_transport_read_all(struct ctx *cx, const struct llm_transport *transport,
                                   void *stream, int64_t idle_ms, size_t max_bytes,
                                   struct str *body) MUST_CHECK;
