#include "functions/refiner/refined_schema.h"

extern const char refined_schema_begin[], refined_schema_end[];

/* The assembler takes the file in; the path is from the root, where everything is compiled. */
__asm__(".pushsection .rodata\n"
        ".globl refined_schema_begin\n"
        ".globl refined_schema_end\n"
        "refined_schema_begin:\n"
        ".incbin \"functions/refiner/schemas/refined.schema.json\"\n"
        "refined_schema_end:\n"
        ".byte 0\n"
        ".popsection\n");

struct str refined_schema_text(void)
{
    return (struct str){.ptr = refined_schema_begin,
                        .len = (size_t)(refined_schema_end - refined_schema_begin)};
}

enum status refined_schema_compile(struct ctx *cx, struct arena *arena,
                                   const struct jsonschema **schema)
{
    enum status status = jsonschema_read(cx, arena, refined_schema_text(), NULL, schema);
    return status == OK ? OK : err_while(cx, ERR_INTERNAL, "compiling the output's schema");
}
