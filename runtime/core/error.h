/*
 * What Lambda is told about a failure: a type, a JSON body, and the X-Ray cause. Sources: AWS
 * Lambda Developer Guide, "runtimes-api"; which types Lambda keeps was read from its interface
 * emulator (fatalerror.go): (Runtime|Function).[A-Z][A-Za-z]+, all else becomes Function.Unknown or
 * Runtime.Unknown.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

struct error_report {
    struct str type;         /* "Function.NotFound"; see error_type_clean */
    struct str message;      /* for whoever reads the log or called Invoke; any bytes */
    const struct str *stack; /* where it happened, innermost call first; NULL: nobody knows */
    size_t stack_count;
};

/* Of the words in `cx->err`, copied to `cx->arena`: posting uses `cx->err` for its own failures. */
struct error_report error_report_of(struct ctx *cx, struct str type);

/* ERR_NOT_FOUND gives "Function.NotFound". */
struct str error_type_of_status(struct arena *arena, enum status status);

/*
 * A type that Lambda keeps: the tail loses all but its letters, and each letter after a lost
 * character becomes a capital. Without one of the two prefixes it is the function's; with no letter
 * left it is Unknown: "my_error 2" gives "Function.MyError", "Runtime." gives "Runtime.Unknown".
 */
struct str error_type_clean(struct arena *arena, struct str type);

/* Room for the body of a crash report, which is bounded: its message, its frames. */
enum { ERROR_BODY_BYTES = 8 * 1024 };

/* {"errorMessage":...,"errorType":...,"stackTrace":["...",...]} */
struct str error_body(struct arena *arena, const struct error_report *report);
/* The same at the end of `out`; what does not fit makes it full. Safe in a signal handler. */
void error_body_write(struct buf *out, const struct error_report *report);

/*
 * The value of Lambda-Runtime-Function-XRay-Error-Cause, which fills the trace's Exceptions tab:
 * one line of JSON, in ASCII so that it is a header value everywhere.
 */
struct str error_xray_cause(struct arena *arena, const struct error_report *report,
                            struct str working_directory);
/*
 * The same at the end of `out`, of what is ASCII: for reports that are made of it. Safe in a signal
 * handler.
 */
void error_xray_cause_write(struct buf *out, const struct error_report *report,
                            struct str working_directory);
