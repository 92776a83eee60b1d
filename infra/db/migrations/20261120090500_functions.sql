-- Reading: search and sums, with the caller's rights. Writing logs and counting quota: with the owner's,
-- always for auth.uid() and nobody else, with an empty search_path and no public grant.

-- Foods for a name as a cook writes it. Words decide before spelling: first the foods that have all of the
-- name's words, and among them those whose head (what stands before the first comma) says nothing that the
-- name does not, so that "potato" is no sweet potato and "cheddar cheese" no cheese spread; then the plain
-- ones (raw, whole) before what was made of them. Trigrams find what is misspelled. `similarity_score` is
-- 0..1.
CREATE FUNCTION public.search_nutrition_data(ingredient_name text, max_results integer DEFAULT 1)
RETURNS TABLE (
    fdc_id integer, description text, calories real, protein real, fat real, carbohydrates real, fiber real,
    similarity_score real
)
LANGUAGE plpgsql STABLE
SET search_path = public, extensions, pg_temp
SET client_min_messages = warning -- "the query has only stop words" is no news to the caller
AS $$
DECLARE
    asked text := left(trim(ingredient_name), 200);
    words text[] := tsvector_to_array(to_tsvector('english', asked));
    all_words tsquery := plainto_tsquery('english', asked);
    some_words tsquery := replace(all_words::text, '&', '|')::tsquery;
BEGIN
    RETURN QUERY
    SELECT f.fdc_id, f.description, f.calories, f.protein, f.fat, f.carbohydrates, f.fiber,
        word_similarity(asked, f.description)
    FROM public.usda_nutrition_data AS f
    CROSS JOIN LATERAL (
        SELECT replace(f.description, ' (Includes foods for USDA''s Food Distribution Program)', '') AS plain
    ) AS p
    WHERE asked <> ''
        AND (to_tsvector('english', f.description) @@ some_words
            OR f.description % asked OR asked <% f.description)
    ORDER BY
        to_tsvector('english', f.description) @@ all_words DESC,
        tsvector_to_array(to_tsvector('english', split_part(f.description, ',', 1))) <@ words DESC,
        to_tsvector('english', f.description) @@ some_words DESC,
        regexp_count(p.plain, '\m(raw|whole|plain)\M', 1, 'i') DESC,
        length(to_tsvector('english', p.plain)),
        word_similarity(asked, f.description) DESC,
        f.fdc_id
    LIMIT LEAST(GREATEST(max_results, 0), 100);
END
$$;

-- What a plan (the plan_data of meal_plans) adds up to, from the food table. A meal is its `ingredients`
-- [{fdc_id, grams}] if it lists them, else the recipe's lines times `servings` (1 if absent).
--
-- Returns {calories, protein, fat, carbohydrates, fiber: totals; days; daily_average: the same five, only if
-- days > 0; missing_recipes: ids without ingredient lines here; unknown: per nutrient the grams of food whose
-- value nobody knows}. An unknown value adds nothing to a total and says so; it poisons nothing.
CREATE FUNCTION public.calculate_plan_nutrition(plan jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    bad jsonb;
    day_count integer;
    result jsonb;
BEGIN
    IF pg_catalog.jsonb_typeof(plan -> 'days') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'plan.days: not an array' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT meal INTO bad
    FROM pg_catalog.jsonb_path_query(plan, 'lax $.days[*].meals[*]') AS meal
    WHERE pg_catalog.jsonb_typeof(meal) <> 'object'
        OR (meal ? 'servings' AND NOT meal @@ '$.servings.type() == "number" && $.servings > 0')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'plan.days.meals: servings is not a number above 0 in %', pg_catalog.left(bad::text, 200)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    day_count := pg_catalog.jsonb_array_length(plan -> 'days');

    WITH meals AS (
        SELECT pg_catalog.row_number() OVER () AS meal_no, meal,
            COALESCE((meal ->> 'servings')::numeric, 1) AS servings,
            CASE WHEN meal ->> 'recipe_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                THEN (meal ->> 'recipe_id')::uuid END AS recipe_id,
            pg_catalog.jsonb_typeof(meal -> 'ingredients') = 'array' AS has_own_lines
        FROM pg_catalog.jsonb_path_query(plan, 'lax $.days[*].meals[*]') AS meal
    ), lines AS (
        SELECT m.meal_no, i.fdc_id, i.grams * m.servings AS grams
        FROM meals AS m JOIN public.recipe_ingredients AS i ON i.recipe_id = m.recipe_id
        WHERE m.has_own_lines IS NOT TRUE
        UNION ALL
        SELECT m.meal_no, (line ->> 'fdc_id')::integer, (line ->> 'grams')::numeric
        FROM meals AS m CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(m.meal -> 'ingredients') AS line
        WHERE m.has_own_lines
    ), sums AS (
        SELECT
            COALESCE(sum(l.grams * (f.nutrients ->> '1008')::numeric), 0) / 100 AS calories,
            COALESCE(sum(l.grams * (f.nutrients ->> '1003')::numeric), 0) / 100 AS protein,
            COALESCE(sum(l.grams * (f.nutrients ->> '1004')::numeric), 0) / 100 AS fat,
            COALESCE(sum(l.grams * (f.nutrients ->> '1005')::numeric), 0) / 100 AS carbohydrates,
            COALESCE(sum(l.grams * (f.nutrients ->> '1079')::numeric), 0) / 100 AS fiber,
            COALESCE(sum(l.grams) FILTER (WHERE f.nutrients -> '1008' IS NULL), 0) AS no_calories,
            COALESCE(sum(l.grams) FILTER (WHERE f.nutrients -> '1003' IS NULL), 0) AS no_protein,
            COALESCE(sum(l.grams) FILTER (WHERE f.nutrients -> '1004' IS NULL), 0) AS no_fat,
            COALESCE(sum(l.grams) FILTER (WHERE f.nutrients -> '1005' IS NULL), 0) AS no_carbohydrates,
            COALESCE(sum(l.grams) FILTER (WHERE f.nutrients -> '1079' IS NULL), 0) AS no_fiber
        FROM lines AS l LEFT JOIN public.usda_nutrition_data AS f ON f.fdc_id = l.fdc_id
    ), missing AS (
        SELECT COALESCE(pg_catalog.jsonb_agg(DISTINCT m.meal -> 'recipe_id'), '[]') AS ids
        FROM meals AS m
        WHERE NOT EXISTS (SELECT FROM lines AS l WHERE l.meal_no = m.meal_no)
    )
    SELECT pg_catalog.jsonb_build_object(
        'calories', round(s.calories, 2), 'protein', round(s.protein, 2), 'fat', round(s.fat, 2),
        'carbohydrates', round(s.carbohydrates, 2), 'fiber', round(s.fiber, 2),
        'days', day_count,
        'missing_recipes', m.ids,
        'unknown', pg_catalog.jsonb_build_object(
            'calories', s.no_calories, 'protein', s.no_protein, 'fat', s.no_fat,
            'carbohydrates', s.no_carbohydrates, 'fiber', s.no_fiber
        )
    ) || CASE WHEN day_count = 0 THEN '{}' ELSE pg_catalog.jsonb_build_object(
        'daily_average', pg_catalog.jsonb_build_object(
            'calories', round(s.calories / day_count, 2), 'protein', round(s.protein / day_count, 2),
            'fat', round(s.fat / day_count, 2), 'carbohydrates', round(s.carbohydrates / day_count, 2),
            'fiber', round(s.fiber / day_count, 2)
        )
    ) END
    INTO result
    FROM sums AS s, missing AS m;
    RETURN result;
END
$$;

-- The caller, or an error: a function with owner rights must never act for nobody.
CREATE FUNCTION public.caller_require() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    IF auth.uid() IS NULL THEN
        RAISE EXCEPTION 'no caller: request.jwt.claims holds no subject' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN auth.uid();
END
$$;

-- Opens the one log row of a generation. A generation id that was used before is a unique_violation.
CREATE FUNCTION public.generation_start(p_generation_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.plan_generation_logs (user_id, generation_id)
    VALUES (public.caller_require(), p_generation_id);
END
$$;

-- Closes it, once: a row that is not the caller's or not open is no_data_found (P0002).
CREATE FUNCTION public.generation_finish(
    p_generation_id uuid, p_status text, p_duration_ms integer, p_recipes integer,
    p_accuracy jsonb DEFAULT NULL, p_error text DEFAULT NULL, p_fallback_reason text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF p_status IS NULL OR p_status NOT IN ('completed', 'failed', 'fallback') THEN
        RAISE EXCEPTION 'status: completed, failed or fallback, not %', p_status
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE public.plan_generation_logs
    SET status = p_status, completed_at = pg_catalog.now(), duration_ms = p_duration_ms,
        recipes_selected = p_recipes, nutritional_accuracy = p_accuracy,
        error_message = pg_catalog.left(p_error, 4000),
        fallback_reason = pg_catalog.left(p_fallback_reason, 4000)
    WHERE generation_id = p_generation_id AND user_id = public.caller_require() AND status = 'started';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'generation % is not open', p_generation_id USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

-- Keeps what a failed generation of the caller had to work with, for those who mend it.
CREATE FUNCTION public.failed_plan_record(
    p_generation_id uuid, p_stage text, p_reason text, p_blueprint jsonb, p_validation jsonb DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.failed_plans
        (user_id, generation_id, failure_stage, failure_reason, user_blueprint, validation_results)
    SELECT l.user_id, l.generation_id, pg_catalog.left(p_stage, 100), pg_catalog.left(p_reason, 4000),
        COALESCE(p_blueprint, '{}'), p_validation
    FROM public.plan_generation_logs AS l
    WHERE l.generation_id = p_generation_id AND l.user_id = public.caller_require();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'generation % is not the caller''s', p_generation_id USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

-- How many plans a calendar month (UTC) the caller may have, and how many were made this month. Counted on
-- logs, which users cannot delete, not on plans, which they can.
--
-- Counting and saving is one act only under plan_quota_lock(), taken in a statement of its own before: a
-- statement sees what was committed before it began.
CREATE FUNCTION public.plan_quota(OUT plan_limit integer, OUT used integer, OUT has_subscription boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    caller uuid := public.caller_require();
BEGIN
    SELECT p.plan_generation_limit INTO plan_limit
    FROM public.subscriptions AS s JOIN public.subscription_plans AS p ON p.id = s.plan_id
    WHERE s.user_id = caller AND s.status = 'active';
    has_subscription := FOUND;
    plan_limit := COALESCE(plan_limit, 0);
    SELECT count(*) INTO used
    FROM public.plan_generation_logs AS l
    WHERE l.user_id = caller AND l.status IN ('completed', 'fallback')
        AND l.created_at >= pg_catalog.date_trunc('month', pg_catalog.now(), 'UTC');
END
$$;

-- Held until the transaction ends; a second generation of the same user waits here.
CREATE FUNCTION public.plan_quota_lock() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtextextended('plan_quota ' || public.caller_require()::text, 0)
    );
END
$$;

CREATE FUNCTION public.error_record(
    p_message text, p_severity text DEFAULT 'error', p_context jsonb DEFAULT '{}', p_stack text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.error_logs (user_id, error_message, error_stack, context, severity)
    SELECT
        -- An error may strike before the caller has a row: the log must not fail for that.
        (SELECT u.id FROM public.users AS u WHERE u.id = public.caller_require()),
        COALESCE(NULLIF(pg_catalog.left(p_message, 4000), ''), 'unknown'),
        pg_catalog.left(p_stack, 16000), COALESCE(p_context, '{}'), p_severity;
END
$$;

-- New functions are everybody's to call unless taken back; Supabase grants them to anon by name as well.
REVOKE ALL ON FUNCTION
    public.search_nutrition_data(text, integer),
    public.calculate_plan_nutrition(jsonb),
    public.caller_require(),
    public.generation_start(uuid),
    public.generation_finish(uuid, text, integer, integer, jsonb, text, text),
    public.failed_plan_record(uuid, text, text, jsonb, jsonb),
    public.plan_quota(),
    public.plan_quota_lock(),
    public.error_record(text, text, jsonb, text)
    FROM PUBLIC, anon;
GRANT EXECUTE ON FUNCTION
    public.search_nutrition_data(text, integer),
    public.calculate_plan_nutrition(jsonb),
    public.caller_require(),
    public.generation_start(uuid),
    public.generation_finish(uuid, text, integer, integer, jsonb, text, text),
    public.failed_plan_record(uuid, text, text, jsonb, jsonb),
    public.plan_quota(),
    public.plan_quota_lock(),
    public.error_record(text, text, jsonb, text)
    TO authenticated, service_role;
