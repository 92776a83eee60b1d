/*
 * What the tests of crashes and deadlines share: a bootstrap that goes wrong, and the reading of
 * its reports.
 */
#pragma once

#include "tests/conformance/fake_stream.h"

#include "shared/base/base64.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

static inline void faulty_start(struct fake *fake, const char *const *more)
{
    fake_listen(fake);
    fake_start_program(fake, "release/tests/conformance/faulty", more);
}

static inline const struct json *read_body(struct fake *fake, struct str text)
{
    struct ctx cx = {.arena = &fake->arena};
    const struct json *root = NULL;
    CHECK_STATUS(&cx, json_read(&cx, text, NULL, &root), OK);
    return root;
}

/* The report's frames hold one of this function. */
static inline void check_has_frame(const struct json *root, const char *function)
{
    struct str name = str_from_cstr(function);
    JSON_EACH (frame, json_find(root, STR("stackTrace"))) {
        struct str text = frame->text;
        if (str_has_prefix(text, name) &&
            str_has_prefix(str_slice(text, name.len, text.len), STR("+0x"))) {
            return;
        }
    }
    CHECK_FAILED("no frame of %s in " STR_FMT "\n", function, STR_ARG(root->span));
}

static inline void check_words(const struct json *root, const char *type, const char *message)
{
    CHECK_STR("errorType", json_find_str(root, STR("errorType")), str_from_cstr(type));
    struct str words = json_find_str(root, STR("errorMessage"));
    if (str_find(words, str_from_cstr(message)) == SIZE_MAX) {
        CHECK_FAILED("\"%s\" is not in \"" STR_FMT "\"\n", message, STR_ARG(words));
    }
}

/* The error behind the chunks of a stream; what follows is left to be taken. */
static inline const struct json *take_trailers(struct fake_stream *stream, const char *type)
{
    struct fake *fake = stream->fake;
    stream_expect(stream, arena_format(&fake->arena,
                                       "0\r\nLambda-Runtime-Function-Error-Type: %s\r\n"
                                       "Lambda-Runtime-Function-Error-Body: ",
                                       type)
                              .ptr);
    struct str body = {0}, encoded = str_trim(stream_take_to(stream, "\r\n"));
    stream_expect(stream, "\r\n");
    assert_true(base64_decode(&fake->arena, encoded, &body));
    return read_body(fake, body);
}
