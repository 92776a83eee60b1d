-- Calls of keys that say so (llm_keys.logs_content), whole: prompt, providers' bytes, answer. Nobody but the owner and
-- service_role reads them, and the gateway adds them through a function alone, which asks the key once more. They go
-- with their key, tenant or user, and after a month.
CREATE TABLE public.llm_recordings (
    tenant_id uuid NOT NULL REFERENCES public.llm_tenants ON DELETE CASCADE,
    call_id uuid NOT NULL,
    key_id uuid NOT NULL REFERENCES public.llm_keys ON DELETE CASCADE,
    user_id uuid REFERENCES public.users ON DELETE CASCADE,
    request_sha256 text NOT NULL CHECK (request_sha256 ~ '^[0-9a-f]{64}$'),
    price_version text NOT NULL CHECK (length(price_version) BETWEEN 1 AND 200),
    document text NOT NULL CHECK (octet_length(document) BETWEEN 1 AND 25165824), -- shared/llm/watch/record.h
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
    PRIMARY KEY (tenant_id, call_id)
);
CREATE INDEX llm_recordings_call_id ON public.llm_recordings (call_id);
CREATE INDEX llm_recordings_key_id ON public.llm_recordings (key_id);
CREATE INDEX llm_recordings_user_id ON public.llm_recordings (user_id);
CREATE INDEX llm_recordings_request_sha256 ON public.llm_recordings (request_sha256);
CREATE INDEX llm_recordings_expires_at ON public.llm_recordings (expires_at);

ALTER TABLE public.llm_recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_recordings FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.llm_recordings FROM PUBLIC, anon, authenticated;
GRANT SELECT, DELETE ON public.llm_recordings TO service_role;

-- True if it was kept: the caller is a key that is logged, and the call is not there yet. Clears away what has expired.
CREATE FUNCTION public.llm_recording_put(
    p_call_id uuid, p_request_sha256 text, p_price_version text, p_document text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM public.llm_recordings WHERE (tenant_id, call_id) IN (
        SELECT r.tenant_id, r.call_id FROM public.llm_recordings AS r WHERE r.expires_at <= now() LIMIT 100
        FOR UPDATE SKIP LOCKED);
    INSERT INTO public.llm_recordings (
        tenant_id, call_id, key_id, user_id, request_sha256, price_version, document
    )
    SELECT k.tenant_id, p_call_id, k.id, k.user_id, p_request_sha256, p_price_version, p_document
    FROM public.llm_who() AS w JOIN public.llm_keys AS k ON k.id = w.key AND k.tenant_id = w.tenant
    WHERE k.logs_content AND k.revoked_at IS NULL
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION public.llm_recording_put(uuid, text, text, text)
    FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION public.llm_recording_put(uuid, text, text, text) TO llm_gateway;
