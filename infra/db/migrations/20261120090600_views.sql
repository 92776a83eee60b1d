-- What monitoring reads. security_invoker: a view shows what the tables below show the caller, which is
-- their own rows to users, everything to administrators and service_role, nothing to anon. Times are UTC.

CREATE VIEW public.plan_generation_analytics WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day,
    count(*) AS total_attempts,
    count(*) FILTER (WHERE status = 'completed') AS successful_plans,
    count(*) FILTER (WHERE status = 'failed') AS failed_plans,
    count(*) FILTER (WHERE status = 'fallback') AS fallback_plans,
    avg(duration_ms) AS avg_duration_ms,
    avg(claude_tokens_used) AS avg_tokens_used,
    avg(claude_cost_nanodollars) / 10000000 AS avg_cost_cents,
    avg(retry_count) AS avg_retries
FROM public.plan_generation_logs
GROUP BY 1;

-- Deviations are signed per plan; their sizes are averaged, or too much would cancel too little.
CREATE VIEW public.nutrition_accuracy_stats WITH (security_invoker = true) AS
WITH plans AS (
    SELECT
        date_trunc('week', created_at, 'UTC') AS week,
        abs((nutritional_accuracy ->> 'calories_deviation')::numeric) AS calories,
        abs((nutritional_accuracy ->> 'protein_deviation')::numeric) AS protein,
        abs((nutritional_accuracy ->> 'fat_deviation')::numeric) AS fat,
        abs((nutritional_accuracy ->> 'carbohydrates_deviation')::numeric) AS carbohydrates
    FROM public.plan_generation_logs
    WHERE nutritional_accuracy IS NOT NULL
)
SELECT
    week,
    count(*) AS plans_generated,
    avg(calories) AS avg_calories_deviation,
    avg(protein) AS avg_protein_deviation,
    avg(fat) AS avg_fat_deviation,
    avg(carbohydrates) AS avg_carbohydrates_deviation,
    -- A plan with a deviation that nobody measured does not count as within.
    count(*) FILTER (WHERE calories <= 15 AND protein <= 15 AND fat <= 15 AND carbohydrates <= 15)
        AS plans_within_15_percent
FROM plans
GROUP BY 1;

CREATE VIEW public.performance_metrics WITH (security_invoker = true) AS
SELECT
    date_trunc('hour', created_at, 'UTC') AS hour,
    count(*) AS total_requests,
    avg(duration_ms) AS avg_duration_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_duration_ms,
    count(*) FILTER (WHERE status = 'completed') AS successful_requests,
    count(*) FILTER (WHERE status = 'fallback') AS fallback_requests,
    count(*) FILTER (WHERE status = 'failed') AS failed_requests
FROM public.plan_generation_logs
GROUP BY 1;

CREATE VIEW public.ai_cost_summary WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day,
    count(*) AS requests,
    sum(cost_nanodollars) AS total_cost_nanodollars,
    sum(cost_nanodollars) / 10000000 AS total_cost_cents,
    avg(cost_nanodollars) / 10000000 AS avg_cost_per_request, -- cents
    sum(tokens_used) AS total_tokens
FROM public.ai_request_logs
WHERE cost_nanodollars > 0
GROUP BY 1;

REVOKE ALL ON public.plan_generation_analytics, public.nutrition_accuracy_stats,
    public.performance_metrics, public.ai_cost_summary
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.plan_generation_analytics, public.nutrition_accuracy_stats,
    public.performance_metrics, public.ai_cost_summary
    TO authenticated, service_role;
