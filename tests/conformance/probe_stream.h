/*
 * The probe's streams. The event is a script, its steps apart by '|': a step that begins with '!'
 * does what it says below, every other one is written as it stands.
 */
#pragma once

#include "runtime/lambda.h"

#include "shared/log/log.h"

#include <signal.h>

/* "!size 65536": a write of that many bytes. */
static enum status script_size(struct ctx *cx, struct reply *reply, struct str digits)
{
    int64_t size = 0;
    if (!str_to_i64(digits, &size) || size < 0 || size > (int64_t)MIB(256)) {
        return fail(cx, ERR_INVALID, "no size");
    }
    char *bytes = ARENA_ARRAY(cx->arena, char, (size_t)size);
    memset(bytes, 'a', (size_t)size);
    return reply_write(cx, reply, (struct str){bytes, (size_t)size});
}

static enum status script_step(struct ctx *cx, struct reply *reply, struct str step)
{
    if (str_eq(step, STR("!fail"))) {
        return fail(cx, ERR_NOT_FOUND, "no more \"lines\"");
    }
    if (str_eq(step, STR("!nothing"))) {
        return reply_write(cx, reply, (struct str){0});
    }
    if (str_eq(step, STR("!json"))) {
        return reply_json(cx, reply, STR("{\"in\":\"place\"}"));
    }
    if (str_eq(step, STR("!stream"))) {
        return reply_stream(cx, reply, STR("text/plain"));
    }
    if (str_eq(step, STR("!end"))) {
        return reply_end(cx, reply);
    }
    if (str_eq(step, STR("!stop"))) { /* until the test says SIGCONT */
        return raise(SIGSTOP) == 0 ? OK : fail(cx, ERR_INTERNAL, "raise");
    }
    if (str_eq(step, STR("!forget"))) { /* what just failed, if it did */
        return OK;
    }
    if (str_skip_prefix(&step, STR("!size "))) {
        return script_size(cx, reply, step);
    }
    return reply_write(cx, reply, step);
}

static enum status run_script(struct ctx *cx, struct reply *reply, struct str script)
{
    struct str step = {0};
    enum status status = OK;
    while (str_split_next(&script, '|', &step)) {
        if (status != OK && !str_eq(step, STR("!forget"))) {
            return status;
        }
        status = script_step(cx, reply, step);
        if (status != OK) {
            LOG(cx, LOG_INFO, "step_failed", LOG_STR("step", str_slice(step, 0, 20)),
                LOG_CSTR("status", status_name(status)));
        }
    }
    return status;
}
