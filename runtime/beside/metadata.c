#include "runtime/lambda_services.h"

#include "runtime/core/restore.h"
#include "runtime/wire/api.h"
#include "shared/base/field.h"
#include "shared/json/json.h"

#include <pthread.h>
#include <stdlib.h>

#define METADATA_BASE STR("/2026-01-15/metadata")

enum { PATIENCE_MS = 1000, MAX_ANSWER_BYTES = 64 * 1024, MAX_ZONE_BYTES = 63 };

/* What the process knows. */
static struct {
    pthread_mutex_t lock;
    char zone_id[MAX_ZONE_BYTES + 1]; /* "": not asked yet */
    unsigned restores;                /* as many as the process had then */
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct str bearer_make(struct ctx *cx)
{
    struct str token = str_from_cstr(getenv("AWS_LAMBDA_METADATA_TOKEN"));
    return field_is_visible(token) ? arena_format(cx->arena, "Bearer " STR_FMT, STR_ARG(token))
                                   : (struct str){0};
}

static enum status zone_read(struct ctx *cx, const struct api_answer *answer)
{
    const struct json *root = NULL;
    const struct json_options options = {.allow_duplicate_keys = true};
    if (answer->status == 401 || answer->status == 403) {
        return fail(cx, ERR_FORBIDDEN, "metadata: HTTP %d", answer->status);
    }
    if (answer->status != 200 || answer->body_is_cut) {
        return fail(cx, ERR_UPSTREAM, "metadata: HTTP %d", answer->status);
    }
    enum status status = json_read(cx, answer->body, &options, &root);
    if (status != OK) {
        return err_while(cx, ERR_UPSTREAM, "metadata");
    }
    struct str zone = json_find_str(root, STR("AvailabilityZoneID"));
    if (zone.len == 0 || !str_to_cstr(zone, known.zone_id, sizeof known.zone_id)) {
        return fail(cx, ERR_UPSTREAM, "metadata: no AvailabilityZoneID, or an odd one");
    }
    return OK;
}

static enum status zone_fetch(struct ctx *cx)
{
    struct str address = str_from_cstr(getenv("AWS_LAMBDA_METADATA_API"));
    if (address.len == 0) {
        return fail(cx, ERR_NOT_FOUND, "metadata: AWS_LAMBDA_METADATA_API is not set");
    }
    int64_t left_ms = ctx_remaining_ms(cx, PATIENCE_MS);
    if (left_ms == 0) {
        return fail(cx, ERR_TIMEOUT, "metadata: the deadline passed");
    }
    DEFER(api_close) struct api api;
    api_init(&api, address, METADATA_BASE);
    api.timeout_ms = left_ms < PATIENCE_MS ? (int)left_ms : PATIENCE_MS;
    struct api_answer answer = {.max_body_bytes = MAX_ANSWER_BYTES};
    const struct api_request request = {
        .path = STR("/execution-environment"),
        .headers = {{STR("Authorization"), bearer_make(cx)}},
    };
    enum status status = api_exchange(cx, &api, &request, &answer);
    return status == OK ? zone_read(cx, &answer) : err_while(cx, status, "metadata");
}

/* A snapshot may be restored in another zone. */
static bool is_of_this_machine(void)
{
    return known.zone_id[0] != '\0' && known.restores == restore_count();
}

enum status metadata_zone_id(struct ctx *cx, struct str *zone_id)
{
    enum status status = OK;
    *zone_id = (struct str){0};
    (void)pthread_mutex_lock(&known.lock); /* whoever comes meanwhile waits for the one answer */
    if (!is_of_this_machine()) {
        known.zone_id[0] = '\0';
        known.restores = restore_count();
        status = zone_fetch(cx);
    }
    if (status == OK) {
        *zone_id = arena_str_copy(cx->arena, str_from_cstr(known.zone_id));
    }
    (void)pthread_mutex_unlock(&known.lock);
    return status;
}

void metadata_forget(void)
{
    (void)pthread_mutex_lock(&known.lock);
    known.zone_id[0] = '\0';
    (void)pthread_mutex_unlock(&known.lock);
}
