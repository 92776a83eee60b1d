#include "infra/local/source/sqs.h"

#include "infra/local/base/origin.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"

enum { MAX_ANSWER_BYTES = 16 * 1024 * 1024 };

/* A ReceiveMessage that waits for messages; in its request's arena. */
struct sqs_waiter {
    struct sqs_waiter *next;
    struct request *request;
    struct ctx cx;
    struct sqs_call call;
    struct buf out;
    int64_t until_ms;
};

bool sqs_api_owns(const struct request *request)
{
    return str_has_prefix(request_header(request, STR("x-amz-target")), STR("AmazonSQS."));
}

static void answer(struct request *request, int status, struct str body)
{
    char id[UUID_TEXT_LEN + 1];
    uuid_v4(id);
    request_add_header(request, STR("content-type"), STR("application/x-amz-json-1.0"));
    request_add_header(request, STR("x-amzn-requestid"),
                       arena_str_copy(&request->arena, str_from_cstr(id)));
    request_answer(request, status, body);
}

static void answer_fault(struct request *request, const struct sqs_fault *fault)
{
    struct arena *arena = &request->arena;
    struct buf out = buf_in(arena, KIB(4));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_str(&w, "__type", arena_format(arena, "com.amazonaws.sqs#%s", fault->shape));
    json_member_cstr(&w, "message", fault->words);
    json_object_end(&w);
    request_add_header(request, STR("x-amzn-query-error"),
                       arena_format(arena, "%s;Sender", fault->code));
    answer(request, 400, buf_str(&out));
}

/* Whoever has hung up must not get the next message. */
static void forget(struct request *request)
{
    struct sqs_waiter **link = &request->service->sqs->waiters;
    while (*link != NULL && (*link)->request != request) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = (*link)->next;
    }
}

void sqs_api_handle(struct request *request)
{
    struct sqs *sqs = request->service->sqs;
    struct sqs_waiter *waiter = ARENA_NEW(&request->arena, struct sqs_waiter);
    struct str host = request_header(request, STR("host"));
    waiter->cx = (struct ctx){.arena = &request->arena};
    waiter->out = buf_in(&request->arena, MAX_ANSWER_BYTES);
    waiter->call =
        (struct sqs_call){.sqs = sqs, .cx = &waiter->cx, .host = host, .now_ms = clock_now_ms()};
    struct sqs_call *call = &waiter->call;
    if (!str_eq(request->method, STR("POST"))) {
        (void)sqs_fail(call, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
                       "A call is a POST.");
        answer_fault(request, &call->fault);
    } else if (!origin_is_local(request_header(request, STR("origin")))) {
        (void)sqs_fail(call, "AccessDenied", "AccessDenied",
                       "A page of another site cannot sign, so it may not call.");
        answer_fault(request, &call->fault);
    } else if (!sqs_call(call, request_header(request, STR("x-amz-target")),
                         buf_str(&request->body), &waiter->out)) {
        answer_fault(request, &call->fault);
    } else if (call->wait_ms > 0 && !request->service->pool->draining) {
        waiter->request = request;
        request->on_gone = forget;
        waiter->until_ms = call->now_ms + call->wait_ms;
        struct sqs_waiter **last = &sqs->waiters;
        while (*last != NULL) { /* who came first is served first */
            last = &(*last)->next;
        }
        *last = waiter;
    } else {
        answer(request, 200, buf_str(&waiter->out));
    }
}

void sqs_tick(struct sqs *sqs, int64_t now_ms)
{
    struct sqs_waiter **link = &sqs->waiters;
    while (*link != NULL) {
        struct sqs_waiter *waiter = *link;
        waiter->call.now_ms = now_ms;
        bool some = queue_visible(waiter->call.queue, now_ms) > 0 &&
                    sqs_receive_again(&waiter->call, &waiter->out);
        if (some || now_ms >= waiter->until_ms) {
            *link = waiter->next;
            answer(waiter->request, 200, buf_str(&waiter->out));
        } else {
            link = &waiter->next;
        }
    }
}

int64_t sqs_due_ms(const struct sqs *sqs)
{
    int64_t due_ms = INT64_MAX;
    for (const struct sqs_waiter *it = sqs->waiters; it != NULL; it = it->next) {
        int64_t queue_ms = it->call.queue->due_ms;
        int64_t own = queue_ms < it->until_ms ? queue_ms : it->until_ms;
        due_ms = own < due_ms ? own : due_ms;
    }
    return due_ms;
}

void sqs_drain(struct sqs *sqs)
{
    while (sqs->waiters != NULL) {
        struct sqs_waiter *waiter = sqs->waiters;
        sqs->waiters = waiter->next;
        answer(waiter->request, 200, buf_str(&waiter->out));
    }
}
