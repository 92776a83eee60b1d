#include "shared/base/clock.h"
#include "shared/llm/call/internal.h"

/* The wire's fields, and how the key travels. */
static enum status fields_make(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                               const struct llm_wire_request *sent)
{
    TRY(llm_keys_get(cx, call->llm->keys, x->target->provider, sent->auth, &x->credential));
    size_t count = 0;
    for (; count < sent->field_count; count++) {
        x->fields[count] = sent->fields[count];
    }
    if (x->credential.has_field) {
        x->fields[count++] = x->credential.field;
    }
    x->http.fields = x->fields;
    x->http.field_count = count;
    x->http.sign = x->credential.is_signed ? &x->credential.sign : NULL;
    return OK;
}

enum status llm_exchange_open(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              const struct llm_wire_request *sent, int64_t timeout_ms)
{
    const struct llm_provider *provider = x->target->provider;
    const struct llm_transport *transport = &call->llm->transport;
    struct str name = llm_target_name(cx->arena, x->target);
    x->http = (struct http_request){
        .method = sent->method,
        .url = arena_format(cx->arena, STR_FMT STR_FMT, STR_ARG(provider->base_url),
                            STR_ARG(sent->path)),
        .plain_if_local = true, /* whether it may be is the models' table's to say */
        .body = sent->body,
        .timeout_ms = timeout_ms,
        .idempotent = sent->method != NULL && strcmp(sent->method, "GET") == 0,
        .no_trace = true, /* who calls us is no business of a provider's */
    };
    TRY(fields_make(cx, call, x, sent));
    int64_t started_us = clock_mono_us();
    enum status status =
        transport->open(cx, transport->arg, name, &x->http, &x->res, &x->stream, &x->failure);
    call->elsewhere_us += clock_mono_us() - started_us;
    return status;
}

enum status llm_exchange_read(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              int64_t idle_ms, struct str *bytes)
{
    const struct llm_transport *transport = &call->llm->transport;
    int64_t started_us = clock_mono_us();
    enum status status = transport->read(cx, transport->arg, x->stream, idle_ms, bytes);
    call->elsewhere_us += clock_mono_us() - started_us;
    return status;
}

enum status llm_exchange_rest(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              size_t max_bytes, struct str *body)
{
    int64_t started_us = clock_mono_us();
    enum status status = llm_transport_read_all(cx, &call->llm->transport, x->stream,
                                                call->llm->timeouts.idle_ms, max_bytes, body);
    call->elsewhere_us += clock_mono_us() - started_us;
    return status;
}

void llm_exchange_close(struct llm_call *call, struct llm_exchange *x)
{
    call->llm->transport.close(call->llm->transport.arg, &x->stream);
}

void llm_wait(struct llm_call *call, int64_t wait_ms)
{
    if (wait_ms > 0) {
        call->llm->transport.wait(call->llm->transport.arg, wait_ms);
        call->elsewhere_us += wait_ms * 1000;
    }
}
