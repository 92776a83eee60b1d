-- llm_admit: what is asked of the database before a model is. One statement, all or nothing.
--
-- Locks are taken in one order by everybody: the Idempotency-Key (advisory), rates (key, user, tenant, operations),
-- windows of money (key, user, tenant, global; by period), then rows of one's own. Only llm_sweep, at the end, is
-- out of order, and it never waits.
--
-- It runs a thousand times a second, so: PL/pgSQL, whose plans are kept, and assignments where a query would do the
-- same. The functions run with the rights of the caller, who is llm_gateway, and name every relation in full; a
-- search_path of their own, which costs more than most of their statements, would protect nobody.

-- A limit as it stands after this call: `remaining` below 0 means that the call does not fit. Without a limit all
-- three are NULL; `resets_at` NULL means never.
CREATE TYPE public.llm_room AS (cap bigint, remaining bigint, resets_at timestamptz);

-- Of two limits the one to tell the caller about: the tighter; of two that refuse, the one that does so longer.
CREATE FUNCTION public.llm_room_tighter(a public.llm_room, b public.llm_room) RETURNS public.llm_room
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF a.cap IS NULL THEN
        RETURN b;
    ELSIF b.cap IS NULL THEN
        RETURN a;
    ELSIF a.remaining < 0 AND b.remaining < 0 THEN
        RETURN CASE WHEN COALESCE(b.resets_at, 'infinity') > COALESCE(a.resets_at, 'infinity') THEN b ELSE a END;
    END IF;
    RETURN CASE WHEN b.remaining < a.remaining THEN b ELSE a END;
END
$$;

-- Who calls and what holds for them. `refused`: why they may not ask for this model at all. The key is looked at
-- again on each call, so that a revoked one ends at once, whatever an instance remembers.
CREATE TYPE public.llm_terms AS (
    tenant uuid, usr uuid, key uuid, family uuid, refused text, key_rpm bigint, key_tpm bigint, user_rpm bigint,
    user_tpm bigint, tenant_rpm bigint, tenant_tpm bigint, operations_per_hour bigint, replay_lifetime interval,
    waits_for_disk boolean
);
CREATE FUNCTION public.llm_terms_of(p_alias text, p_cost_nano bigint) RETURNS public.llm_terms
LANGUAGE plpgsql STABLE AS $$
DECLARE
    who record := public.llm_who();
    terms public.llm_terms;
BEGIN
    SELECT who.tenant, who.usr, who.key, who.family,
        CASE
            WHEN t.suspended THEN 'suspended'
            WHEN who.key IS NULL THEN NULL
            WHEN k.id IS NULL THEN 'unauthenticated'
            WHEN (cardinality(k.models) > 0 AND NOT p_alias = ANY (k.models))
                OR (k.role = 'reader' AND p_cost_nano > 0) THEN 'model_not_allowed'
        END,
        k.rpm, k.tpm, s.user_rpm, s.user_tpm, t.rpm, t.tpm, s.operations_per_hour, s.replay_lifetime,
        s.waits_for_disk
    INTO terms
    FROM public.llm_settings AS s
    LEFT JOIN public.llm_tenants AS t ON t.id = who.tenant
    LEFT JOIN public.llm_keys AS k
        ON k.id = who.key AND k.revoked_at IS NULL AND COALESCE(k.expires_at > now(), true);
    RETURN terms;
END
$$;

CREATE TYPE public.llm_answer AS (content_type text, body text, cost_nano bigint, created_at timestamptz);

-- Was it answered before? `verdict`: replay, cached, key_reused, in_flight; NULL: no. Of two with one
-- Idempotency-Key that come at once, the second waits here for the first one's claim.
CREATE FUNCTION public.llm_answer_find(
    p_terms public.llm_terms, p_cache_digest bytea, p_idempotency_key text, p_request_digest bytea,
    OUT verdict text, OUT answer public.llm_answer
)
LANGUAGE plpgsql AS $$
DECLARE
    subject constant uuid := COALESCE(p_terms.family, p_terms.usr);
    stored record;
BEGIN
    IF p_idempotency_key <> '' THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(concat_ws(' ', 'llm', p_terms.tenant, subject, p_idempotency_key), 0));
        SELECT r.* INTO stored FROM public.llm_replays AS r
        WHERE r.tenant_id = p_terms.tenant AND r.subject_id = subject
            AND r.idempotency_key = p_idempotency_key AND r.expires_at > now();
        IF FOUND THEN
            verdict := CASE WHEN stored.request_digest <> p_request_digest THEN 'key_reused'
                WHEN stored.body IS NULL THEN 'in_flight' ELSE 'replay' END;
            answer := (stored.content_type, stored.body, stored.cost_nano, stored.created_at);
            RETURN;
        END IF;
    END IF;
    IF p_cache_digest IS NOT NULL THEN
        SELECT c.* INTO stored FROM public.llm_cache AS c
        WHERE c.tenant_id = p_terms.tenant AND c.digest = p_cache_digest AND c.expires_at > now();
        IF FOUND THEN
            verdict := 'cached';
            answer := (stored.content_type, stored.body, stored.cost_nano, stored.created_at);
        END IF;
    END IF;
END
$$;

-- Takes the Idempotency-Key for a call that begins, or stores a cached answer under it at once. What stood there
-- has expired: llm_answer_find looked, under the same lock.
CREATE FUNCTION public.llm_answer_claim(
    p_terms public.llm_terms, p_call_id uuid, p_idempotency_key text, p_request_digest bytea,
    p_expires_at timestamptz, p_answer public.llm_answer
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.llm_replays (
        tenant_id, subject_id, idempotency_key, request_digest, call_id, content_type, body, cost_nano, expires_at
    ) VALUES (
        p_terms.tenant, COALESCE(p_terms.family, p_terms.usr), p_idempotency_key, p_request_digest, p_call_id,
        p_answer.content_type, p_answer.body, COALESCE(p_answer.cost_nano, 0), p_expires_at
    ) ON CONFLICT (tenant_id, subject_id, idempotency_key) DO UPDATE SET
        request_digest = excluded.request_digest, call_id = excluded.call_id,
        content_type = excluded.content_type, body = excluded.body, cost_nano = excluded.cost_nano,
        created_at = now(), expires_at = excluded.expires_at;
END
$$;

-- The rates the caller may be under, in the order they are locked. The defaults are for users' tokens: a key that
-- has no limit has none.
CREATE TYPE public.llm_rate_limit AS (kind text, subject uuid, width interval, requests bigint, tokens bigint);
CREATE FUNCTION public.llm_rate_limits(p_terms public.llm_terms, p_counts_operation boolean)
RETURNS public.llm_rate_limit[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN ARRAY[
        ('key', p_terms.family, '1 minute', p_terms.key_rpm, p_terms.key_tpm),
        ('user', CASE WHEN p_terms.key IS NULL THEN p_terms.usr END, '1 minute', p_terms.user_rpm, p_terms.user_tpm),
        ('tenant', p_terms.tenant, '1 minute', p_terms.tenant_rpm, p_terms.tenant_tpm),
        ('operations', CASE WHEN p_counts_operation THEN COALESCE(p_terms.usr, p_terms.family) END, '1 hour',
            p_terms.operations_per_hour, NULL)
    ]::public.llm_rate_limit[];
END
$$;

-- One rate, locked, moved to the window that now is in; only a new row is written.
CREATE FUNCTION public.llm_rate_lock(p_subject uuid, p_kind text, p_width interval) RETURNS public.llm_rates
LANGUAGE plpgsql AS $$
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
LANGUAGE plpgsql STABLE AS $$
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
    p_limits public.llm_rate_limit[], p_tokens bigint, OUT rates public.llm_rates[],
    OUT requests public.llm_room, OUT tokens public.llm_room, OUT operations public.llm_room
)
LANGUAGE plpgsql AS $$
DECLARE
    lim public.llm_rate_limit;
    rate public.llm_rates;
    room public.llm_room;
BEGIN
    rates := '{}';
    FOREACH lim IN ARRAY p_limits LOOP
        CONTINUE WHEN lim.subject IS NULL OR (lim.requests IS NULL AND lim.tokens IS NULL);
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
LANGUAGE plpgsql AS $$
DECLARE
    rate public.llm_rates;
BEGIN
    FOREACH rate IN ARRAY p_rates LOOP
        UPDATE public.llm_rates
        SET starts_at = rate.starts_at, requests = rate.requests + 1, tokens = rate.tokens + p_tokens,
            last_requests = rate.last_requests, last_tokens = rate.last_tokens
        WHERE subject_id = rate.subject_id AND kind = rate.kind;
    END LOOP;
END
$$;

-- When a budget's window began, and when it ends.
CREATE FUNCTION public.llm_window_start(p_period text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE p_period WHEN 'total' THEN '-infinity' ELSE date_trunc(p_period, now(), 'UTC') END
$$;
CREATE FUNCTION public.llm_window_make(p_budget_id bigint, p_subject uuid, p_period text) RETURNS public.llm_spend
LANGUAGE plpgsql AS $$
DECLARE
    spend public.llm_spend;
    start constant timestamptz := public.llm_window_start(p_period);
BEGIN
    INSERT INTO public.llm_spend (budget_id, subject_id, starts_at, ends_at) VALUES (
        p_budget_id, p_subject, start, CASE p_period WHEN 'total' THEN 'infinity'
            ELSE (start AT TIME ZONE 'UTC' + ('1 ' || p_period)::interval) AT TIME ZONE 'UTC' END
    ) ON CONFLICT DO NOTHING;
    SELECT * INTO spend FROM public.llm_spend
    WHERE budget_id = p_budget_id AND subject_id = p_subject AND starts_at = start;
    RETURN spend;
END
$$;

-- The windows that now is in, of every budget the caller is under, in the order they are locked, and what the
-- tightest leaves; nothing is locked yet. One's own budget for a period comes before the one that everybody has.
CREATE FUNCTION public.llm_spend_look(
    p_terms public.llm_terms, p_cost_nano bigint,
    OUT window_ids bigint[], OUT caps_nano bigint[], OUT budget public.llm_room
)
LANGUAGE plpgsql AS $$
DECLARE
    lim record;
    spend public.llm_spend;
BEGIN
    window_ids := '{}';
    caps_nano := '{}';
    FOR lim IN
        SELECT DISTINCT ON (s.rank, b.period) b.id AS budget_id, b.period, b.cap_nano, s.subject, w.id,
            w.settled_nano, w.held_nano, w.ends_at
        FROM (VALUES (1, 'key', p_terms.family), (2, 'user', p_terms.usr), (3, 'tenant', p_terms.tenant),
            (4, 'global', '00000000-0000-0000-0000-000000000000'::uuid)) AS s (rank, scope, subject)
        JOIN public.llm_budgets AS b ON b.scope = s.scope AND (b.scope_id = s.subject OR b.scope_id IS NULL)
        LEFT JOIN public.llm_spend AS w ON w.budget_id = b.id AND w.subject_id = s.subject
            AND w.starts_at = public.llm_window_start(b.period)
        WHERE s.subject IS NOT NULL
        ORDER BY s.rank, b.period, b.scope_id NULLS LAST
    LOOP
        IF lim.id IS NULL THEN
            spend := public.llm_window_make(lim.budget_id, lim.subject, lim.period);
            lim.id := spend.id;
            lim.settled_nano := spend.settled_nano;
            lim.held_nano := spend.held_nano;
            lim.ends_at := spend.ends_at;
        END IF;
        window_ids := window_ids || lim.id;
        caps_nano := caps_nano || lim.cap_nano;
        budget := public.llm_room_tighter(budget, (
            lim.cap_nano, lim.cap_nano - lim.settled_nano - lim.held_nano - p_cost_nano,
            NULLIF(lim.ends_at, 'infinity'))::public.llm_room);
    END LOOP;
END
$$;

-- Holds it on all of them or on none. Each UPDATE waits for whoever has the row, and then looks at what they left.
CREATE FUNCTION public.llm_spend_hold(p_window_ids bigint[], p_caps_nano bigint[], p_cost_nano bigint)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(p_window_ids) LOOP
        UPDATE public.llm_spend SET held_nano = held_nano + p_cost_nano
        WHERE id = p_window_ids[i] AND settled_nano + held_nano <= p_caps_nano[i] - p_cost_nano;
        IF NOT FOUND THEN
            UPDATE public.llm_spend SET held_nano = held_nano - p_cost_nano WHERE id = ANY (p_window_ids[:i - 1]);
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$$;

-- Looks, and holds what fits: again, if others took in between what this call needs. What costs nothing fits a
-- budget that is overdrawn, too.
CREATE FUNCTION public.llm_spend_take(
    p_terms public.llm_terms, p_cost_nano bigint, OUT window_ids bigint[], OUT budget public.llm_room, OUT fits boolean
)
LANGUAGE plpgsql AS $$
DECLARE
    spend record;
BEGIN
    LOOP
        spend := public.llm_spend_look(p_terms, p_cost_nano);
        window_ids := spend.window_ids;
        budget := spend.budget;
        fits := p_cost_nano = 0 OR COALESCE(budget.remaining >= 0, true);
        EXIT WHEN NOT fits OR p_cost_nano = 0;
        EXIT WHEN public.llm_spend_hold(window_ids, spend.caps_nano, p_cost_nano);
    END LOOP;
END
$$;

-- Targets that rest, and until when in Unix milliseconds.
CREATE FUNCTION public.llm_resting(OUT targets text[], OUT until_ms bigint[]) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT COALESCE(array_agg(c.target), '{}'),
        COALESCE(array_agg(ceil(EXTRACT(epoch FROM c.rests_until) * 1000)::bigint), '{}')
    INTO targets, until_ms
    FROM (
        SELECT k.target, k.rests_until FROM public.llm_cooldowns AS k
        WHERE k.rests_until > now() ORDER BY k.rests_until DESC LIMIT 16
    ) AS c;
END
$$;

-- Counts one hold that is due as spent, if nobody has its windows locked just now. The sum of settled and held
-- stays as it is.
CREATE FUNCTION public.llm_hold_book(p_hold public.llm_holds) RETURNS void
LANGUAGE plpgsql AS $$
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

-- With owner rights, since the time of everybody's holds runs out: a few that are due, in every tenth admission.
-- Rows that somebody has locked are left for the next, so this waits for nobody.
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
    -- What is only old can wait longer.
    IF random() < 0.2 THEN
        DELETE FROM public.llm_cache WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_cache WHERE expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED));
        DELETE FROM public.llm_replays WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_replays WHERE expires_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED));
        DELETE FROM public.llm_rates WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_rates WHERE starts_at <= now() - '1 day'::interval
            LIMIT 100 FOR UPDATE SKIP LOCKED));
        DELETE FROM public.llm_spend WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM public.llm_spend WHERE ends_at <= now() - '40 days'::interval AND held_nano = 0
            LIMIT 100 FOR UPDATE SKIP LOCKED));
    END IF;
END
$$;

-- As numbers: the cap, what remains, when it resets in Unix milliseconds; -1 each where there is none.
CREATE FUNCTION public.llm_room_numbers(p_room public.llm_room) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_room.cap IS NULL THEN
        RETURN '{-1,-1,-1}';
    END IF;
    RETURN ARRAY[
        p_room.cap, p_room.remaining, COALESCE(floor(EXTRACT(epoch FROM p_room.resets_at) * 1000), -1)::bigint];
END
$$;

-- `verdict`: admitted, cached, replay; or unauthenticated, suspended, model_not_allowed, key_reused, in_flight,
-- rate_limited, budget, and then nothing was taken. `limits`: llm_room_numbers of requests, tokens, operations and
-- budget. `resting`: targets, and until when in Unix milliseconds.
CREATE FUNCTION public.llm_admit(
    p_call_id uuid, p_alias text, p_function text, p_counts_operation boolean, p_cost_nano bigint, p_tokens bigint,
    p_hold_ms bigint, p_cache_digest bytea, p_idempotency_key text, p_request_digest bytea,
    OUT verdict text, OUT content_type text, OUT body text, OUT answer_cost_nano bigint, OUT answered_ms bigint,
    OUT limits bigint[], OUT resting text[], OUT resting_until_ms bigint[]
)
LANGUAGE plpgsql AS $$
DECLARE
    terms constant public.llm_terms := public.llm_terms_of(p_alias, p_cost_nano);
    hold_until constant timestamptz := now() + p_hold_ms * '1 millisecond'::interval;
    stored record;
    answer public.llm_answer;
    rate record;
    spend record;
    asleep record;
    budget public.llm_room;
    tokens_taken bigint := p_tokens;
BEGIN
    IF NOT terms.waits_for_disk THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    content_type := '';
    body := '';
    answer_cost_nano := 0;
    answered_ms := 0;
    limits := '{-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1}';
    resting := '{}';
    resting_until_ms := '{}';
    IF terms.tenant IS NULL OR p_cost_nano < 0 OR p_tokens < 0 THEN
        RAISE EXCEPTION 'no tenant in the claims, or less than nothing asked for'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    verdict := terms.refused;
    IF verdict IS NOT NULL THEN
        RETURN;
    END IF;
    stored := public.llm_answer_find(terms, p_cache_digest, p_idempotency_key, p_request_digest);
    IF stored.verdict IN ('key_reused', 'in_flight') THEN
        verdict := stored.verdict;
        RETURN;
    ELSIF stored.verdict IS NOT NULL THEN
        tokens_taken := 0; -- it is a request all the same
    END IF;

    asleep := public.llm_resting(); -- what needs no lock comes before those that others wait for
    resting := asleep.targets;
    resting_until_ms := asleep.until_ms;
    rate := public.llm_rates_look(public.llm_rate_limits(terms, p_counts_operation), tokens_taken);
    IF LEAST((rate.requests).remaining, (rate.tokens).remaining) < 0 THEN
        verdict := 'rate_limited';
    ELSIF stored.verdict IS NULL THEN
        spend := public.llm_spend_take(terms, p_cost_nano);
        budget := spend.budget;
        verdict := CASE WHEN spend.fits THEN 'admitted' ELSE 'budget' END;
    ELSE
        verdict := stored.verdict;
        answer := stored.answer;
        content_type := answer.content_type;
        body := answer.body;
        answer_cost_nano := answer.cost_nano;
        answered_ms := floor(EXTRACT(epoch FROM answer.created_at) * 1000);
    END IF;
    limits := public.llm_room_numbers(rate.requests) || public.llm_room_numbers(rate.tokens)
        || public.llm_room_numbers(rate.operations) || public.llm_room_numbers(budget);

    IF verdict IN ('admitted', 'cached', 'replay') THEN
        PERFORM public.llm_rates_take(rate.rates, tokens_taken);
    END IF;
    IF p_idempotency_key <> '' AND verdict IN ('admitted', 'cached') THEN
        PERFORM public.llm_answer_claim(terms, p_call_id, p_idempotency_key, p_request_digest,
            CASE verdict WHEN 'admitted' THEN hold_until ELSE now() + terms.replay_lifetime END, answer);
    END IF;
    IF verdict = 'admitted' THEN
        INSERT INTO public.llm_holds (
            tenant_id, call_id, user_id, key_id, alias, function, amount_nano, tokens, window_ids, due_at
        ) VALUES (
            terms.tenant, p_call_id, terms.usr, terms.key, p_alias, p_function, p_cost_nano, p_tokens,
            spend.window_ids, hold_until
        );
    END IF;
    -- What is due keeps: it is spent or held, and the sum is the same.
    IF random() < 0.1 THEN
        PERFORM public.llm_sweep();
    END IF;
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
            'llm_room_tighter', 'llm_terms_of', 'llm_answer_find', 'llm_answer_claim', 'llm_rate_limits',
            'llm_rate_lock', 'llm_rate_room', 'llm_rates_look', 'llm_rates_take', 'llm_window_start',
            'llm_window_make',
            'llm_spend_look', 'llm_spend_hold', 'llm_spend_take', 'llm_resting', 'llm_hold_book', 'llm_sweep',
            'llm_room_numbers', 'llm_admit')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated, service_role', f);
        -- llm_hold_book is llm_sweep's, which runs as the owner
        IF f::text NOT LIKE '%llm_hold_book(%' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_gateway', f);
        END IF;
    END LOOP;
END
$$;
