/*
 * One JSON line per event on standard error: timestamp, level, message (the event's name),
 * requestId, tenantId and traceId where the context has them, then fields. A line is an event name
 * and fields, never a body, a token or a key. Lines below the level are not built.
 *
 * Lines stay whole: one write(2) as a rule, threads one after the other, and a line that the other
 * end took only in part is ended before the next begins. Whatever bytes a value holds, it cannot
 * begin a line or a field: JSON escapes, and in text what is not plain stands in quotes.
 *
 * Format: AWS Lambda Developer Guide, "monitoring-cloudwatchlogs-log-level" (field `level`, RFC
 * 3339 `timestamp`); names of fields as AWS's own runtimes have them.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

enum log_field_type { LOG_FIELD_STR, LOG_FIELD_I64, LOG_FIELD_F64, LOG_FIELD_BOOL };

struct log_field {
    const char *name;
    enum log_field_type type;
    struct str str;
    int64_t i64; /* also the truth of LOG_FIELD_BOOL */
    double f64;  /* written with at most 3 decimals */
};

#define LOG_STR(field, value)                                                                      \
    ((struct log_field){.name = (field), .type = LOG_FIELD_STR, .str = (value)})
#define LOG_CSTR(field, value) LOG_STR(field, str_from_cstr(value))
#define LOG_I64(field, value)                                                                      \
    ((struct log_field){.name = (field), .type = LOG_FIELD_I64, .i64 = (value)})
#define LOG_F64(field, value)                                                                      \
    ((struct log_field){.name = (field), .type = LOG_FIELD_F64, .f64 = (value)})
#define LOG_BOOL(field, value)                                                                     \
    ((struct log_field){.name = (field), .type = LOG_FIELD_BOOL, .i64 = (value)})

/*
 * Reads AWS_LAMBDA_LOG_LEVEL, else LOG_LEVEL (any case; unknown or unset: INFO).
 * `AWS_LAMBDA_LOG_FORMAT` "Text", in any case, writes `level requestId event name=value ...`
 * instead of JSON; on managed instances (AWS_LAMBDA_INITIALIZATION_TYPE) it is always JSON. Call
 * before threads.
 */
void log_init(void);
bool log_is_on(enum log_level level);
/* Where lines go; the default is 2. For tests. */
void log_to(int fd);

/*
 * Writes a line that is made already, its newline included, to a descriptor: one after the other
 * with log lines and those of other threads, also where both descriptors are one pipe. What cannot
 * be written is dropped.
 */
void log_line_send(int fd, struct str line);

/*
 * A line longer than 16 KiB is cut at a field and carries "truncated":true. `cx` may be NULL. Takes
 * no memory and calls nothing that may not be called in a signal handler, if no field is LOG_F64; a
 * FATAL line waits at most 100 ms for those of other threads, and is then written anyway.
 */
void log_write(const struct ctx *cx, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);
#define LOG(cx, level, event, ...)                                                                 \
    do {                                                                                           \
        if (log_is_on(level)) {                                                                    \
            const struct log_field log_fields_[] = {__VA_ARGS__};                                  \
            log_write((cx), (level), (event), log_fields_, ARRAY_LEN(log_fields_));                \
        }                                                                                          \
    } while (0)
