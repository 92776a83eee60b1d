/*
 * Which build this is; the numbers come from the Makefile.
 */
#pragma once

extern const char build_version[]; /* "0.1.0" */
extern const char build_commit[];  /* twelve hexadecimal digits, or "unknown" outside a checkout */
