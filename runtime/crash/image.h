/*
 * What is loaded into the process: the program, libc, the loader, the kernel's vdso. Noted once, so
 * that a signal handler can ask without a lock. Source: dl_iterate_phdr(3), elf(5).
 *
 * The unwinder of libgcc asks `_dl_find_object`, which glibc has since 2.35 and Lambda's Amazon
 * Linux 2023 (2.34) has not; image.c answers in its place, from the same notes.
 */
#pragma once

#include <stdint.h>

struct image {
    uintptr_t start, end; /* its addresses, end excluded */
    uintptr_t base;       /* what was added to the file's addresses */
    void *unwind_table;   /* .eh_frame_hdr; NULL: it has none */
    const char *path;     /* "" for the program itself */
};

/* The first time counts: before threads. What is loaded later (dlopen) is not known. */
void images_note(void);

/* The image that holds an address, or NULL. Safe in a signal handler. */
const struct image *image_find(uintptr_t address);
