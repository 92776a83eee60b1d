-- llm_settle: what a call came to. It counts once, however often it is called for the same call, and it counts
-- whether or not the hold is still there: a late one corrects what llm_sweep booked.
--
-- Its p_call, for the rows: {call_id, alias, function, operation, generation_id, price_version, cached, replayed,
-- succeeded, took_ms, overhead_us, request_id, trace_id, attempts: [{n, provider, model, failure, http_status,
-- took_ms, first_token_us, input, cache_write_5m, cache_write_1h, cache_read, output, reasoning, known, cost_nano,
-- unsettled, provider_request_id}]}. Absent is null. Written as llm_admit is, and for its reasons.

-- One cost row an attempt; a call without attempts has one as well.
CREATE FUNCTION public.llm_costs_write(p_call jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    who constant record := public.llm_who();
BEGIN
    INSERT INTO public.ai_request_logs (
        tenant_id, user_id, key_id, call_id, attempt, operation, generation_id, alias, model, provider, function,
        price_version, tokens_input, tokens_cache_write_5m, tokens_cache_write_1h, tokens_cache_read,
        tokens_output, tokens_reasoning, usage_known, tokens_used, cost_nanodollars, unsettled, duration_ms,
        call_duration_ms, overhead_us, first_token_us, http_status, cached, replayed, success, failure,
        error_message, provider_request_id, request_id, trace_id
    )
    SELECT who.tenant, who.usr, who.key, c.call_id, COALESCE(a.n, 0), COALESCE(c.operation, 'general'), c.generation_id,
        c.alias, COALESCE(a.model, c.alias), a.provider, c.function, c.price_version, a.input, a.cache_write_5m,
        a.cache_write_1h, a.cache_read, a.output, a.reasoning, a.known,
        LEAST(COALESCE(a.input + a.cache_write_5m + a.cache_write_1h + a.cache_read + a.output, 0), 2147483647),
        COALESCE(a.cost_nano, 0), COALESCE(a.unsettled, false), COALESCE(a.took_ms, c.took_ms), c.took_ms,
        c.overhead_us, a.first_token_us, a.http_status, c.cached, c.replayed,
        CASE WHEN a.n IS NULL THEN c.succeeded ELSE a.failure IS NULL END, a.failure, a.failure,
        a.provider_request_id, c.request_id, c.trace_id
    FROM jsonb_to_record(p_call) AS c (
        call_id uuid, alias text, function text, operation text, generation_id uuid, price_version text,
        cached boolean, replayed boolean, succeeded boolean, took_ms integer, overhead_us bigint,
        request_id text, trace_id text
    )
    LEFT JOIN jsonb_to_recordset(p_call -> 'attempts') AS a (
        n smallint, provider text, model text, failure text, http_status integer, took_ms integer,
        first_token_us bigint, input bigint, cache_write_5m bigint, cache_write_1h bigint, cache_read bigint,
        output bigint, reasoning bigint, known boolean, cost_nano bigint, unsettled boolean,
        provider_request_id text
    ) ON true;
END
$$;

-- Takes back what a call did not use of its tokens a minute, if their window still counts.
CREATE FUNCTION public.llm_rates_correct(p_admitted_at timestamptz, p_tokens bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kinds constant text[] := ARRAY['key', 'user', 'tenant'];
    start timestamptz := date_bin('1 minute', p_admitted_at, 'epoch');
BEGIN
    PERFORM FROM public.llm_rates
    WHERE subject_id = ANY (public.llm_subjects()) AND kind = ANY (kinds)
    ORDER BY array_position(kinds, kind) FOR UPDATE;
    UPDATE public.llm_rates SET
        tokens = CASE starts_at WHEN start THEN GREATEST(tokens + p_tokens, 0) ELSE tokens END,
        last_tokens = CASE starts_at WHEN start + '1 minute'::interval
            THEN GREATEST(last_tokens + p_tokens, 0) ELSE last_tokens END
    WHERE subject_id = ANY (public.llm_subjects()) AND kind = ANY (kinds);
END
$$;

-- The hold of a call that has not been settled, locked; first of all, or llm_sweep could book it between the rows
-- and the counters. Of a call whose hold is gone (a crash of the server, a day without us) one in the state `lost`,
-- with the windows that now is in, where its cost falls; NULL: the call was settled before.
CREATE FUNCTION public.llm_hold_find(p_call_id uuid) RETURNS public.llm_holds
LANGUAGE plpgsql AS $$
DECLARE
    hold public.llm_holds;
    tenant constant uuid := public.llm_tenant();
BEGIN
    SELECT * INTO hold FROM public.llm_holds WHERE tenant_id = tenant AND call_id = p_call_id FOR UPDATE;
    IF hold.state IN ('held', 'orphan') THEN
        RETURN hold;
    ELSIF hold.state IS NOT NULL OR EXISTS (
        SELECT FROM public.ai_request_logs
        WHERE tenant_id = tenant AND call_id = p_call_id AND failure IS DISTINCT FROM 'orphaned'
    ) THEN
        RETURN NULL;
    END IF;
    hold.call_id := p_call_id;
    hold.state := 'lost';
    hold.amount_nano := 0;
    hold.tokens := 0;
    hold.admitted_at := now();
    hold.due_at := now() + '15 minutes'::interval;
    RETURN hold;
END
$$;

-- Moves a hold to what was spent. What may have been billed (`p_unknown`) stays held until the hold is due.
CREATE FUNCTION public.llm_hold_settle(
    p_hold public.llm_holds, p_call jsonb, p_spent bigint, p_unknown bigint, p_tokens bigint
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    who constant record := public.llm_who();
    window_ids bigint[] := p_hold.window_ids;
    was_held constant bigint := CASE p_hold.state WHEN 'held' THEN p_hold.amount_nano ELSE 0 END;
    was_booked constant bigint := CASE p_hold.state WHEN 'orphan' THEN p_hold.amount_nano ELSE 0 END;
    window_id bigint;
BEGIN
    IF p_hold.state = 'lost' THEN
        window_ids := (public.llm_spend_look(public.llm_terms_of('', 0), 0)).window_ids;
    ELSIF p_hold.tokens <> p_tokens THEN
        PERFORM public.llm_rates_correct(p_hold.admitted_at, p_tokens - p_hold.tokens);
    END IF;
    FOREACH window_id IN ARRAY window_ids LOOP -- in the order of the locks
        UPDATE public.llm_spend
        SET held_nano = held_nano + p_unknown - was_held, settled_nano = settled_nano + p_spent - was_booked
        WHERE id = window_id;
    END LOOP;
    DELETE FROM public.llm_holds WHERE tenant_id = who.tenant AND call_id = p_hold.call_id;
    IF p_unknown > 0 THEN
        INSERT INTO public.llm_holds (
            tenant_id, call_id, user_id, key_id, alias, function, amount_nano, tokens, window_ids, admitted_at,
            due_at, state
        ) VALUES (
            who.tenant, p_hold.call_id, who.usr, who.key, p_call ->> 'alias', p_call ->> 'function', p_unknown, 0,
            window_ids, p_hold.admitted_at, GREATEST(p_hold.due_at, now() + '1 second'::interval), 'unknown'
        );
    END IF;
END
$$;

-- Counts a target's failures in a row and lets it rest: for as long as asked, or, at the settings' number of
-- failures, for as long as they say.
CREATE FUNCTION public.llm_target_fail(p_target text, p_rest_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    settings public.llm_settings;
    old public.llm_cooldowns;
    failed_count integer;
BEGIN
    SELECT * INTO settings FROM public.llm_settings;
    INSERT INTO public.llm_cooldowns (target) VALUES (p_target) ON CONFLICT DO NOTHING;
    SELECT * INTO old FROM public.llm_cooldowns WHERE target = p_target FOR UPDATE;
    -- A rest counts as no time: who fails again right after it has failed in a row.
    failed_count := LEAST(1000000, 1 + CASE
        WHEN now() - GREATEST(old.failed_at, old.rests_until) <= settings.breaker_window THEN old.failures ELSE 0
    END);
    UPDATE public.llm_cooldowns SET
        failures = failed_count, failed_at = now(),
        rests_until = GREATEST(
            rests_until, now() + p_rest_ms * '1 millisecond'::interval,
            CASE WHEN failed_count >= settings.breaker_failures THEN now() + settings.breaker_rest END)
    WHERE target = p_target;
END
$$;

-- `p_failed` in the order of the names, so that two calls do not wait for each other. A target that is well costs
-- no write.
CREATE FUNCTION public.llm_targets_mark(p_well text, p_failed text[], p_rest_ms bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(p_failed) LOOP
        PERFORM public.llm_target_fail(p_failed[i], p_rest_ms[i]);
    END LOOP;
    IF p_well <> '' THEN
        UPDATE public.llm_cooldowns SET failures = 0 WHERE target = p_well AND failures > 0;
    END IF;
END
$$;

-- Keeps the answer for whoever asks the same, and for the Idempotency-Key; without one the claim is given up.
-- Empty: nothing to keep, or no such key.
CREATE FUNCTION public.llm_answer_store(
    p_call_id uuid, p_cost_nano bigint, p_cache_digest bytea, p_cache_ttl_s bigint, p_idempotency_key text,
    p_content_type text, p_answer text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    who constant record := public.llm_who();
    subject constant uuid := COALESCE(who.family, who.usr);
BEGIN
    IF p_answer <> '' AND p_cache_digest IS NOT NULL THEN
        INSERT INTO public.llm_cache (tenant_id, digest, content_type, body, cost_nano, expires_at) VALUES (
            who.tenant, p_cache_digest, p_content_type, p_answer, p_cost_nano,
            now() + p_cache_ttl_s * '1 second'::interval
        ) ON CONFLICT (tenant_id, digest) DO UPDATE SET
            content_type = excluded.content_type, body = excluded.body, cost_nano = excluded.cost_nano,
            created_at = now(), expires_at = excluded.expires_at;
    END IF;
    IF p_idempotency_key <> '' AND p_answer <> '' THEN
        UPDATE public.llm_replays
        SET content_type = p_content_type, body = p_answer, cost_nano = p_cost_nano, created_at = now(),
            expires_at = now() + (SELECT s.replay_lifetime FROM public.llm_settings AS s)
        WHERE tenant_id = who.tenant AND subject_id = subject AND idempotency_key = p_idempotency_key
            AND call_id = p_call_id AND body IS NULL;
    ELSIF p_idempotency_key <> '' THEN
        DELETE FROM public.llm_replays
        WHERE tenant_id = who.tenant AND subject_id = subject AND idempotency_key = p_idempotency_key
            AND call_id = p_call_id AND body IS NULL;
    END IF;
END
$$;

-- `p_spent`, `p_unknown`, `p_tokens`: sums over the attempts. Says whether it counted: false is a second time.
CREATE FUNCTION public.llm_settle(
    p_call_id uuid, p_call jsonb, p_spent bigint, p_unknown bigint, p_tokens bigint, p_well text, p_failed text[],
    p_rest_ms bigint[], p_cache_digest bytea, p_cache_ttl_s bigint, p_idempotency_key text, p_content_type text,
    p_answer text
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    hold constant public.llm_holds := public.llm_hold_find(p_call_id);
BEGIN
    IF p_spent < 0 OR p_unknown < 0 OR p_tokens < 0 THEN
        RAISE EXCEPTION 'less than nothing was spent' USING ERRCODE = 'invalid_parameter_value';
    ELSIF hold.state IS NULL THEN
        RETURN false;
    ELSIF hold.state <> 'held' THEN
        DELETE FROM public.ai_request_logs
        WHERE tenant_id = public.llm_tenant() AND call_id = p_call_id AND attempt = 0 AND failure = 'orphaned';
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true) FROM public.llm_settings AS s WHERE NOT s.waits_for_disk;
    -- The windows, which others wait for, as late as the order of the locks lets them be.
    PERFORM public.llm_costs_write(p_call);
    PERFORM public.llm_targets_mark(p_well, p_failed, p_rest_ms);
    IF hold.state <> 'lost' OR p_spent + p_unknown > 0 THEN
        PERFORM public.llm_hold_settle(hold, p_call, p_spent, p_unknown, p_tokens);
    END IF;
    PERFORM public.llm_answer_store(
        p_call_id, p_spent, p_cache_digest, p_cache_ttl_s, p_idempotency_key, p_content_type, p_answer);
    RETURN true;
END
$$;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN
        SELECT p.oid FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
            'llm_costs_write', 'llm_rates_correct', 'llm_hold_find', 'llm_hold_settle', 'llm_target_fail',
            'llm_targets_mark', 'llm_answer_store', 'llm_settle')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated, service_role', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_gateway', f);
    END LOOP;
END
$$;
