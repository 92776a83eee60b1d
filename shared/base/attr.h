/*
 * Compiler attributes and the few macros every file may use.
 */
#pragma once

#include <stddef.h>

#define MUST_CHECK                __attribute__((warn_unused_result))
#define PRINTF_LIKE(string, args) __attribute__((format(printf, string, args)))
#define NORETURN                  __attribute__((noreturn))
#define UNUSED                    __attribute__((unused))

/* Runs `fn(&variable)` when the variable's scope ends: DEFER(pg_tx_end) struct pg_tx tx = {0}; */
#define DEFER(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KIB(n)       ((size_t)(n)*1024U)
#define MIB(n)       ((size_t)(n)*1024U * 1024U)
