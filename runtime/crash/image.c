#include "runtime/crash/image.h"

#include "shared/base/attr.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

enum { MAX_IMAGES = 32 };

static struct image images[MAX_IMAGES];
static size_t image_count;

static int image_note(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    (void)user;
    struct image image = {.start = UINTPTR_MAX, .base = info->dlpi_addr, .path = info->dlpi_name};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t at = image.base + segment->p_vaddr;
        if (segment->p_type == PT_LOAD) {
            image.start = at < image.start ? at : image.start;
            image.end = at + segment->p_memsz > image.end ? at + segment->p_memsz : image.end;
        } else if (segment->p_type == PT_GNU_EH_FRAME) {
            image.unwind_table = (void *)at; /* NOLINT(performance-no-int-to-ptr): an address */
        }
    }
    images[image_count++] = image;
    return image_count == MAX_IMAGES;
}

void images_note(void)
{
    if (image_count == 0) {
        (void)dl_iterate_phdr(image_note, NULL);
    }
}

const struct image *image_find(uintptr_t address)
{
    for (size_t i = 0; i < image_count; i++) {
        if (address >= images[i].start && address < images[i].end) {
            return &images[i];
        }
    }
    return NULL;
}

/* glibc's declaration; hidden, so that it serves the unwinder that is linked in and nobody else. */
__attribute__((visibility("hidden"), used)) int _dl_find_object(void *address,
                                                                struct dl_find_object *result)
{
    const struct image *image = image_find((uintptr_t)address);
    if (image == NULL || image->unwind_table == NULL) {
        return -1;
    }
    *result = (struct dl_find_object){
        .dlfo_map_start = (void *)image->start, /* NOLINT(performance-no-int-to-ptr) */
        .dlfo_map_end = (void *)image->end,     /* NOLINT(performance-no-int-to-ptr) */
        .dlfo_eh_frame = image->unwind_table,
    };
    return 0;
}
