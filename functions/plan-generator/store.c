#include "functions/plan-generator/store.h"

static const char profile_sql[] =
    "SELECT u.id, u.date_of_birth IS NOT NULL AS has_birth_date,"
    " COALESCE(u.date_of_birth, '1970-01-01') AS date_of_birth, COALESCE(u.sex, '') AS sex,"
    " u.life_stage, COALESCE(u.activity_level, '') AS activity_level,"
    " COALESCE(u.height_cm, 0) AS height_cm, COALESCE(u.weight_kg, 0) AS weight_kg, u.streak_days,"
    " COALESCE(i.id::text, '') AS intake_id, COALESCE(i.diet_type, '') AS diet_type,"
    " COALESCE(i.dietary_rules, '{}') AS dietary_rules, COALESCE(i.allergies, '{}') AS allergies,"
    " COALESCE(i.dislikes, '{}') AS dislikes, COALESCE(i.health_goals, '{}') AS health_goals,"
    " COALESCE(i.cultural_preferences, '{}') AS cultural_preferences,"
    " COALESCE(i.daily_calories, 0) AS daily_calories,"
    " COALESCE(i.cooking_time_preference, 0) AS cooking_time_preference,"
    " COALESCE(i.household_size, 0) AS household_size"
    " FROM public.users u LEFT JOIN LATERAL ("
    "   SELECT * FROM public.user_intake WHERE user_id = u.id AND is_active"
    "   ORDER BY version DESC LIMIT 1) i ON true"
    " WHERE u.id = auth.uid()";

static const char quota_sql[] =
    "SELECT has_subscription, plan_limit, used FROM public.plan_quota()";

static const char tier_sql[] = "SELECT p.access_to_premium_content FROM public.subscriptions s"
                               " JOIN public.subscription_plans p ON p.id = s.plan_id"
                               " WHERE s.user_id = auth.uid() AND s.status = 'active'";

static const char existing_sql[] =
    "SELECT id, COALESCE(generation_id::text, '') AS generation_id,"
    " COALESCE(week_theme, '') AS week_theme, plan_data FROM public.meal_plans"
    " WHERE user_id = auth.uid() AND week_start_date = $1 AND status = 'active'";

static const char taste_sql[] =
    "(SELECT event_type, COALESCE(event_data ->> 'recipe_id', '') AS recipe_id,"
    "   COALESCE(event_data ->> 'rating', '') AS rating FROM public.user_events"
    "   WHERE user_id = auth.uid() AND event_type = 'recipe_rated'"
    "   ORDER BY created_at DESC, id DESC LIMIT 20)"
    " UNION ALL"
    " (SELECT event_type, COALESCE(event_data ->> 'original_recipe_id', ''), ''"
    "   FROM public.user_events WHERE user_id = auth.uid() AND event_type = 'meal_swapped'"
    "   ORDER BY created_at DESC, id DESC LIMIT 10)";

static struct pg_identity identity_of(const struct caller *caller)
{
    return (struct pg_identity){.role = PG_ROLE_AUTHENTICATED, .claims = caller->claims};
}

static enum status profile_read(struct ctx *cx, struct pg_rows *rows, struct profile *p)
{
    *p = (struct profile){0};
    if (pg_rows_count(rows) == 0) {
        return OK; /* a token whose user has no row yet: everything is missing */
    }
    struct pg_row row = pg_row_at(rows, 0);
    p->has_user = true;
    p->user_id = pg_col_str(row, "id");
    p->has_birth_date = pg_col_bool(row, "has_birth_date");
    p->birth_date = pg_col_date(row, "date_of_birth");
    p->sex = pg_col_str(row, "sex");
    p->life_stage = pg_col_str(row, "life_stage");
    p->activity_level = pg_col_str(row, "activity_level");
    p->height_cm = pg_col_f64(row, "height_cm");
    p->weight_kg = pg_col_f64(row, "weight_kg");
    p->streak_days = (int)pg_col_i64(row, "streak_days");
    p->intake_id = pg_col_str(row, "intake_id");
    p->has_intake = p->intake_id.len > 0;
    p->diet_type = pg_col_str(row, "diet_type");
    p->dietary_rules = pg_col_text_array(row, "dietary_rules");
    p->allergies = pg_col_text_array(row, "allergies");
    p->dislikes = pg_col_text_array(row, "dislikes");
    p->goals = pg_col_text_array(row, "health_goals");
    p->cultures = pg_col_text_array(row, "cultural_preferences");
    p->own_energy_kcal = (int)pg_col_i64(row, "daily_calories");
    p->cooking_minutes = (int)pg_col_i64(row, "cooking_time_preference");
    p->household_size = (int)pg_col_i64(row, "household_size");
    return pg_row_status(cx, row);
}

static enum status quota_read(struct ctx *cx, struct pg_rows *rows, struct quota *quota)
{
    struct pg_row row = pg_row_at(rows, 0);
    quota->has_subscription = pg_col_bool(row, "has_subscription");
    quota->limit = pg_col_i64(row, "plan_limit");
    quota->used = pg_col_i64(row, "used");
    return pg_row_status(cx, row);
}

static enum status existing_read(struct ctx *cx, struct pg_rows *rows, struct saved_plan *plan)
{
    *plan = (struct saved_plan){0};
    if (pg_rows_count(rows) == 0) {
        return OK;
    }
    struct pg_row row = pg_row_at(rows, 0);
    plan->id = pg_col_str(row, "id");
    plan->generation_id = pg_col_str(row, "generation_id");
    plan->week_theme = pg_col_str(row, "week_theme");
    plan->plan_data = pg_col_str(row, "plan_data");
    return pg_row_status(cx, row);
}

static enum status taste_read(struct ctx *cx, struct pg_rows *rows, struct taste *taste)
{
    size_t count = pg_rows_count(rows);
    struct str *loved = ARENA_ARRAY(cx->arena, struct str, count);
    struct str *skipped = ARENA_ARRAY(cx->arena, struct str, count);
    struct str *swapped = ARENA_ARRAY(cx->arena, struct str, count);
    *taste = (struct taste){.loved = loved, .skipped = skipped, .swapped_away = swapped};
    for (size_t i = 0; i < count; i++) {
        struct pg_row row = pg_row_at(rows, i);
        struct str type = pg_col_str(row, "event_type");
        struct str recipe = pg_col_str(row, "recipe_id");
        struct str rating = pg_col_str(row, "rating");
        TRY(pg_row_status(cx, row));
        if (str_eq(type, STR("meal_swapped"))) {
            swapped[taste->swapped_count++] = recipe;
        } else if (str_eq(rating, STR("love"))) {
            loved[taste->loved_count++] = recipe;
        } else if (str_eq(rating, STR("skip"))) {
            skipped[taste->skipped_count++] = recipe;
        }
    }
    return OK;
}

enum { Q_PROFILE, Q_QUOTA, Q_TIER, Q_EXISTING, Q_TASTE, Q_FOODS, Q_RECIPES, Q_COUNT };

static enum status data_read(struct ctx *cx, struct pg_rows rows[static Q_COUNT],
                             struct generation_data *data)
{
    *data = (struct generation_data){0};
    TRY(profile_read(cx, &rows[Q_PROFILE], &data->profile));
    TRY(quota_read(cx, &rows[Q_QUOTA], &data->quota));
    if (pg_rows_count(&rows[Q_TIER]) > 0) {
        struct pg_row row = pg_row_at(&rows[Q_TIER], 0);
        data->premium_allowed = pg_col_bool(row, "access_to_premium_content");
        TRY(pg_row_status(cx, row));
    }
    TRY(existing_read(cx, &rows[Q_EXISTING], &data->existing));
    TRY(taste_read(cx, &rows[Q_TASTE], &data->taste));
    data->taste.cultures = data->profile.cultures;
    TRY(catalogue_foods_read(cx, &rows[Q_FOODS], &data->foods));
    return catalogue_recipes_read(cx, &rows[Q_RECIPES], &data->foods, &data->recipes);
}

enum status generation_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                            int32_t week_start, struct generation_data *data)
{
    struct pg_param week[] = {PG_DATE(week_start)};
    struct pg_query queries[Q_COUNT] = {
        [Q_PROFILE] = {.sql = profile_sql},
        [Q_QUOTA] = {.sql = quota_sql},
        [Q_TIER] = {.sql = tier_sql},
        [Q_EXISTING] = {.sql = existing_sql, .params = week, .param_count = ARRAY_LEN(week)},
        [Q_TASTE] = {.sql = taste_sql},
        [Q_FOODS] = {.sql = catalogue_recipe_foods_sql},
        [Q_RECIPES] = {.sql = catalogue_recipes_sql},
    };
    struct pg_identity identity = identity_of(caller);
    /* The arena owns them, like what is read from them. */
    struct pg_rows *rows = ARENA_ARRAY(cx->arena, struct pg_rows, Q_COUNT);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, &identity, &tx));
    /* not pg_exec_commit: this round trip only reads, and may be tried again on a new connection */
    enum status status = pg_exec_all(cx, &tx, queries, Q_COUNT, rows);
    if (status == OK) {
        status = pg_tx_commit(cx, &tx);
    }
    if (status != OK) {
        return err_while(cx, status, "loading profile, foods and recipes");
    }
    return data_read(cx, rows, data);
}

enum status subscription_check(struct ctx *cx, const struct quota *quota)
{
    return quota->has_subscription ? OK
                                   : fail_code(cx, ERR_FORBIDDEN, "SUBSCRIPTION_REQUIRED",
                                               "An active subscription is required");
}

enum status quota_check(struct ctx *cx, const struct quota *quota)
{
    TRY(subscription_check(cx, quota));
    if (quota->limit >= 0 && quota->used >= quota->limit) {
        return fail_public(cx, ERR_RATE_LIMITED, "Monthly plan limit reached (%lld)",
                           (long long)quota->limit);
    }
    return OK;
}

enum status generation_start(struct ctx *cx, struct pg *pg, const struct caller *caller,
                             struct str generation_id)
{
    struct pg_param params[] = {PG_STR(generation_id)};
    struct pg_query query = {.sql = "SELECT public.generation_start($1::uuid)",
                             .params = params,
                             .param_count = ARRAY_LEN(params)};
    struct pg_identity identity = identity_of(caller);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, &identity, &tx));
    enum status status = pg_exec_commit(cx, &tx, &query, 1, NULL);
    return status == OK ? OK : err_while(cx, status, "opening the generation's log row");
}

static const char finish_sql[] =
    "SELECT public.generation_finish($1::uuid, $2, $3::int, $4::int, $5::jsonb, $6)";

static enum status finish_failed(struct ctx *cx, struct pg_tx *tx, const struct plan_record *record,
                                 const char *why)
{
    struct pg_param params[] = {PG_STR(record->generation_id),
                                PG_CSTR("failed"),
                                PG_I64(record->duration_ms),
                                PG_I64(0),
                                PG_NULL,
                                PG_CSTR(why)};
    struct pg_query query = {.sql = finish_sql, .params = params, .param_count = ARRAY_LEN(params)};
    return pg_exec_commit(cx, tx, &query, 1, NULL);
}

/* Under the lock: may this plan be saved, and is there one of the week already? */
static enum status save_check(struct ctx *cx, struct pg_tx *tx, int32_t week_start,
                              struct quota *quota, struct saved_plan *existing)
{
    struct pg_param week[] = {PG_DATE(week_start)};
    struct pg_query queries[] = {
        {.sql = "SELECT public.plan_quota_lock()"},
        {.sql = quota_sql},
        {.sql = existing_sql, .params = week, .param_count = ARRAY_LEN(week)},
    };
    struct pg_rows *rows = ARENA_ARRAY(cx->arena, struct pg_rows, ARRAY_LEN(queries));
    TRY(pg_exec_all(cx, tx, queries, ARRAY_LEN(queries), rows));
    TRY(quota_read(cx, &rows[1], quota));
    return existing_read(cx, &rows[2], existing);
}

static enum status save_commit(struct ctx *cx, struct pg_tx *tx, const struct plan_record *record,
                               struct saved_plan *saved)
{
    struct pg_param week[] = {PG_DATE(record->week_start)};
    struct pg_param plan[] = {
        PG_STR(record->intake_id), PG_STR(record->week_theme),    PG_DATE(record->week_start),
        PG_STR(record->plan_data), PG_STR(record->generation_id), PG_I64(record->seed),
    };
    struct pg_param finish[] = {
        PG_STR(record->generation_id), PG_CSTR("completed"),     PG_I64(record->duration_ms),
        PG_I64(record->recipes),       PG_STR(record->accuracy), PG_NULL,
    };
    struct pg_query queries[] = {
        {.sql = "UPDATE public.meal_plans SET status = 'archived'"
                " WHERE user_id = auth.uid() AND week_start_date = $1 AND status = 'active'",
         .params = week,
         .param_count = ARRAY_LEN(week)},
        {.sql = "INSERT INTO public.meal_plans (user_id, intake_id, week_theme, week_start_date,"
                " plan_data, generation_version, generation_id, seed)"
                " VALUES (auth.uid(), $1::uuid, $2, $3, $4::jsonb, '1', $5::uuid, $6::bigint)"
                " RETURNING id",
         .params = plan,
         .param_count = ARRAY_LEN(plan)},
        {.sql = finish_sql, .params = finish, .param_count = ARRAY_LEN(finish)},
    };
    struct pg_rows *rows = ARENA_ARRAY(cx->arena, struct pg_rows, ARRAY_LEN(queries));
    TRY(pg_exec_commit(cx, tx, queries, ARRAY_LEN(queries), rows));
    struct pg_row row = pg_row_at(&rows[1], 0);
    *saved = (struct saved_plan){
        .id = pg_col_str(row, "id"),
        .generation_id = record->generation_id,
        .week_theme = record->week_theme,
        .plan_data = record->plan_data,
    };
    return pg_row_status(cx, row);
}

enum status plan_save(struct ctx *cx, struct pg *pg, const struct caller *caller,
                      const struct plan_record *record, struct saved_plan *saved, bool *existed)
{
    struct pg_identity identity = identity_of(caller);
    struct quota quota = {0};
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, &identity, &tx));
    TRY(save_check(cx, &tx, record->week_start, &quota, saved));
    *existed = saved->id.len > 0 && !record->replace;
    if (*existed) {
        return finish_failed(cx, &tx, record, "another request saved this week's plan first");
    }
    TRY(quota_check(cx, &quota));
    enum status status = save_commit(cx, &tx, record, saved);
    return status == OK ? OK : err_while(cx, status, "saving the plan");
}

enum status generation_fail(struct ctx *cx, struct pg *pg, const struct caller *caller,
                            struct str generation_id, int64_t duration_ms, const char *stage,
                            struct str reason, struct str blueprint)
{
    struct pg_param finish[] = {
        PG_STR(generation_id), PG_CSTR("failed"), PG_I64(duration_ms), PG_I64(0), PG_NULL,
        PG_STR(reason)};
    struct pg_param record[] = {PG_STR(generation_id), PG_CSTR(stage), PG_STR(reason),
                                PG_STR(blueprint)};
    struct pg_query queries[] = {
        {.sql = "SELECT public.failed_plan_record($1::uuid, $2, $3, $4::jsonb)",
         .params = record,
         .param_count = ARRAY_LEN(record)},
        {.sql = finish_sql, .params = finish, .param_count = ARRAY_LEN(finish)},
    };
    struct pg_identity identity = identity_of(caller);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, &identity, &tx));
    enum status status = pg_exec_commit(cx, &tx, queries, ARRAY_LEN(queries), NULL);
    return status == OK ? OK : err_while(cx, status, "recording the failure");
}
