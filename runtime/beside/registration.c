#include "runtime/beside/registration.h"

enum status extension_refusal(struct ctx *cx, const char *what, const struct api_answer *answer)
{
    enum { SHOWN = 256 };
    return fail(cx, answer->status == 403 ? ERR_FORBIDDEN : ERR_UPSTREAM, "%s: HTTP %d: " STR_FMT,
                what, answer->status, STR_ARG(str_slice(answer->body, 0, SHOWN)));
}

enum status registration_post(struct ctx *cx, struct api *api, const struct registration *r,
                              struct str *id, struct str *function)
{
    struct api_header identifier = {.name = EXTENSION_ID_HEADER};
    struct api_answer answer = {
        .max_body_bytes = EXTENSION_MAX_ANSWER_BYTES, .headers = &identifier, .header_count = 1};
    const struct api_request request = {
        .path = STR("/register"),
        .method = API_POST,
        .headers = {{STR("Content-Type"), STR("application/json")},
                    {STR("Lambda-Extension-Name"), r->name},
                    {STR("Lambda-Extension-Accept-Feature"),
                     r->wants_account_id ? STR("accountId") : (struct str){0}}},
        .body = r->body,
    };
    TRY(api_exchange(cx, api, &request, &answer));
    if (answer.status != 200) {
        return extension_refusal(cx, "registering the extension", &answer);
    }
    if (identifier.value.len == 0) {
        return fail(cx, ERR_UPSTREAM, "registering the extension: no identifier came");
    }
    *id = identifier.value;
    *function = answer.body;
    return OK;
}
