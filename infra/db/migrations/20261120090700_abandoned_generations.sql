-- A process that dies before it closes its log row (a crash, a timeout, the database away) leaves the row
-- 'started'. The same user's next generation closes it, so that monitoring counts it as what it was. Nothing
-- that lives is hit: Lambda ends an invocation after 15 minutes at most. Two at once part the rows between
-- them instead of waiting for each other.
CREATE OR REPLACE FUNCTION public.generation_start(p_generation_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    caller uuid := public.caller_require();
BEGIN
    UPDATE public.plan_generation_logs
    SET status = 'failed', completed_at = pg_catalog.now(), error_message = 'abandoned: its process ended'
    WHERE id IN (
        SELECT l.id FROM public.plan_generation_logs AS l
        WHERE l.user_id = caller AND l.status = 'started'
            AND l.started_at < pg_catalog.now() - '15 minutes'::interval
        FOR UPDATE SKIP LOCKED
    );
    INSERT INTO public.plan_generation_logs (user_id, generation_id) VALUES (caller, p_generation_id);
END
$$;
