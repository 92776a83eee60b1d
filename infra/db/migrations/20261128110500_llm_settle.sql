-- llm_settle: what a call came to. It counts once, however often it is called for the same call, and it counts
-- whether or not the hold is still there: a late one corrects what llm_sweep booked.
--
-- Its p_call: {call_id, alias, function, operation, generation_id, price_version, cached, replayed, succeeded,
-- took_ms, overhead_us, request_id, trace_id, idempotency_key, cache_ttl_s, attempts: [{n, target, provider, model,
-- failure, http_status, took_ms, first_token_us, input, cache_write_5m, cache_write_1h, cache_read, output,
-- reasoning, known, cost_nano, unsettled, provider_request_id, trips, rest_ms}]}. Absent is null.

-- One cost row an attempt; false if the call has rows already.
CREATE FUNCTION public.llm_costs_write(p_call jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    v_call_id constant uuid := p_call ->> 'call_id';
BEGIN
    DELETE FROM public.ai_request_logs
    WHERE tenant_id = public.llm_tenant() AND call_id = v_call_id AND attempt = 0 AND failure = 'orphaned';
    IF EXISTS (
        SELECT FROM public.ai_request_logs WHERE tenant_id = public.llm_tenant() AND call_id = v_call_id
    ) THEN
        RETURN false;
    END IF;
    INSERT INTO public.ai_request_logs (
        tenant_id, user_id, key_id, call_id, attempt, operation, generation_id, alias, model, provider, function,
        price_version, tokens_input, tokens_cache_write_5m, tokens_cache_write_1h, tokens_cache_read,
        tokens_output, tokens_reasoning, usage_known, tokens_used, cost_nanodollars, unsettled, duration_ms,
        call_duration_ms, overhead_us, first_token_us, http_status, cached, replayed, success, failure,
        error_message, provider_request_id, request_id, trace_id
    )
    SELECT w.tenant, w.usr, w.key, c.call_id, COALESCE(a.n, 0), COALESCE(c.operation, 'general'), c.generation_id,
        c.alias, COALESCE(a.model, c.alias), a.provider, c.function, c.price_version, a.input, a.cache_write_5m,
        a.cache_write_1h, a.cache_read, a.output, a.reasoning, a.known,
        LEAST(COALESCE(a.input + a.cache_write_5m + a.cache_write_1h + a.cache_read + a.output, 0), 2147483647),
        COALESCE(a.cost_nano, 0), COALESCE(a.unsettled, false), COALESCE(a.took_ms, c.took_ms), c.took_ms,
        c.overhead_us, a.first_token_us, a.http_status, c.cached, c.replayed,
        CASE WHEN a.n IS NULL THEN c.succeeded ELSE a.failure IS NULL END, a.failure, a.failure,
        a.provider_request_id, c.request_id, c.trace_id
    FROM public.llm_who() AS w, jsonb_to_record(p_call) AS c (
        call_id uuid, alias text, function text, operation text, generation_id uuid, price_version text,
        cached boolean, replayed boolean, succeeded boolean, took_ms integer, overhead_us bigint,
        request_id text, trace_id text
    )
    LEFT JOIN jsonb_to_recordset(p_call -> 'attempts') AS a (
        n smallint, provider text, model text, failure text, http_status integer, took_ms integer,
        first_token_us bigint, input bigint, cache_write_5m bigint, cache_write_1h bigint, cache_read bigint,
        output bigint, reasoning bigint, known boolean, cost_nano bigint, unsettled boolean,
        provider_request_id text
    ) ON true
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

-- Takes back what a call did not use of its tokens a minute, if their window still counts.
CREATE FUNCTION public.llm_rates_correct(p_admitted_at timestamptz, p_tokens bigint) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
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

-- Moves a hold to what was spent. What may have been billed (`p_unknown`) stays held until the hold is due. Of a
-- call whose hold is gone (a crash of the server, a day without us) the cost falls where it falls now.
CREATE FUNCTION public.llm_hold_settle(p_call jsonb, p_spent bigint, p_unknown bigint, p_tokens bigint) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    who record;
    hold public.llm_holds;
BEGIN
    SELECT * INTO who FROM public.llm_who();
    DELETE FROM public.llm_holds
    WHERE tenant_id = who.tenant AND call_id = (p_call ->> 'call_id')::uuid RETURNING * INTO hold;
    IF FOUND THEN
        IF hold.tokens <> p_tokens THEN
            PERFORM public.llm_rates_correct(hold.admitted_at, p_tokens - hold.tokens);
        END IF;
        PERFORM FROM unnest(hold.window_ids) WITH ORDINALITY AS o (id, n)
        JOIN public.llm_spend AS w ON w.id = o.id ORDER BY o.n FOR UPDATE OF w;
    ELSIF p_spent + p_unknown > 0 THEN
        hold.window_ids := ARRAY(SELECT l.id FROM public.llm_spend_lock() AS l);
        hold.admitted_at := now();
        hold.due_at := now() + '15 minutes'::interval;
    END IF;
    UPDATE public.llm_spend SET
        held_nano = held_nano + p_unknown - CASE hold.state WHEN 'held' THEN hold.amount_nano ELSE 0 END,
        settled_nano = settled_nano + p_spent - CASE hold.state WHEN 'orphan' THEN hold.amount_nano ELSE 0 END
    WHERE id = ANY (hold.window_ids);
    INSERT INTO public.llm_holds (
        tenant_id, call_id, user_id, key_id, alias, function, amount_nano, tokens, window_ids, admitted_at, due_at,
        state
    )
    SELECT who.tenant, (p_call ->> 'call_id')::uuid, who.usr, who.key, p_call ->> 'alias', p_call ->> 'function',
        p_unknown, 0, hold.window_ids, hold.admitted_at, GREATEST(hold.due_at, now() + '1 second'::interval),
        'unknown'
    WHERE p_unknown > 0;
END
$$;

-- Counts a target's failures in a row and lets it rest: for as long as asked, or, at the settings' number of
-- failures, for as long as they say. A target that is well costs no write.
CREATE FUNCTION public.llm_target_mark(p_target text, p_failed boolean, p_rest_ms bigint) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    settings public.llm_settings;
    old public.llm_cooldowns;
    failed_count integer;
BEGIN
    IF NOT p_failed AND p_rest_ms <= 0 THEN
        UPDATE public.llm_cooldowns SET failures = 0 WHERE target = p_target AND failures > 0;
        RETURN;
    END IF;
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

CREATE FUNCTION public.llm_targets_mark(p_call jsonb) RETURNS void
LANGUAGE sql SET search_path = '' AS $$
    SELECT public.llm_target_mark(t.target, t.failed, t.rest_ms)
    FROM (
        SELECT j ->> 'target' AS target, bool_and((j ->> 'trips')::boolean) AS failed,
            max((j ->> 'rest_ms')::bigint) AS rest_ms
        FROM jsonb_array_elements(p_call -> 'attempts') AS j
        WHERE j ->> 'failure' IS NULL OR (j ->> 'trips')::boolean OR (j ->> 'rest_ms')::bigint > 0
        GROUP BY 1 ORDER BY 1
    ) AS t
$$;

-- Keeps the answer for whoever asks the same, and for the Idempotency-Key; without one the claim is given up.
CREATE FUNCTION public.llm_answer_store(
    p_call jsonb, p_cost_nano bigint, p_cache_digest bytea, p_content_type text, p_answer text
) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    who record;
    is_kept boolean := p_answer <> '' AND (p_call ->> 'succeeded')::boolean;
BEGIN
    SELECT w.tenant, COALESCE(w.family, w.usr) AS subject INTO who FROM public.llm_who() AS w;
    IF is_kept AND p_cache_digest IS NOT NULL THEN
        INSERT INTO public.llm_cache (tenant_id, digest, content_type, body, cost_nano, expires_at) VALUES (
            who.tenant, p_cache_digest, p_content_type, p_answer, p_cost_nano,
            now() + (p_call ->> 'cache_ttl_s')::bigint * '1 second'::interval
        ) ON CONFLICT (tenant_id, digest) DO UPDATE SET
            content_type = excluded.content_type, body = excluded.body, cost_nano = excluded.cost_nano,
            created_at = now(), expires_at = excluded.expires_at;
    END IF;
    IF is_kept THEN
        UPDATE public.llm_replays AS r
        SET content_type = p_content_type, body = p_answer, cost_nano = p_cost_nano, created_at = now(),
            expires_at = now() + (SELECT s.replay_lifetime FROM public.llm_settings AS s)
        WHERE r.tenant_id = who.tenant AND r.subject_id = who.subject
            AND r.idempotency_key = p_call ->> 'idempotency_key' AND r.call_id = (p_call ->> 'call_id')::uuid
            AND r.body IS NULL;
    ELSE
        DELETE FROM public.llm_replays AS r
        WHERE r.tenant_id = who.tenant AND r.subject_id = who.subject
            AND r.idempotency_key = p_call ->> 'idempotency_key' AND r.call_id = (p_call ->> 'call_id')::uuid
            AND r.body IS NULL;
    END IF;
END
$$;

-- Says whether it counted: false is a second time.
CREATE FUNCTION public.llm_settle(p_call jsonb, p_cache_digest bytea, p_content_type text, p_answer text)
RETURNS boolean
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    spent bigint;
    unknown bigint;
    tokens bigint;
BEGIN
    SELECT COALESCE(sum(a.cost_nano) FILTER (WHERE NOT a.unsettled), 0),
        COALESCE(sum(a.cost_nano) FILTER (WHERE a.unsettled), 0),
        COALESCE(sum(a.input + a.cache_write_5m + a.cache_write_1h + a.cache_read + a.output), 0)
    INTO spent, unknown, tokens
    FROM jsonb_to_recordset(p_call -> 'attempts') AS a (
        cost_nano bigint, unsettled boolean, input bigint, cache_write_5m bigint, cache_write_1h bigint,
        cache_read bigint, output bigint
    );
    -- Before anything else, or llm_sweep could book the hold between the rows and the counters.
    PERFORM FROM public.llm_holds
    WHERE tenant_id = public.llm_tenant() AND call_id = (p_call ->> 'call_id')::uuid FOR UPDATE;
    IF NOT public.llm_costs_write(p_call) THEN
        RETURN false;
    END IF;
    PERFORM public.llm_hold_settle(p_call, spent, unknown, tokens);
    PERFORM public.llm_targets_mark(p_call);
    PERFORM public.llm_answer_store(p_call, spent, p_cache_digest, p_content_type, p_answer);
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
            'llm_costs_write', 'llm_rates_correct', 'llm_hold_settle', 'llm_target_mark', 'llm_targets_mark',
            'llm_answer_store', 'llm_settle')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated, service_role', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_gateway', f);
    END LOOP;
END
$$;
