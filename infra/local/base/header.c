#include "infra/local/base/header.h"

struct str header_find(const struct header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return (struct str){0};
}
