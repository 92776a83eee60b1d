#include "shared/llm/wire/dropped.h"

void dropped_add(struct buf *dropped, struct str name)
{
    if (name.len > 0) {
        buf_add(dropped, dropped->len > 0 ? STR(", ") : STR(""));
        buf_add(dropped, name);
    }
}

struct str dropped_unless(struct buf *dropped, bool accepted, struct str name, struct str number)
{
    if (accepted) {
        return number;
    }
    dropped_add(dropped, number.len > 0 ? name : STR(""));
    return (struct str){0};
}
