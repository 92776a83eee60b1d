-- ai_request_logs, one row a model call, becomes one row an attempt: a call that fell over from one provider to
-- another has two, and both may have cost. Rows of before keep their meaning: one attempt each.
--
-- A call that asked nobody has one row, attempt 0: a stored answer (cached, replayed), a refusal of our own, or a
-- call nobody came back from (failure orphaned; its worst case stands as its cost).
--
-- One check over all new numbers and one over all new texts: an INSERT reads and plans each check it meets.
ALTER TABLE public.ai_request_logs
    ADD COLUMN tenant_id uuid,
    ADD COLUMN key_id uuid,
    ADD COLUMN call_id uuid,
    ADD COLUMN attempt smallint NOT NULL DEFAULT 1,
    ADD COLUMN alias text, -- the model as asked for
    ADD COLUMN provider text,
    ADD COLUMN function text,
    ADD COLUMN price_version text,
    ADD COLUMN tokens_input bigint,
    ADD COLUMN tokens_cache_write_5m bigint,
    ADD COLUMN tokens_cache_write_1h bigint,
    ADD COLUMN tokens_cache_read bigint,
    ADD COLUMN tokens_output bigint, -- reasoning included
    ADD COLUMN tokens_reasoning bigint,
    ADD COLUMN usage_known boolean, -- false: counted by us, the provider did not say
    ADD COLUMN unsettled boolean NOT NULL DEFAULT false, -- maybe billed: the cost is the worst case
    ADD COLUMN replayed boolean NOT NULL DEFAULT false,
    ADD COLUMN failure text, -- NULL: none
    ADD COLUMN http_status integer,
    ADD COLUMN first_token_us bigint,
    ADD COLUMN call_duration_ms integer, -- of all attempts; duration_ms is one's
    ADD COLUMN overhead_us bigint, -- ours, of the call
    ADD COLUMN provider_request_id text,
    ADD COLUMN request_id text,
    ADD COLUMN trace_id text,
    ADD CHECK (LEAST(
        attempt, tokens_input, tokens_cache_write_5m, tokens_cache_write_1h, tokens_cache_read, tokens_output,
        tokens_reasoning, http_status, first_token_us, call_duration_ms, overhead_us
    ) >= 0),
    ADD CHECK (GREATEST(
        length(alias), length(provider), length(function), length(price_version), length(failure),
        length(provider_request_id), length(request_id), length(trace_id)
    ) <= 400);

-- What makes settling the same call twice count once; and finds a tenant's rows.
CREATE UNIQUE INDEX ai_request_logs_attempt ON public.ai_request_logs (tenant_id, call_id, attempt);

-- A signed-in user may call before there is a row of theirs in users, and their cost must not be nobody's. So the
-- foreign key gives way to what it was there for: who is deleted is forgotten here too, and the cost stays.
ALTER TABLE public.ai_request_logs DROP CONSTRAINT ai_request_logs_user_id_fkey;
CREATE FUNCTION public.llm_user_forget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.ai_request_logs SET user_id = NULL WHERE user_id = OLD.id;
    UPDATE public.ai_request_logs SET tenant_id = NULL, call_id = NULL WHERE tenant_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_forget_costs AFTER DELETE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.llm_user_forget();
REVOKE ALL ON FUNCTION public.llm_user_forget() FROM PUBLIC, anon, authenticated, service_role;

-- The gateway writes rows of its caller and takes away none but the stand-in for a call that was thought lost.
CREATE POLICY ai_request_logs_write ON public.ai_request_logs
    FOR INSERT TO llm_gateway
    WITH CHECK (
        tenant_id = (SELECT public.llm_tenant())
        AND user_id IS NOT DISTINCT FROM (SELECT (public.llm_who()).usr)
    );
CREATE POLICY ai_request_logs_own ON public.ai_request_logs
    FOR SELECT TO llm_gateway USING (tenant_id = (SELECT public.llm_tenant()));
CREATE POLICY ai_request_logs_found ON public.ai_request_logs
    FOR DELETE TO llm_gateway
    USING (tenant_id = (SELECT public.llm_tenant()) AND failure = 'orphaned' AND attempt = 0);
GRANT INSERT, DELETE ON public.ai_request_logs TO llm_gateway;
GRANT SELECT (tenant_id, call_id, attempt, failure) ON public.ai_request_logs TO llm_gateway;

-- Views. As all of them: security_invoker, UTC, a user's own rows to the user.

-- A request is a call, however many attempts it took.
CREATE OR REPLACE VIEW public.ai_cost_summary WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day,
    count(DISTINCT COALESCE(call_id::text, id::text)) AS requests,
    sum(cost_nanodollars) AS total_cost_nanodollars,
    sum(cost_nanodollars) / 10000000 AS total_cost_cents,
    sum(cost_nanodollars) / 10000000 / count(DISTINCT COALESCE(call_id::text, id::text))
        AS avg_cost_per_request, -- cents
    sum(tokens_used) AS total_tokens
FROM public.ai_request_logs
WHERE cost_nanodollars > 0
GROUP BY 1;

CREATE VIEW public.ai_cost_by_model WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day, provider, model,
    count(DISTINCT COALESCE(call_id::text, id::text)) AS requests,
    count(*) AS attempts,
    count(*) FILTER (WHERE NOT success) AS failed_attempts,
    sum(cost_nanodollars) AS cost_nanodollars,
    COALESCE(sum(cost_nanodollars) FILTER (WHERE unsettled), 0) AS unsettled_nanodollars,
    sum(tokens_input) AS tokens_input,
    COALESCE(sum(tokens_cache_write_5m), 0) + COALESCE(sum(tokens_cache_write_1h), 0) AS tokens_cache_write,
    sum(tokens_cache_read) AS tokens_cache_read,
    sum(tokens_output) AS tokens_output
FROM public.ai_request_logs
WHERE attempt > 0
GROUP BY 1, 2, 3;

CREATE VIEW public.ai_cost_by_function WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day, function, operation,
    count(DISTINCT COALESCE(call_id::text, id::text)) AS requests,
    sum(cost_nanodollars) AS cost_nanodollars,
    sum(tokens_used) AS tokens
FROM public.ai_request_logs
GROUP BY 1, 2, 3;

CREATE VIEW public.ai_cost_by_user WITH (security_invoker = true) AS
SELECT
    date_trunc('day', created_at, 'UTC') AS day, tenant_id, user_id, key_id,
    count(DISTINCT COALESCE(call_id::text, id::text)) AS requests,
    sum(cost_nanodollars) AS cost_nanodollars,
    sum(tokens_used) AS tokens
FROM public.ai_request_logs
GROUP BY 1, 2, 3, 4;

-- performance_metrics tells of plans; this one of model calls. A call succeeded if one of its attempts did, or a
-- stored answer served.
CREATE VIEW public.ai_performance_by_hour WITH (security_invoker = true) AS
WITH calls AS (
    SELECT
        date_trunc('hour', min(created_at), 'UTC') AS hour,
        bool_or(success) AS success, bool_or(cached) AS cached, bool_or(replayed) AS replayed,
        count(*) FILTER (WHERE attempt > 0) AS attempts,
        COALESCE(max(call_duration_ms), sum(duration_ms)) AS duration_ms,
        min(first_token_us) AS first_token_us, max(overhead_us) AS overhead_us
    FROM public.ai_request_logs
    GROUP BY tenant_id, COALESCE(call_id::text, id::text)
)
SELECT
    hour,
    count(*) AS total_requests,
    count(*) FILTER (WHERE success) AS successful_requests,
    count(*) FILTER (WHERE NOT success) AS failed_requests,
    count(*) FILTER (WHERE cached) AS cached_requests,
    count(*) FILTER (WHERE replayed) AS replayed_requests,
    sum(attempts) AS attempts,
    avg(duration_ms) AS avg_duration,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_duration_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_duration_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY first_token_us) / 1000 AS p95_first_token_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY overhead_us) AS p95_overhead_us
FROM calls
GROUP BY hour;

REVOKE ALL ON public.ai_cost_by_model, public.ai_cost_by_function, public.ai_cost_by_user,
    public.ai_performance_by_hour
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.ai_cost_by_model, public.ai_cost_by_function, public.ai_cost_by_user,
    public.ai_performance_by_hour
    TO authenticated, service_role;
