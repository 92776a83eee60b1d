#include "infra/local/base/origin.h"

bool origin_host_is_local(struct str host)
{
    static const struct str names[] = {STR_INIT("localhost"), STR_INIT("127.0.0.1"),
                                       STR_INIT("[::1]")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str rest = host;
        if (str_skip_prefix_nocase(&rest, names[i]) && (rest.len == 0 || rest.ptr[0] == ':')) {
            return true;
        }
    }
    return false;
}

bool origin_is_local(struct str origin)
{
    struct str host = origin;
    return origin.len == 0 ||
           ((str_skip_prefix(&host, STR("http://")) || str_skip_prefix(&host, STR("https://"))) &&
            origin_host_is_local(host));
}

bool origin_is_own(struct str origin, struct str host)
{
    return origin.len == 0 ||
           (str_skip_prefix(&origin, STR("http://")) && str_eq_nocase(origin, host));
}
