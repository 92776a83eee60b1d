-- Answers that are given again, and targets that rest.

-- The digest is SHA-256 over everything an answer depends on, the tenant included; row security keeps tenants apart
-- once more.
CREATE TABLE public.llm_cache (
    tenant_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    content_type text NOT NULL CHECK (length(content_type) BETWEEN 1 AND 200),
    body text NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 1048576),
    cost_nano bigint NOT NULL CHECK (cost_nano >= 0), -- what it cost when it was made
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX llm_cache_expires_at ON public.llm_cache (expires_at);

-- One row an Idempotency-Key, of one user or key: without a body its call is under way.
CREATE TABLE public.llm_replays (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL, -- the user, or the key's family
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
    call_id uuid NOT NULL,
    content_type text CHECK (length(content_type) BETWEEN 1 AND 200),
    body text CHECK (octet_length(body) BETWEEN 1 AND 1048576),
    cost_nano bigint NOT NULL DEFAULT 0 CHECK (cost_nano >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject_id, idempotency_key),
    CHECK ((content_type IS NULL) = (body IS NULL))
);
CREATE INDEX llm_replays_expires_at ON public.llm_replays (expires_at);

-- A provider's model that failed: it rests until `rests_until`, for all tenants, since it is one account of ours.
CREATE TABLE public.llm_cooldowns (
    target text PRIMARY KEY CHECK (length(target) BETWEEN 1 AND 300),
    rests_until timestamptz NOT NULL DEFAULT '-infinity',
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0), -- in a row
    failed_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE public.llm_cache ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_cache FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_replays ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_replays FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_cooldowns ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_cooldowns FORCE ROW LEVEL SECURITY;

CREATE POLICY llm_cache_own ON public.llm_cache
    FOR ALL TO llm_gateway USING (tenant_id = (SELECT public.llm_tenant()));
CREATE POLICY llm_replays_own ON public.llm_replays
    FOR ALL TO llm_gateway
    USING (tenant_id = (SELECT public.llm_tenant()) AND subject_id = ANY ((SELECT public.llm_subjects())::uuid[]));
CREATE POLICY llm_cooldowns_shared ON public.llm_cooldowns FOR ALL TO llm_gateway USING (true);

REVOKE ALL ON public.llm_cache, public.llm_replays, public.llm_cooldowns FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE ON public.llm_cache, public.llm_cooldowns TO llm_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.llm_replays TO llm_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.llm_cache, public.llm_replays, public.llm_cooldowns TO service_role;
