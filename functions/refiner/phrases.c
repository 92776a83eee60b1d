#include "functions/refiner/phrases.h"

enum { MAX_FILLED_BYTES = 32 << 10 };

#define BOOK_EXTERN(code) extern const struct phrase_book phrases_##code;
TONGUE_LIST(BOOK_EXTERN)

enum tongue tongue_of(struct str code)
{
#define TONGUE_CODE(code) [TONGUE_##code] = STR_INIT(#code),
    static const struct str codes[] = {TONGUE_LIST(TONGUE_CODE)};
    for (size_t i = 0; i < TONGUE_COUNT; i++) {
        if (str_eq(codes[i], code)) {
            return (enum tongue)i;
        }
    }
    return TONGUE_en;
}

const struct phrase_book *phrase_book(enum tongue tongue)
{
#define TONGUE_BOOK(code) [TONGUE_##code] = &phrases_##code,
    static const struct phrase_book *const books[] = {TONGUE_LIST(TONGUE_BOOK)};
    return books[tongue];
}

struct str phrase_fill(struct ctx *cx, struct str template, const struct str *args, size_t count)
{
    struct buf out = buf_in(cx->arena, MAX_FILLED_BYTES);
    for (size_t i = 0; i < template.len; i++) {
        size_t which = i + 2 < template.len && template.ptr[i] == '{' && template.ptr[i + 2] == '}'
                           ? (size_t)(template.ptr[i + 1] - '0')
                           : SIZE_MAX;
        if (which < count) {
            buf_add(&out, args[which]);
            i += 2;
        } else {
            buf_add_char(&out, template.ptr[i]);
        }
    }
    return buf_str(&out);
}

bool phrase_is_stock_concept(struct str text)
{
    for (size_t tongue = 0; tongue < TONGUE_COUNT; tongue++) {
        for (size_t profile = 0; profile < PROFILE_COUNT; profile++) {
            struct str tail = phrase_book((enum tongue)tongue)->profiles[profile].concept;
            if (str_skip_prefix(&tail, STR("{0}")) && str_has_suffix(text, tail)) {
                return true;
            }
        }
    }
    return false;
}
