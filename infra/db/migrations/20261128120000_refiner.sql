-- The refiner: one row a refinement, and what happened to it, in order. Rows are written through functions only, so
-- that nobody forges what counts against him or what others are told; whoever owns a row reads it.
-- A user is whoever a token says: DreamCut's users need no row in public.users.
CREATE TABLE public.dreamcut_refiner_settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    per_minute integer NOT NULL DEFAULT 60 CHECK (per_minute >= 0),
    per_hour integer NOT NULL DEFAULT 600 CHECK (per_hour >= 0),
    cache_hours integer NOT NULL DEFAULT 168 CHECK (cache_hours >= 0)
);
INSERT INTO public.dreamcut_refiner_settings DEFAULT VALUES;

CREATE TABLE public.dreamcut_refiner (
    id text PRIMARY KEY CHECK (id ~ '^ref_[0-9a-z]{6,16}_[0-9a-z]{6}$'),
    user_id uuid NOT NULL,
    analyzer_id text CHECK (length(analyzer_id) <= 200),
    -- SHA-256 of what a model is shown: equal ones have equal answers.
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    prompt_version text NOT NULL CHECK (length(prompt_version) BETWEEN 1 AND 100),
    status text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'complete', 'failed')),
    -- The whole answer; while it is processed, the one that stands without a model.
    payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    degraded boolean NOT NULL DEFAULT true,
    model_used text NOT NULL DEFAULT 'none' CHECK (length(model_used) BETWEEN 1 AND 200),
    processing_time_ms integer NOT NULL DEFAULT 0 CHECK (processing_time_ms >= 0),
    retry_count integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    cost_nano bigint NOT NULL DEFAULT 0 CHECK (cost_nano >= 0),
    template_used text CHECK (length(template_used) <= 100),
    asset_mix text[] NOT NULL DEFAULT '{}',
    complexity text CHECK (complexity IN ('simple', 'moderate', 'complex')),
    creative_profile text CHECK (length(creative_profile) <= 100),
    profile_detection jsonb,
    detected_language text CHECK (length(detected_language) <= 100),
    language_code text CHECK (length(language_code) <= 16),
    language_confidence real CHECK (language_confidence BETWEEN 0 AND 1),
    language_detected_by text CHECK (length(language_detected_by) <= 100),
    is_language_reliable boolean,
    event_count integer NOT NULL DEFAULT 0 CHECK (event_count >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dreamcut_refiner_user_id ON public.dreamcut_refiner (user_id, created_at DESC);
CREATE INDEX dreamcut_refiner_content_hash ON public.dreamcut_refiner (user_id, content_hash, created_at DESC);
CREATE INDEX dreamcut_refiner_analyzer_id ON public.dreamcut_refiner (analyzer_id);
CREATE INDEX dreamcut_refiner_created_at ON public.dreamcut_refiner (created_at DESC);
CREATE INDEX dreamcut_refiner_model_used ON public.dreamcut_refiner (model_used);
CREATE INDEX dreamcut_refiner_template_used ON public.dreamcut_refiner (template_used);
CREATE INDEX dreamcut_refiner_complexity ON public.dreamcut_refiner (complexity);
CREATE INDEX dreamcut_refiner_creative_profile ON public.dreamcut_refiner (creative_profile);
CREATE INDEX dreamcut_refiner_language_code ON public.dreamcut_refiner (language_code);
CREATE INDEX dreamcut_refiner_payload ON public.dreamcut_refiner USING gin (payload);
CREATE INDEX dreamcut_refiner_asset_mix ON public.dreamcut_refiner USING gin (asset_mix);

-- The outbox: written in the transaction of what it tells, numbered without gaps, sent later (refiner_outbox_claim).
CREATE TABLE public.dreamcut_refiner_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refiner_id text NOT NULL REFERENCES public.dreamcut_refiner ON DELETE CASCADE,
    sequence integer NOT NULL CHECK (sequence >= 1),
    user_id uuid NOT NULL,
    type text NOT NULL CHECK (type IN ('processing', 'refined', 'error')),
    payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    claimed_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    published_at timestamptz,
    UNIQUE (refiner_id, sequence)
);
CREATE INDEX dreamcut_refiner_events_unpublished ON public.dreamcut_refiner_events (id) WHERE published_at IS NULL;

CREATE FUNCTION public.dreamcut_refiner_touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.updated_at := pg_catalog.now();
    RETURN NEW;
END
$$;
CREATE TRIGGER dreamcut_refiner_updated_at BEFORE UPDATE ON public.dreamcut_refiner
    FOR EACH ROW EXECUTE FUNCTION public.dreamcut_refiner_touch();

ALTER TABLE public.dreamcut_refiner_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.dreamcut_refiner_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE public.dreamcut_refiner ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.dreamcut_refiner FORCE ROW LEVEL SECURITY;
ALTER TABLE public.dreamcut_refiner_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.dreamcut_refiner_events FORCE ROW LEVEL SECURITY;

CREATE POLICY dreamcut_refiner_own ON public.dreamcut_refiner
    FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY dreamcut_refiner_events_own ON public.dreamcut_refiner_events
    FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));

REVOKE ALL ON public.dreamcut_refiner_settings, public.dreamcut_refiner, public.dreamcut_refiner_events
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.dreamcut_refiner, public.dreamcut_refiner_events TO authenticated;
GRANT SELECT, UPDATE ON public.dreamcut_refiner_settings TO service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.dreamcut_refiner, public.dreamcut_refiner_events TO service_role;

-- Appends to a refinement's events; the row's lock keeps the numbers without gaps.
CREATE FUNCTION public.refiner_event_add(p_id text, p_type text, p_payload jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH numbered AS (
        UPDATE public.dreamcut_refiner SET event_count = event_count + 1 WHERE id = p_id
        RETURNING id, user_id, event_count
    )
    INSERT INTO public.dreamcut_refiner_events (refiner_id, sequence, user_id, type, payload)
    SELECT id, event_count, user_id, p_type, p_payload FROM numbered
$$;

-- A user's next refinement closes those whose process died: Lambda ends an invocation after 15 minutes at most.
CREATE FUNCTION public.refiner_abandoned_close(p_user uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    abandoned text;
BEGIN
    FOR abandoned IN
        UPDATE public.dreamcut_refiner SET status = 'failed' WHERE id IN (
            SELECT r.id FROM public.dreamcut_refiner AS r
            WHERE r.user_id = p_user AND r.status = 'processing'
                AND r.created_at < pg_catalog.now() - '15 minutes'::interval
            FOR UPDATE SKIP LOCKED)
        RETURNING id
    LOOP
        PERFORM public.refiner_event_add(abandoned, 'error',
            pg_catalog.jsonb_build_object('refinerId', abandoned, 'reason', 'abandoned'));
    END LOOP;
END
$$;

-- After how many seconds one more of `p_most` fits into `p_window`; 0: now.
CREATE FUNCTION public.refiner_wait_s(p_user uuid, p_most integer, p_window interval) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT CASE
        WHEN p_most = 0 THEN extract(epoch FROM p_window)::integer
        ELSE COALESCE((
            SELECT GREATEST(1, ceil(extract(epoch FROM r.created_at + p_window - pg_catalog.now())))::integer
            FROM public.dreamcut_refiner AS r
            WHERE r.user_id = p_user AND r.created_at > pg_catalog.now() - p_window
            ORDER BY r.created_at DESC OFFSET p_most - 1 LIMIT 1), 0)
    END
$$;

-- Begins a refinement of the caller's, or says why not. One at a time of a user, so that no race passes a limit.
--   hit     an answer to the same content is there: its id and payload
--   begun   the row stands, with its first event
--   limited too many of late: wait_s
--   taken   the id is another refinement's
CREATE FUNCTION public.refiner_begin(
    p_id text, p_hash bytea, p_row jsonb, p_payload jsonb, p_event jsonb, p_use_cache boolean,
    OUT outcome text, OUT id text, OUT payload text, OUT wait_s integer
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    caller uuid := public.caller_require();
    settings public.dreamcut_refiner_settings;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('refiner ' || caller, 0));
    SELECT * INTO settings FROM public.dreamcut_refiner_settings;
    wait_s := 0;
    IF p_use_cache THEN
        SELECT r.id, r.payload::text INTO id, payload FROM public.dreamcut_refiner AS r
        WHERE r.user_id = caller AND r.content_hash = p_hash AND r.status = 'complete' AND NOT r.degraded
            AND r.created_at > pg_catalog.now() - pg_catalog.make_interval(hours => settings.cache_hours)
        ORDER BY r.created_at DESC LIMIT 1;
        IF FOUND THEN
            outcome := 'hit';
            RETURN;
        END IF;
    END IF;
    wait_s := GREATEST(public.refiner_wait_s(caller, settings.per_minute, '1 minute'),
                       public.refiner_wait_s(caller, settings.per_hour, '1 hour'));
    IF wait_s > 0 THEN
        outcome := 'limited';
        RETURN;
    END IF;
    PERFORM public.refiner_abandoned_close(caller);
    INSERT INTO public.dreamcut_refiner (
        id, user_id, content_hash, payload, analyzer_id, prompt_version, template_used, asset_mix, complexity,
        creative_profile, profile_detection, detected_language, language_code, language_confidence,
        language_detected_by, is_language_reliable
    )
    SELECT p_id, caller, p_hash, p_payload, n.analyzer_id, n.prompt_version, n.template_used, n.asset_mix,
        n.complexity, n.creative_profile, n.profile_detection, n.detected_language, n.language_code,
        n.language_confidence, n.language_detected_by, n.is_language_reliable
    FROM pg_catalog.jsonb_to_record(p_row) AS n (
        analyzer_id text, prompt_version text, template_used text, asset_mix text[], complexity text,
        creative_profile text, profile_detection jsonb, detected_language text, language_code text,
        language_confidence real, language_detected_by text, is_language_reliable boolean)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'taken';
        RETURN;
    END IF;
    PERFORM public.refiner_event_add(p_id, 'processing', p_event);
    outcome := 'begun';
    id := p_id;
END
$$;

-- Ends it, once, with the answer that its caller gets. False: it is not the caller's, or ended before.
CREATE FUNCTION public.refiner_finish(p_id text, p_row jsonb, p_payload jsonb, p_event jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.dreamcut_refiner AS r
    SET status = 'complete', payload = p_payload, degraded = n.degraded, model_used = n.model_used,
        processing_time_ms = n.processing_time_ms, retry_count = n.retry_count, cost_nano = n.cost_nano
    FROM pg_catalog.jsonb_to_record(p_row) AS n (
        degraded boolean, model_used text, processing_time_ms integer, retry_count integer, cost_nano bigint)
    WHERE r.id = p_id AND r.user_id = public.caller_require() AND r.status = 'processing';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM public.refiner_event_add(p_id, 'refined', p_event);
    RETURN true;
END
$$;

-- Takes events that nobody was told of yet, oldest first, for half a minute; older than an hour, they are no news.
CREATE FUNCTION public.refiner_outbox_claim(p_most integer)
RETURNS TABLE (id bigint, refiner_id text, sequence integer, user_id uuid, type text, payload text)
LANGUAGE sql SET search_path = '' AS $$
    WITH taken AS (
        UPDATE public.dreamcut_refiner_events AS e
        SET claimed_at = pg_catalog.now(), attempts = e.attempts + 1
        WHERE e.id IN (
            SELECT w.id FROM public.dreamcut_refiner_events AS w
            WHERE w.published_at IS NULL AND w.attempts < 10
                AND w.created_at > pg_catalog.now() - '1 hour'::interval
                AND (w.claimed_at IS NULL OR w.claimed_at < pg_catalog.now() - '30 seconds'::interval)
            ORDER BY w.id LIMIT LEAST(GREATEST(p_most, 0), 100) FOR UPDATE SKIP LOCKED)
        RETURNING e.id, e.refiner_id, e.sequence, e.user_id, e.type, e.payload::text AS payload
    )
    SELECT * FROM taken ORDER BY id
$$;

CREATE FUNCTION public.refiner_outbox_done(p_ids bigint[]) RETURNS void
LANGUAGE sql SET search_path = '' AS $$
    UPDATE public.dreamcut_refiner_events SET published_at = pg_catalog.now() WHERE id = ANY (p_ids)
$$;

-- ---- what users ask ----

CREATE VIEW public.dreamcut_refiner_with_user WITH (security_invoker = true) AS
SELECT r.*,
    r.payload #>> '{user_request,original_prompt}' AS original_prompt,
    r.payload #>> '{user_request,intent}' AS intent,
    (r.payload #>> '{quality_metrics,overall_confidence}')::double precision AS overall_confidence,
    r.payload #>> '{quality_metrics,completion_status}' AS completion_status
FROM public.dreamcut_refiner AS r;

-- The caller's own, newest first; at most 100.
CREATE FUNCTION public.get_user_refiner_results(p_limit integer DEFAULT 10) RETURNS SETOF public.dreamcut_refiner
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT * FROM public.dreamcut_refiner WHERE user_id = auth.uid()
    ORDER BY created_at DESC, id LIMIT LEAST(GREATEST(p_limit, 0), 100)
$$;

CREATE FUNCTION public.refiner_counts(p_words text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT COALESCE(pg_catalog.jsonb_object_agg(c.word, c.count), '{}')
    FROM (SELECT w AS word, count(*) FROM pg_catalog.unnest(p_words) AS w WHERE w IS NOT NULL GROUP BY w) AS c
$$;

-- Of the caller's own rows; one row, also where there are none.
CREATE FUNCTION public.get_refiner_stats()
RETURNS TABLE (
    total_refinements bigint, claude_count bigint, gpt_count bigint, avg_processing_time numeric,
    success_rate numeric, template_usage jsonb, complexity_distribution jsonb, asset_mix_distribution jsonb
)
LANGUAGE sql STABLE SET search_path = '' AS $$
    WITH own AS (SELECT * FROM public.dreamcut_refiner WHERE user_id = auth.uid() AND status <> 'processing')
    SELECT count(*), count(*) FILTER (WHERE model_used LIKE '%claude%'),
        count(*) FILTER (WHERE model_used LIKE '%gpt%'),
        COALESCE(round(avg(processing_time_ms), 2), 0),
        COALESCE(round(100.0 * count(*) FILTER (
            WHERE status = 'complete' AND payload #>> '{quality_metrics,completion_status}' = 'complete')
            / NULLIF(count(*), 0), 2), 0),
        public.refiner_counts(pg_catalog.array_agg(template_used)),
        public.refiner_counts(pg_catalog.array_agg(complexity)),
        public.refiner_counts((SELECT pg_catalog.array_agg(m) FROM own AS o, pg_catalog.unnest(o.asset_mix) AS m))
    FROM own
$$;

-- For operators alone: what is older goes, its events with it. Returns how many.
CREATE FUNCTION public.cleanup_old_refiner_results(p_days integer DEFAULT 30) RETURNS bigint
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    gone bigint;
BEGIN
    IF p_days IS NULL OR p_days < 1 THEN
        RAISE EXCEPTION 'days: at least 1, not %', p_days USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM public.dreamcut_refiner WHERE created_at < pg_catalog.now() - pg_catalog.make_interval(days => p_days);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

REVOKE ALL ON public.dreamcut_refiner_with_user FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.dreamcut_refiner_with_user TO authenticated, service_role;
REVOKE ALL ON FUNCTION public.dreamcut_refiner_touch(), public.refiner_event_add(text, text, jsonb),
    public.refiner_abandoned_close(uuid), public.refiner_wait_s(uuid, integer, interval),
    public.refiner_begin(text, bytea, jsonb, jsonb, jsonb, boolean),
    public.refiner_finish(text, jsonb, jsonb, jsonb), public.refiner_outbox_claim(integer),
    public.refiner_outbox_done(bigint[]), public.get_user_refiner_results(integer), public.refiner_counts(text[]),
    public.get_refiner_stats(), public.cleanup_old_refiner_results(integer)
    FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION public.refiner_begin(text, bytea, jsonb, jsonb, jsonb, boolean),
    public.refiner_finish(text, jsonb, jsonb, jsonb), public.get_user_refiner_results(integer),
    public.refiner_counts(text[]), public.get_refiner_stats() TO authenticated;
GRANT EXECUTE ON FUNCTION public.refiner_outbox_claim(integer), public.refiner_outbox_done(bigint[]),
    public.cleanup_old_refiner_results(integer) TO service_role;
