#include "infra/local/request.h"

struct str request_header(const struct request *request, struct str name)
{
    return header_find(request->headers, request->header_count, name);
}

void request_add_header(struct request *request, struct str name, struct str value)
{
    if (request->answer_header_count < REQUEST_MAX_ANSWER_HEADERS) {
        request->answer_headers[request->answer_header_count++] =
            (struct header){.name = name, .value = value};
    }
}

void request_answer(struct request *request, int status, struct str body)
{
    request->status = status;
    request->answer_body = body;
    request->phase = REQUEST_ANSWERED;
    if (request->suspended) {
        request->suspended = false;
        *request->must_run = true;
        MHD_resume_connection(request->connection);
    }
}
