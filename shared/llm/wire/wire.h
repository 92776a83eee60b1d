/*
 * A provider's wire: how a request is written for it, how its answers, streams and errors are read.
 * One table of functions each; no wire opens a connection, waits, retries, or knows money. The
 * engine (shared/llm/call) does the sending.
 *
 * What all of them promise: the outbound headers are a fixed set; nothing of the caller's reaches
 * them but checked values; errors are mapped to a class and a code of a known list, the provider's
 * own text goes nowhere; decoders take bytes in any cuts, and bound what they keep.
 */
#pragma once

#include "shared/http/http.h"
#include "shared/llm/base/event.h"
#include "shared/llm/base/request.h"
#include "shared/llm/models/models.h"

enum { LLM_MAX_WIRE_FIELDS = 12, LLM_MAX_EVENT_BYTES = 4 * 1024 * 1024 };

/* How the key travels. */
enum llm_auth { LLM_AUTH_BEARER, LLM_AUTH_X_API_KEY, LLM_AUTH_SIGV4, LLM_AUTH_NONE };

/* What goes out, less the host and the key: both are added by the engine. */
struct llm_wire_request {
    const char *method; /* "POST" */
    struct str path;    /* appended to the provider's base URL, percent-encoded: "/v1/messages" */
    struct http_field fields[LLM_MAX_WIRE_FIELDS];
    size_t field_count;
    struct str body;
    enum llm_auth auth;         /* of a provider that needs a key */
    enum llm_protocol protocol; /* what the answer will be written in: the decoders are told */
    bool is_stream;    /* the answer comes as a stream, for `stream_feed`; else it is for `whole` */
    bool is_raw;       /* the answer is in the caller's protocol: it may be handed on as it comes */
    bool hides_usage;  /* usage was asked for that the caller had not asked for: `stream_raw` leaves
                          it out */
    bool wants_base64; /* embeddings: the caller reads base64 and nothing else */
    struct str dropped; /* members left out because the model refuses them: "temperature, top_k" */
};

/* Of one answer: where its decoder keeps its state. Made by `stream_new`, in the arena. */
struct llm_wire_stream;

/* What a 2xx answer's body says about a call that may take more than one request. */
struct llm_follow {
    bool is_pending;              /* not the answer yet: send `next` after `wait_ms` */
    int64_t wait_ms;              /* what the provider is asked to be spared */
    struct llm_wire_request next; /* bills nothing, and may be sent again */
};

struct llm_wire {
    const char *name; /* as in the table of providers: "anthropic" */
    /*
     * Writes the request for `target`. Same protocol in and out: the caller's bytes, with `model`
     * and what must change spliced in, else translated from `request->chat`.
     *
     * ERR_INVALID  the request holds what this provider cannot be asked; the words are public
     */
    enum status (*request)(struct ctx *cx, const struct llm_target *target,
                           const struct llm_request *request, struct llm_wire_request *out);
    /* An HTTP status that is not 2xx, with its head and body: what kind of failure it is. */
    void (*classify)(struct ctx *cx, const struct http_response *res, struct llm_failure *failure);
    /*
     * A whole 2xx answer, as events.
     *
     * ERR_UPSTREAM  it is not the protocol
     */
    enum status (*whole)(struct ctx *cx, const struct llm_wire_request *sent, struct str body,
                         llm_event_fn *emit, void *arg);
    /* A streamed one. `feed` takes bytes in any cuts; END was emitted or the stream was cut. */
    struct llm_wire_stream *(*stream_new)(
        struct ctx *cx, const struct llm_wire_request *sent); /* NULL: answers are always whole */
    enum status (*stream_feed)(struct ctx *cx, struct llm_wire_stream *stream, struct str bytes,
                               llm_event_fn *emit, void *arg);
    /*
     * Whether `body`, of a 2xx answer, is the answer, or what to ask next. NULL: it always is.
     * Addresses in an answer are not used: `next` goes to the provider's own base URL.
     *
     * ERR_UPSTREAM  it is not the protocol
     */
    enum status (*follow)(struct ctx *cx, struct str body, struct llm_follow *out);
    /*
     * The request that stops what a pending `body` tells of, for a caller who has gone or a time
     * that is up. NULL: closing the connection does. False: there is nothing to stop.
     */
    bool (*cancel)(struct ctx *cx, struct str body, struct llm_wire_request *out);
    /*
     * What a raw stream's caller may be given of the bytes fed since the last call: whole records
     * alone, so that an error event can follow at any time, each with its data as it came, less
     * what `hides_usage` says. Lasts until the next feed. NULL: the bytes that were fed, as they
     * are.
     */
    struct str (*stream_raw)(struct llm_wire_stream *stream);
    /* What a raw whole answer's caller may be given of `body`, which `whole` has read. NULL: all of
     * it, as it is. */
    struct str (*whole_raw)(struct ctx *cx, const struct llm_wire_request *sent, struct str body);
};

extern const struct llm_wire llm_wire_openai, llm_wire_anthropic, llm_wire_bedrock,
    llm_wire_replicate;
