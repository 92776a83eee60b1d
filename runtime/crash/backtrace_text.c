#include "runtime/crash/backtrace.h"
#include "runtime/crash/image.h"
#include "runtime/crash/symbols.h"

#include "shared/base/buf.h"

/* What ends up in JSON, logs and headers as it is. */
static void add_printable(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_plain = c > 0x20 && c < 0x7f && c != '"' && c != '\\';
        buf_add(out, is_plain ? str_slice(name, i, i + 1) : STR("?"));
    }
}

static struct str file_name(const char *path)
{
    struct str rest = str_from_cstr(path);
    struct str part = {0};
    while (str_split_next(&rest, '/', &part)) {
    }
    return part;
}

static void frame_write(struct buf *out, uintptr_t at, const struct image *image,
                        const struct symbol *symbol)
{
    if (symbol->name.len > 0) {
        add_printable(out, str_slice(symbol->name, 0, BACKTRACE_FRAME_BYTES - 24));
        buf_add_char(out, '+');
        buf_add_hex(out, at - image->base - symbol->address);
    } else if (image == NULL || image->path[0] == '\0') {
        buf_add_hex(out, image == NULL ? at : at - image->base);
    } else {
        add_printable(out, str_slice(file_name(image->path), 0, BACKTRACE_FRAME_BYTES - 24));
        buf_add_char(out, '+');
        buf_add_hex(out, at - image->base);
    }
}

static bool is_own(const struct image *image)
{
    return image != NULL && image->path[0] == '\0';
}

void backtrace_describe(const struct backtrace *trace, struct backtrace_text *text)
{
    const struct image *images[BACKTRACE_MAX_FRAMES];
    uintptr_t own[BACKTRACE_MAX_FRAMES];
    struct symbol found[BACKTRACE_MAX_FRAMES];
    struct symbols symbols;
    for (size_t i = 0; i < trace->count; i++) {
        images[i] = image_find(trace->at[i]);
        own[i] = is_own(images[i]) ? trace->at[i] - images[i]->base : UINTPTR_MAX;
    }
    symbols_open(&symbols);
    symbols_find(&symbols, own, trace->count, found);
    struct buf out = {.ptr = text->block, .cap = sizeof text->block, .max = sizeof text->block};
    text->own = trace->count;
    for (text->count = 0; text->count < trace->count; text->count++) {
        size_t i = text->count;
        size_t from = out.len;
        frame_write(&out, trace->at[i], images[i], &found[i]);
        text->frames[i] = str_slice(buf_str(&out), from, out.len);
        if (out.full) {
            break; /* half a frame is none */
        }
        text->own = is_own(images[i]) && i < text->own ? i : text->own;
    }
    text->own = text->own < text->count ? text->own : text->count;
    symbols_close(&symbols);
}

void backtrace_join(struct buf *out, const struct backtrace_text *text)
{
    for (size_t i = 0; i < text->count; i++) {
        buf_add(out, i == 0 ? STR("") : STR(" < "));
        buf_add(out, text->frames[i]);
    }
}
