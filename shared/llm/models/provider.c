/*
 * Rows of providers: where a request with a key in it may go.
 */
#include "shared/base/field.h"
#include "shared/llm/models/internal.h"

#include <stdlib.h>

static const struct str wires[] = {STR_INIT("anthropic"), STR_INIT("openai"), STR_INIT("replicate"),
                                   STR_INIT("bedrock")};

static bool is_wire(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(wires); i++) {
        if (str_eq(wires[i], name)) {
            return true;
        }
    }
    return false;
}

/* Of digits and `others` alone, at least one. */
static bool is_of(struct str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* host or host:port */
static struct str host_of(struct str authority)
{
    size_t bracket = str_find_char(authority, ']');
    if (bracket != SIZE_MAX) {
        return str_slice(authority, 0, bracket + 1);
    }
    size_t colon = str_find_char(authority, ':');
    return str_slice(authority, 0, colon == SIZE_MAX ? authority.len : colon);
}

/* The whole of 127.0.0.0/8 is loopback; a name that only begins so is not. */
static bool is_loopback(struct str host)
{
    return str_eq(host, STR("localhost")) || str_eq(host, STR("[::1]")) ||
           (str_has_prefix(host, STR("127.")) && is_of(host, "."));
}

/* A path of the wire's is appended, so there is neither a slash at the end nor a query. */
static bool is_base_url(struct str url)
{
    struct str rest = url;
    bool is_plain = str_skip_prefix(&rest, STR("http://"));
    bool is_known = is_plain || str_skip_prefix(&rest, STR("https://"));
    size_t slash = str_find_char(rest, '/');
    struct str authority = str_slice(rest, 0, slash == SIZE_MAX ? rest.len : slash);
    bool is_clean = field_is_visible(url) && !str_has_suffix(url, STR("/"));
    for (size_t i = 0; i < url.len; i++) {
        is_clean = is_clean && strchr("@?#\\%{}\"<>", url.ptr[i]) == NULL;
    }
    struct str host = host_of(authority);
    return is_known && is_clean && host.len > 0 && (!is_plain || is_loopback(host));
}

static struct str region_of(struct str configured)
{
    struct str environment = str_from_cstr(getenv("AWS_REGION"));
    if (configured.len > 0) {
        return configured;
    }
    return environment.len > 0 ? environment : STR("us-east-1");
}

/* The document's own base_url stays as it is, for a configuration that changes the region alone. */
static struct str with_region(struct ctx *cx, struct str url, struct str region)
{
    static const struct str mark = STR_INIT("{region}");
    size_t at = str_find(url, mark);
    if (at == SIZE_MAX) {
        return url;
    }
    return arena_format(cx->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(str_slice(url, 0, at)),
                        STR_ARG(region), STR_ARG(str_slice(url, at + mark.len, url.len)));
}

enum status provider_make(struct ctx *cx, const struct provider_row *row,
                          struct llm_provider *provider)
{
    const char *fault = NULL;
    struct str region = region_of(row->region);
    *provider = (struct llm_provider){
        .name = row->name,
        .wire = row->wire,
        .base_url = with_region(cx, row->base_url, region),
        .key_env = row->key_env,
        .speaks_responses = row->speaks_responses,
        .needs_no_key = row->needs_no_key,
    };
    bool is_bedrock = str_eq(row->wire, STR("bedrock"));
    if (is_bedrock) {
        provider->region = region;
    }
    if (!is_of(row->name, LOWER "-_.")) {
        fault = "name: lower-case letters, digits and -_. alone";
    } else if (!is_wire(row->wire)) {
        fault = "wire: must be one of: anthropic, openai, replicate, bedrock";
    } else if (!is_of(region, LOWER "-")) {
        fault = "region: lower-case letters, digits and - alone";
    } else if (!is_base_url(provider->base_url)) {
        fault = "base_url: must be https://host[:port][/path], or http:// on this machine's "
                "loopback, without a slash at its end";
    } else if (!is_bedrock && !row->needs_no_key && !is_of(row->key_env, UPPER "_")) {
        fault = "key_env: must name a variable (A-Z, 0-9, _), unless needs_no_key is true";
    }
    return fault == NULL
               ? OK
               : fail(cx, ERR_INVALID, "providers \"" STR_FMT "\".%s", STR_ARG(row->name), fault);
}
