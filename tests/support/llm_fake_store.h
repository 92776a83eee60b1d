/*
 * Instead of the database's llm_admit and llm_settle, in a test that includes this: the linker
 * takes them before those of the library.
 */
#pragma once

#include "tests/support/llm_world.h"

enum status llm_admit(struct ctx *cx, struct pg *pg, const struct llm_admission_request *request,
                      struct llm_admission *out)
{
    (void)pg;
    llm_fake_store.admits++;
    llm_fake_store.asked = *request;
    *out = llm_fake_store.says;
    return llm_fake_store.admit_status == OK
               ? OK
               : fail(cx, llm_fake_store.admit_status, "the fake store says no");
}

enum status llm_settle(struct ctx *cx, struct pg *pg, const struct llm_settlement *settlement)
{
    (void)cx;
    (void)pg;
    llm_fake_store.settles++;
    llm_fake_store.settled = *settlement;
    return OK;
}
