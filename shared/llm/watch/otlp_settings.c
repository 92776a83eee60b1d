#include "shared/llm/watch/otlp_settings.h"

#include "shared/base/field.h"
#include "shared/json/json.h"

#include <stdlib.h>

enum { DEFAULT_TIMEOUT_MS = 1000, MAX_TIMEOUT_MS = 60 * 1000, MAX_HEADER_BYTES = 4096 };

static struct str variable(const char *name)
{
    return str_trim(str_from_cstr(getenv(name)));
}

/* The traces' own variable goes before the general one. */
static struct str either(const char *own, const char *general, const char **which)
{
    struct str value = variable(own);
    *which = value.len > 0 ? own : general;
    return value.len > 0 ? value : variable(general);
}

static enum status url_read(struct ctx *cx, struct otlp_settings *settings)
{
    struct str own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    struct str base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    const char *slash = str_has_suffix(base, STR("/")) ? "" : "/";
    settings->url =
        own.len > 0 ? arena_str_copy(settings->arena, own)
                    : arena_format(settings->arena, STR_FMT "%sv1/traces", STR_ARG(base), slash);
    if (!field_is_visible(settings->url) || (!str_has_prefix(settings->url, STR("https://")) &&
                                             !str_has_prefix(settings->url, STR("http://")))) {
        return fail(cx, ERR_INTERNAL, "%s is no http:// or https:// address",
                    own.len > 0 ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
                                : "OTEL_EXPORTER_OTLP_ENDPOINT");
    }
    return OK;
}

/* Percent-encoding taken off; false: it is malformed. */
static bool decode(struct str coded, struct buf *out)
{
    for (size_t i = 0; i < coded.len; i++) {
        if (coded.ptr[i] != '%') {
            buf_add_char(out, coded.ptr[i]);
            continue;
        }
        int high = i + 2 < coded.len ? str_hex_value(coded.ptr[i + 1]) : -1;
        int low = i + 2 < coded.len ? str_hex_value(coded.ptr[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        buf_add_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return !out->full;
}

static bool header_read(struct otlp_settings *settings, struct str pair)
{
    size_t equals = str_find_char(pair, '=');
    if (equals == SIZE_MAX || settings->field_count == ARRAY_LEN(settings->fields)) {
        return false;
    }
    struct str name = str_trim(str_slice(pair, 0, equals));
    struct buf value = buf_in(settings->arena, MAX_HEADER_BYTES);
    if (!decode(str_trim(str_slice(pair, equals + 1, pair.len)), &value) || !field_is_token(name) ||
        value.len == 0 || !field_is_value(buf_str(&value))) {
        return false;
    }
    settings->fields[settings->field_count++] = (struct http_field){
        .name = arena_str_copy(settings->arena, name), .value = buf_str(&value)};
    return true;
}

static enum status headers_read(struct ctx *cx, struct otlp_settings *settings)
{
    const char *which;
    struct str pair;
    struct str rest =
        either("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS", &which);
    settings->fields[settings->field_count++] =
        (struct http_field){STR("content-type"), STR("application/json")};
    while (str_split_next(&rest, ',', &pair)) {
        pair = str_trim(pair);
        if (pair.len > 0 && !header_read(settings, pair)) {
            return fail(cx, ERR_INTERNAL, "%s is no list of name=value, %d at most", which,
                        OTLP_MAX_HEADERS);
        }
    }
    return OK;
}

static enum status ms_read(struct ctx *cx, const char *name, int64_t fallback, int64_t *ms)
{
    struct str value = variable(name);
    *ms = fallback;
    if (value.len > 0 && (!str_to_i64(value, ms) || *ms < 0 || *ms > MAX_TIMEOUT_MS)) {
        return fail(cx, ERR_INTERNAL, "%s is not 0 to %d milliseconds", name, MAX_TIMEOUT_MS);
    }
    return OK;
}

static void resource_attribute(struct json_writer *w, const char *key, struct str value)
{
    if (value.len == 0) {
        return;
    }
    json_object_begin(w);
    json_member_cstr(w, "key", key);
    json_member_object(w, "value");
    json_member_str(w, "stringValue", value);
    json_object_end(w);
    json_object_end(w);
}

static struct str resource_make(struct otlp_settings *settings)
{
    struct buf buf = buf_in(settings->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    struct str function = variable("AWS_LAMBDA_FUNCTION_NAME");
    struct str service = variable("OTEL_SERVICE_NAME");
    json_array_begin(&w);
    resource_attribute(&w, "service.name", service.len > 0 ? service : function);
    resource_attribute(&w, "faas.name", function);
    resource_attribute(&w, "faas.version", variable("AWS_LAMBDA_FUNCTION_VERSION"));
    resource_attribute(&w, "cloud.region", variable("AWS_REGION"));
    json_array_end(&w);
    return buf_str(&buf);
}

bool otlp_is_wanted(void)
{
    const char *which;
    return either("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", &which).len >
               0 &&
           !str_eq_nocase(variable("OTEL_SDK_DISABLED"), STR("true"));
}

enum status otlp_settings_read(struct ctx *cx, struct otlp_settings *settings)
{
    TRY(url_read(cx, settings));
    TRY(headers_read(cx, settings));
    TRY(ms_read(cx, "OTEL_EXPORTER_OTLP_TIMEOUT", DEFAULT_TIMEOUT_MS, &settings->timeout_ms));
    TRY(ms_read(cx, "OTEL_BSP_SCHEDULE_DELAY", 0, &settings->delay_ms));
    settings->resource = resource_make(settings);
    return OK;
}
