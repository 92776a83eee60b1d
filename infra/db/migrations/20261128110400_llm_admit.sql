-- llm_admit: what is asked of the database before a model is. One statement, all or nothing.
--
-- Locks are taken in one order by everybody: the Idempotency-Key (advisory), rates (key, user, tenant, operations),
-- windows of money (key, user, tenant, global; by period), then rows of one's own. Only llm_sweep, at the end, is
-- out of order, and it never waits.

-- A limit as it stands after this call: `remaining` below 0 means that the call does not fit. Without a limit all
-- three are NULL; `resets_at` NULL means never.
CREATE TYPE public.llm_room AS (cap bigint, remaining bigint, resets_at timestamptz);

-- Of two limits the one to tell the caller about: the tighter; of two that refuse, the one that does so longer.
CREATE FUNCTION public.llm_room_tighter(a public.llm_room, b public.llm_room) RETURNS public.llm_room
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT CASE
        WHEN a.cap IS NULL THEN b
        WHEN b.cap IS NULL THEN a
        WHEN a.remaining < 0 AND b.remaining < 0 THEN
            CASE WHEN COALESCE(b.resets_at, 'infinity') > COALESCE(a.resets_at, 'infinity') THEN b ELSE a END
        WHEN b.remaining < a.remaining THEN b
        ELSE a
    END
$$;

-- Why the caller may not ask for this model at all; NULL: they may. The key is looked at again on each call, so
-- that a revoked one ends at once, whatever an instance remembers.
CREATE FUNCTION public.llm_caller_refused(p_alias text, p_cost_nano bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    who record;
    held record;
BEGIN
    SELECT * INTO who FROM public.llm_who();
    IF EXISTS (SELECT FROM public.llm_tenants AS t WHERE t.id = who.tenant AND t.suspended) THEN
        RETURN 'suspended';
    END IF;
    IF who.key IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT k.models, k.role INTO held FROM public.llm_keys AS k
    WHERE k.id = who.key AND k.revoked_at IS NULL AND COALESCE(k.expires_at > now(), true);
    IF NOT FOUND THEN
        RETURN 'unauthenticated';
    END IF;
    IF (cardinality(held.models) > 0 AND NOT p_alias = ANY (held.models))
        OR (held.role = 'reader' AND p_cost_nano > 0) THEN
        RETURN 'model_not_allowed';
    END IF;
    RETURN NULL;
END
$$;

CREATE TYPE public.llm_answer AS (content_type text, body text, cost_nano bigint, created_at timestamptz);

-- Was it answered before? `verdict`: replay, cached, key_reused, in_flight; NULL: no. Of two with one
-- Idempotency-Key that come at once, the second waits here for the first one's claim.
CREATE FUNCTION public.llm_answer_find(
    p_cache_digest bytea, p_idempotency_key text, p_request_digest bytea,
    OUT verdict text, OUT answer public.llm_answer
)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    who record;
    stored record;
BEGIN
    SELECT w.tenant, COALESCE(w.family, w.usr) AS subject INTO who FROM public.llm_who() AS w;
    IF p_idempotency_key <> '' THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(concat_ws(' ', 'llm', who.tenant, who.subject, p_idempotency_key), 0));
        SELECT r.* INTO stored FROM public.llm_replays AS r
        WHERE r.tenant_id = who.tenant AND r.subject_id = who.subject
            AND r.idempotency_key = p_idempotency_key AND r.expires_at > now();
        IF FOUND THEN
            verdict := CASE WHEN stored.request_digest <> p_request_digest THEN 'key_reused'
                WHEN stored.body IS NULL THEN 'in_flight' ELSE 'replay' END;
            answer := (stored.content_type, stored.body, stored.cost_nano, stored.created_at);
            RETURN;
        END IF;
    END IF;
    SELECT c.* INTO stored FROM public.llm_cache AS c
    WHERE c.tenant_id = who.tenant AND c.digest = p_cache_digest AND c.expires_at > now();
    IF FOUND THEN
        verdict := 'cached';
        answer := (stored.content_type, stored.body, stored.cost_nano, stored.created_at);
    END IF;
END
$$;

-- Takes the Idempotency-Key for a call that begins, or stores a cached answer under it at once. What stood there
-- has expired: llm_answer_find looked, under the same lock.
CREATE FUNCTION public.llm_answer_claim(
    p_call_id uuid, p_idempotency_key text, p_request_digest bytea, p_expires_at timestamptz, p_answer public.llm_answer
) RETURNS void
LANGUAGE sql SET search_path = '' AS $$
    INSERT INTO public.llm_replays (
        tenant_id, subject_id, idempotency_key, request_digest, call_id, content_type, body, cost_nano, expires_at
    )
    SELECT w.tenant, COALESCE(w.family, w.usr), p_idempotency_key, p_request_digest, p_call_id,
        p_answer.content_type, p_answer.body, COALESCE(p_answer.cost_nano, 0), p_expires_at
    FROM public.llm_who() AS w
    ON CONFLICT (tenant_id, subject_id, idempotency_key) DO UPDATE SET
        request_digest = excluded.request_digest, call_id = excluded.call_id,
        content_type = excluded.content_type, body = excluded.body, cost_nano = excluded.cost_nano,
        created_at = now(), expires_at = excluded.expires_at
$$;

-- The rates the caller is under, in the order they are locked. The defaults are for users' tokens: a key that has
-- no limit has none.
CREATE FUNCTION public.llm_rate_limits(p_counts_operation boolean) RETURNS TABLE (
    n integer, kind text, subject uuid, width interval, requests bigint, tokens bigint
)
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT 1, 'key', w.family, '1 minute'::interval, k.rpm::bigint, k.tpm
    FROM public.llm_who() AS w JOIN public.llm_keys AS k ON k.id = w.key
    WHERE k.rpm IS NOT NULL OR k.tpm IS NOT NULL
    UNION ALL
    SELECT 2, 'user', w.usr, '1 minute', s.user_rpm, s.user_tpm
    FROM public.llm_who() AS w, public.llm_settings AS s
    WHERE w.key IS NULL AND (s.user_rpm IS NOT NULL OR s.user_tpm IS NOT NULL)
    UNION ALL
    SELECT 3, 'tenant', t.id, '1 minute', t.rpm, t.tpm
    FROM public.llm_who() AS w JOIN public.llm_tenants AS t ON t.id = w.tenant
    WHERE t.rpm IS NOT NULL OR t.tpm IS NOT NULL
    UNION ALL
    SELECT 4, 'operations', COALESCE(w.usr, w.family), '1 hour', s.operations_per_hour, NULL
    FROM public.llm_who() AS w, public.llm_settings AS s
    WHERE p_counts_operation AND s.operations_per_hour IS NOT NULL
    ORDER BY 1
$$;

-- One rate, locked, moved to the window that now is in; only a new row is written.
CREATE FUNCTION public.llm_rate_lock(p_subject uuid, p_kind text, p_width interval) RETURNS public.llm_rates
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    rate public.llm_rates;
    start timestamptz := date_bin(p_width, now(), 'epoch');
BEGIN
    LOOP
        SELECT * INTO rate FROM public.llm_rates WHERE subject_id = p_subject AND kind = p_kind FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO public.llm_rates (subject_id, kind, starts_at) VALUES (p_subject, p_kind, start)
        ON CONFLICT DO NOTHING;
    END LOOP;
    -- now() is when the transaction began: who waited for the lock may be behind the row, and takes its window.
    IF rate.starts_at < start THEN
        rate.last_requests := CASE rate.starts_at WHEN start - p_width THEN rate.requests ELSE 0 END;
        rate.last_tokens := CASE rate.starts_at WHEN start - p_width THEN rate.tokens ELSE 0 END;
        rate.requests := 0;
        rate.tokens := 0;
        rate.starts_at := start;
    END IF;
    RETURN rate;
END
$$;

-- A sliding window: what this one has seen, and of the last one the share that a window ending now still holds.
-- When `need` will fit follows from both.
CREATE FUNCTION public.llm_rate_room(
    p_starts_at timestamptz, p_width interval, p_last bigint, p_now bigint, p_need bigint, p_cap bigint
) RETURNS public.llm_room
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE
    share float8 := GREATEST(0, 1 - EXTRACT(epoch FROM now() - p_starts_at) / EXTRACT(epoch FROM p_width));
    remaining bigint := p_cap - p_now - ceil(p_last * share)::bigint - p_need;
BEGIN
    IF p_cap IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (p_cap, remaining, CASE
        WHEN remaining >= 0 THEN p_starts_at + p_width
        WHEN p_need > p_cap THEN NULL
        WHEN p_now + p_need <= p_cap THEN p_starts_at + p_width * (1 - (p_cap - p_now - p_need)::float8 / p_last)
        ELSE p_starts_at + p_width * (2 - (p_cap - p_need)::float8 / p_now)
    END)::public.llm_room;
END
$$;

-- All rates of the caller, locked, with what they leave; nothing is taken yet.
CREATE FUNCTION public.llm_rates_look(
    p_tokens bigint, p_counts_operation boolean, OUT rates public.llm_rates[],
    OUT requests public.llm_room, OUT tokens public.llm_room, OUT operations public.llm_room
)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    lim record;
    rate public.llm_rates;
    room public.llm_room;
BEGIN
    rates := '{}';
    FOR lim IN SELECT * FROM public.llm_rate_limits(p_counts_operation) LOOP
        rate := public.llm_rate_lock(lim.subject, lim.kind, lim.width);
        rates := rates || rate;
        room := public.llm_rate_room(
            rate.starts_at, lim.width, rate.last_requests, rate.requests, 1, lim.requests);
        requests := public.llm_room_tighter(requests, room);
        IF lim.kind = 'operations' THEN
            operations := room;
        END IF;
        tokens := public.llm_room_tighter(tokens, public.llm_rate_room(
            rate.starts_at, lim.width, rate.last_tokens, rate.tokens, p_tokens, lim.tokens));
    END LOOP;
END
$$;

CREATE FUNCTION public.llm_rates_take(p_rates public.llm_rates[], p_tokens bigint) RETURNS void
LANGUAGE sql SET search_path = '' AS $$
    UPDATE public.llm_rates AS r
    SET starts_at = n.starts_at, requests = n.requests + 1, tokens = n.tokens + p_tokens,
        last_requests = n.last_requests, last_tokens = n.last_tokens
    FROM unnest(p_rates) AS n WHERE r.subject_id = n.subject_id AND r.kind = n.kind
$$;

-- The windows of money that now is in, of every budget the caller is under, locked; new ones are made. One's own
-- budget for a period comes before the one that everybody has.
CREATE FUNCTION public.llm_spend_lock() RETURNS TABLE (
    id bigint, cap_nano bigint, used_nano bigint, ends_at timestamptz
)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    who record;
    budget record;
    start timestamptz;
BEGIN
    SELECT * INTO who FROM public.llm_who();
    FOR budget IN
        SELECT DISTINCT ON (s.rank, b.period) b.id, b.period, b.cap_nano AS cap, s.subject
        FROM (VALUES (1, 'key', who.family), (2, 'user', who.usr), (3, 'tenant', who.tenant),
            (4, 'global', '00000000-0000-0000-0000-000000000000'::uuid)) AS s (rank, scope, subject)
        JOIN public.llm_budgets AS b ON b.scope = s.scope AND (b.scope_id = s.subject OR b.scope_id IS NULL)
        WHERE s.subject IS NOT NULL
        ORDER BY s.rank, b.period, b.scope_id NULLS LAST
    LOOP
        start := CASE budget.period WHEN 'total' THEN '-infinity' ELSE date_trunc(budget.period, now(), 'UTC') END;
        LOOP
            SELECT w.id, w.settled_nano + w.held_nano, w.ends_at INTO id, used_nano, ends_at
            FROM public.llm_spend AS w
            WHERE w.budget_id = budget.id AND w.subject_id = budget.subject AND w.starts_at = start
            FOR UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO public.llm_spend (budget_id, subject_id, starts_at, ends_at) VALUES (
                budget.id, budget.subject, start,
                CASE budget.period WHEN 'total' THEN 'infinity'
                    ELSE (start AT TIME ZONE 'UTC' + ('1 ' || budget.period)::interval) AT TIME ZONE 'UTC' END
            ) ON CONFLICT DO NOTHING;
        END LOOP;
        cap_nano := budget.cap;
        RETURN NEXT;
    END LOOP;
END
$$;

-- All of them with what they leave, and their ids in the order of the locks.
CREATE FUNCTION public.llm_spend_look(p_cost_nano bigint, OUT window_ids bigint[], OUT budget public.llm_room)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    spend record;
BEGIN
    window_ids := '{}';
    FOR spend IN SELECT * FROM public.llm_spend_lock() LOOP
        window_ids := window_ids || spend.id;
        budget := public.llm_room_tighter(budget, (
            spend.cap_nano, spend.cap_nano - spend.used_nano - p_cost_nano, NULLIF(spend.ends_at, 'infinity')
        )::public.llm_room);
    END LOOP;
END
$$;

-- Counts one hold that is due as spent, if nobody has its windows locked just now. The sum of settled and held
-- stays as it is.
CREATE FUNCTION public.llm_hold_book(p_hold public.llm_holds) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    locked bigint;
BEGIN
    SELECT count(*) INTO locked FROM (
        SELECT FROM public.llm_spend WHERE id = ANY (p_hold.window_ids) FOR UPDATE SKIP LOCKED
    ) AS w;
    IF locked < (SELECT count(*) FROM public.llm_spend WHERE id = ANY (p_hold.window_ids)) THEN
        RETURN;
    END IF;
    UPDATE public.llm_spend
    SET held_nano = held_nano - p_hold.amount_nano, settled_nano = settled_nano + p_hold.amount_nano
    WHERE id = ANY (p_hold.window_ids);
    UPDATE public.llm_holds
    SET state = CASE state WHEN 'held' THEN 'orphan' ELSE 'booked' END, due_at = now() + '1 day'::interval
    WHERE tenant_id = p_hold.tenant_id AND call_id = p_hold.call_id;
    -- The attempts of an `unknown` one have their rows already.
    INSERT INTO public.ai_request_logs (
        tenant_id, user_id, key_id, call_id, attempt, operation, alias, model, function, cost_nanodollars,
        unsettled, success, failure, error_message
    )
    SELECT p_hold.tenant_id, p_hold.user_id, p_hold.key_id, p_hold.call_id, 0, 'general', p_hold.alias,
        p_hold.alias, p_hold.function, p_hold.amount_nano, true, false, 'orphaned',
        'orphaned: nobody came back from this call'
    WHERE p_hold.state = 'held'
    ON CONFLICT DO NOTHING;
END
$$;

-- With owner rights, since the time of everybody's holds runs out: a few that are due, each time. Rows that
-- somebody has locked are left for the next, so this waits for nobody.
CREATE FUNCTION public.llm_sweep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    hold public.llm_holds;
BEGIN
    FOR hold IN
        SELECT * FROM public.llm_holds WHERE due_at <= now() ORDER BY due_at LIMIT 8 FOR UPDATE SKIP LOCKED
    LOOP
        IF hold.state IN ('booked', 'orphan') THEN
            DELETE FROM public.llm_holds WHERE tenant_id = hold.tenant_id AND call_id = hold.call_id;
        ELSE
            PERFORM public.llm_hold_book(hold);
        END IF;
    END LOOP;
    -- What is only old can wait: every fiftieth call clears a little of it away.
    IF random() < 0.02 THEN
        DELETE FROM public.llm_cache WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_cache WHERE expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED));
        DELETE FROM public.llm_replays WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_replays WHERE expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED));
        DELETE FROM public.llm_spend WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_spend WHERE ends_at <= now() - '40 days'::interval AND held_nano = 0
            LIMIT 100 FOR UPDATE SKIP LOCKED));
    END IF;
END
$$;

-- `verdict`: admitted, cached, replay; or unauthenticated, suspended, model_not_allowed, key_reused, in_flight,
-- rate_limited, budget, and then nothing was taken. `resting`: targets, and until when in Unix milliseconds.
CREATE FUNCTION public.llm_admit(
    p_call_id uuid, p_alias text, p_function text, p_counts_operation boolean, p_cost_nano bigint, p_tokens bigint,
    p_hold_ms bigint, p_cache_digest bytea, p_idempotency_key text, p_request_digest bytea,
    OUT verdict text, OUT answer public.llm_answer, OUT requests public.llm_room, OUT tokens public.llm_room,
    OUT operations public.llm_room, OUT budget public.llm_room, OUT resting text[], OUT resting_until_ms text[]
)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    who record;
    found_answer record;
    rate record;
    spend record;
    hold_until timestamptz := now() + p_hold_ms * '1 millisecond'::interval;
    tokens_taken bigint := p_tokens;
BEGIN
    -- No wait for the disk: a server that crashes forgets the holds of its last moments (three times
    -- wal_writer_delay, 0.6 s), and llm_settle counts what those calls cost all the same. With the wait, the lock
    -- on a budget that all share would last as long as the disk takes.
    PERFORM set_config('synchronous_commit', 'off', true);
    resting := '{}';
    resting_until_ms := '{}';
    SELECT * INTO who FROM public.llm_who();
    IF who.tenant IS NULL OR p_cost_nano < 0 OR p_tokens < 0 THEN
        RAISE EXCEPTION 'no tenant in the claims, or less than nothing asked for'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    verdict := public.llm_caller_refused(p_alias, p_cost_nano);
    IF verdict IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT * INTO found_answer
    FROM public.llm_answer_find(p_cache_digest, p_idempotency_key, p_request_digest);
    IF found_answer.verdict IN ('key_reused', 'in_flight') THEN
        verdict := found_answer.verdict;
        RETURN;
    ELSIF found_answer.verdict IS NOT NULL THEN
        tokens_taken := 0; -- it is a request all the same
    END IF;

    SELECT * INTO rate FROM public.llm_rates_look(tokens_taken, p_counts_operation);
    requests := rate.requests;
    tokens := rate.tokens;
    operations := rate.operations;
    IF LEAST(requests.remaining, tokens.remaining) < 0 THEN
        verdict := 'rate_limited';
    ELSIF found_answer.verdict IS NULL THEN
        SELECT * INTO spend FROM public.llm_spend_look(p_cost_nano);
        budget := spend.budget;
        verdict := CASE WHEN budget.remaining < 0 THEN 'budget' ELSE 'admitted' END;
    ELSE
        verdict := found_answer.verdict;
        answer := found_answer.answer;
    END IF;

    IF verdict IN ('admitted', 'cached', 'replay') THEN
        PERFORM public.llm_rates_take(rate.rates, tokens_taken);
    END IF;
    IF verdict = 'admitted' THEN
        UPDATE public.llm_spend SET held_nano = held_nano + p_cost_nano WHERE id = ANY (spend.window_ids);
        INSERT INTO public.llm_holds (
            tenant_id, call_id, user_id, key_id, alias, function, amount_nano, tokens, window_ids, due_at
        ) VALUES (
            who.tenant, p_call_id, who.usr, who.key, p_alias, p_function, p_cost_nano, p_tokens,
            spend.window_ids, hold_until
        );
    END IF;
    IF p_idempotency_key <> '' AND verdict IN ('admitted', 'cached') THEN
        PERFORM public.llm_answer_claim(p_call_id, p_idempotency_key, p_request_digest,
            CASE verdict WHEN 'admitted' THEN hold_until ELSE now() + s.replay_lifetime END, answer)
        FROM public.llm_settings AS s;
    END IF;
    IF verdict = 'admitted' THEN
        SELECT COALESCE(array_agg(c.target ORDER BY c.target), '{}'),
            COALESCE(array_agg(ceil(EXTRACT(epoch FROM c.rests_until) * 1000)::text ORDER BY c.target), '{}')
        INTO resting, resting_until_ms
        FROM (
            SELECT k.target, k.rests_until FROM public.llm_cooldowns AS k
            WHERE k.rests_until > now() ORDER BY k.rests_until DESC LIMIT 16
        ) AS c;
    END IF;
    PERFORM public.llm_sweep();
END
$$;

-- All of these are the gateway's alone, and nobody's by default.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN
        SELECT p.oid FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
            'llm_room_tighter', 'llm_caller_refused', 'llm_answer_find', 'llm_answer_claim', 'llm_rate_limits',
            'llm_rate_lock', 'llm_rate_room', 'llm_rates_look', 'llm_rates_take', 'llm_spend_lock',
            'llm_spend_look', 'llm_hold_book', 'llm_sweep', 'llm_admit')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated, service_role', f);
        -- llm_hold_book is llm_sweep's, which runs as the owner
        IF f::text NOT LIKE '%llm_hold_book(%' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_gateway', f);
        END IF;
    END LOOP;
END
$$;
