#include "runtime/lambda.h"

#include "shared/json/json.h"

/* The object in a header's value; NULL if there is nothing: an empty value, or null. */
static enum status object_read(struct ctx *cx, const char *what, struct str text,
                               const struct json **object)
{
    *object = NULL;
    /* A key said twice is not worth losing an event for. */
    static const struct json_options options = {.allow_duplicate_keys = true};
    const struct json *root = NULL;
    if (str_trim(text).len == 0) {
        return OK;
    }
    enum status status = json_read(cx, text, &options, &root);
    if (status != OK) {
        return err_while(cx, status, "%s", what);
    }
    if (root->type == JSON_OBJECT) {
        *object = root;
    } else if (root->type != JSON_NULL) {
        return fail(cx, ERR_INVALID, "%s is %s, not an object", what, json_type_words(root->type));
    }
    return OK;
}

static enum status member_text(struct ctx *cx, const struct json *object, const char *name,
                               struct str *out)
{
    const struct json *member = json_find(object, str_from_cstr(name));
    if (member == NULL || member->type == JSON_NULL) {
        return OK;
    }
    if (member->type != JSON_STRING && member->type != JSON_NUMBER) {
        return fail(cx, ERR_INVALID, "%s is %s, not a string", name, json_type_words(member->type));
    }
    *out = member->text;
    return OK;
}

static enum status member_object(struct ctx *cx, const struct json *object, const char *name,
                                 const struct json **out)
{
    const struct json *member = json_find(object, str_from_cstr(name));
    if (member == NULL || member->type == JSON_NULL) {
        return OK;
    }
    if (member->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "%s is %s, not an object", name,
                    json_type_words(member->type));
    }
    *out = member;
    return OK;
}

enum status client_context_read(struct ctx *cx, const struct invocation *inv,
                                struct client_context *out)
{
    const struct json *root = NULL;
    const struct json *client = NULL;
    *out = (struct client_context){0};
    TRY(object_read(cx, "client context", inv->client_context, &root));
    TRY(member_object(cx, root, "client", &client));
    TRY(member_text(cx, client, "installation_id", &out->installation_id));
    TRY(member_text(cx, client, "app_title", &out->app_title));
    TRY(member_text(cx, client, "app_version_name", &out->app_version_name));
    TRY(member_text(cx, client, "app_version_code", &out->app_version_code));
    TRY(member_text(cx, client, "app_package_name", &out->app_package_name));
    TRY(member_object(cx, root, "custom", &out->custom));
    TRY(member_object(cx, root, "env", &out->env));
    return member_object(cx, root, "services", &out->services);
}

enum status cognito_identity_read(struct ctx *cx, const struct invocation *inv,
                                  struct cognito_identity *out)
{
    const struct json *root = NULL;
    *out = (struct cognito_identity){0};
    TRY(object_read(cx, "Cognito identity", inv->cognito_identity, &root));
    TRY(member_text(cx, root, "cognitoIdentityId", &out->identity_id));
    return member_text(cx, root, "cognitoIdentityPoolId", &out->identity_pool_id);
}
