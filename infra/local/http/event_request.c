#include "infra/local/http/event_request.h"

#include "infra/local/base/trace.h"
#include "infra/local/http/request.h"
#include "shared/base/clock.h"

struct event_request event_request_of(struct request *request, struct str path, struct str query)
{
    int64_t now_ms = clock_now_ms();
    struct str given = request_header(request, STR("x-amzn-trace-id"));
    return (struct event_request){
        .method = request->method,
        .path = path,
        .raw_query = query,
        .body = buf_str(&request->body),
        .protocol = request->protocol,
        .source_ip = request_source_ip(request),
        .host = request_header(request, STR("host")),
        .trace_id = trace_root(&request->arena, given, now_ms),
        .account_id = request->service->account_id,
        .port = request->service->port,
        .headers = request->headers,
        .header_count = request->header_count,
        .match = &request->match,
        .time_ms = now_ms,
    };
}
