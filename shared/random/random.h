/*
 * OpenSSL's random numbers, where a process may be copied: two copies of one generator give the
 * same numbers, and so the same keys. The kernel's own are safe by themselves. Source: RAND(7),
 * EVP_RAND(7); AWS Lambda Developer Guide, "snapstart-uniqueness".
 */
#pragma once

#include "shared/base/ctx.h"

/*
 * Seeds all generators of the calling thread anew from the kernel; what other threads have is
 * seeded anew by their next use. To be called in each copy, before anything is made of random
 * numbers.
 *
 * ERR_INTERNAL  the kernel gives none: the copy must not go on
 */
enum status random_reseed(struct ctx *cx) MUST_CHECK;
