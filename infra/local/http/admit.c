#include "infra/local/http/admit.h"

#include "infra/local/base/origin.h"

bool admit_local(struct request *request)
{
    struct str host = request_header(request, STR("host"));
    if (origin_host_is_local(host) && origin_is_own(request_header(request, STR("origin")), host) &&
        str_has_prefix(request_source_ip(request), STR("127."))) {
        return true;
    }
    request_add_header(request, STR("content-type"), STR("text/plain"));
    request_answer(request, MHD_HTTP_FORBIDDEN,
                   STR("The dashboard is for this machine: http://localhost or "
                       "http://127.0.0.1, and its own page.\n"));
    return false;
}
