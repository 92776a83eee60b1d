#include "infra/local/dashboard/dashboard_page.h"

extern const char dashboard_page_begin[], dashboard_page_end[];

/* The assembler takes the file in; the path is from the root, where everything is compiled. */
__asm__(".pushsection .rodata\n"
        ".globl dashboard_page_begin\n"
        ".globl dashboard_page_end\n"
        "dashboard_page_begin:\n"
        ".incbin \"infra/local/dashboard/dashboard.html\"\n"
        "dashboard_page_end:\n"
        ".byte 0\n"
        ".popsection\n");

struct str dashboard_page(void)
{
    return (struct str){.ptr = dashboard_page_begin,
                        .len = (size_t)(dashboard_page_end - dashboard_page_begin)};
}
