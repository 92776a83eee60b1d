#include "functions/refiner/making.h"

struct str text_chosen(const struct making *making, struct str analyzers, size_t min_bytes,
                       struct str ours)
{
    struct str trimmed = str_trim(analyzers);
    bool is_chosen =
        trimmed.len >= min_bytes && refined_text_is_fit(trimmed, making->analysis->prompt);
    return is_chosen ? trimmed : ours;
}

struct texts texts_chosen(const struct making *making, struct texts analyzers, size_t spare)
{
    struct texts out = {.at = ARENA_ARRAY(making->cx->arena, struct str, analyzers.count + spare)};
    for (size_t i = 0; i < analyzers.count; i++) {
        if (refined_text_is_fit(analyzers.at[i], making->analysis->prompt)) {
            out.at[out.count++] = str_trim(analyzers.at[i]);
        }
    }
    return out;
}

struct str number_text(struct ctx *cx, double value)
{
    struct buf out = buf_in(cx->arena, 64);
    struct json_writer w = json_writer_on(&out);
    json_fixed(&w, value, 1);
    return buf_str(&out);
}
