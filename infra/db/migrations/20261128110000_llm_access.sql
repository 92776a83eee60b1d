-- Who may call models: tenants, virtual keys, and the role our gateway takes.
--
-- llm_gateway is a role of its own, so that money and stored answers are out of a user's reach: whoever holds a
-- user's token and talks to the database without us (PostgREST) may call none of the llm_ functions and read none
-- of the tables. It does not bypass row security: with one tenant's claims it sees that tenant's rows and no others,
-- whatever a query forgets.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'llm_gateway') THEN
        CREATE ROLE llm_gateway NOLOGIN NOINHERIT;
    END IF;
    IF NOT pg_has_role('authenticator', 'llm_gateway', 'MEMBER') THEN
        GRANT llm_gateway TO authenticator;
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO llm_gateway;

-- The caller, as the gateway writes it into request.jwt.claims after it has checked a token or a key:
-- {sub, app_metadata: {tenant_id}, key_id, key_family}. A user without a tenant is one.
--
-- These are asked by policies, in every statement: an SQL function with settings of its own is planned anew each
-- time, so the one that is written in SQL has none, and is taken into the query, and the others are PL/pgSQL.
CREATE FUNCTION public.llm_tenant() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        NULLIF(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant_id',
        NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$$;

CREATE FUNCTION public.llm_who(OUT tenant uuid, OUT usr uuid, OUT key uuid, OUT family uuid)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    claims constant jsonb := NULLIF(current_setting('request.jwt.claims', true), '');
BEGIN
    usr := claims ->> 'sub';
    tenant := COALESCE(claims -> 'app_metadata' ->> 'tenant_id', claims ->> 'sub');
    key := claims ->> 'key_id';
    family := claims ->> 'key_family';
END
$$;

-- All that limits of the caller's can hang on; the nil UUID stands for everybody.
CREATE FUNCTION public.llm_subjects() RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    claims constant jsonb := NULLIF(current_setting('request.jwt.claims', true), '');
    tenant constant uuid := COALESCE(claims -> 'app_metadata' ->> 'tenant_id', claims ->> 'sub');
BEGIN
    IF tenant IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY[claims ->> 'key_family', claims ->> 'sub', tenant::text, '00000000-0000-0000-0000-000000000000'];
END
$$;

-- One row: what holds where nobody said otherwise.
CREATE TABLE public.llm_settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- of callers with a user's token; a key brings its own limits. NULL: no limit
    user_rpm integer DEFAULT 60 CHECK (user_rpm >= 0),
    user_tpm bigint DEFAULT 400000 CHECK (user_tpm >= 0),
    -- calls of POST /ai-gateway, which names an operation
    operations_per_hour integer DEFAULT 100 CHECK (operations_per_hour >= 0),
    -- so many failures of a target in a row, none older than the window before the next, and it rests
    breaker_failures integer NOT NULL DEFAULT 5 CHECK (breaker_failures > 0),
    breaker_window interval NOT NULL DEFAULT '1 minute' CHECK (breaker_window > '0'),
    breaker_rest interval NOT NULL DEFAULT '30 seconds' CHECK (breaker_rest > '0'),
    -- how long a stored answer is replayed to an Idempotency-Key
    replay_lifetime interval NOT NULL DEFAULT '24 hours' CHECK (replay_lifetime > '0'),
    -- false: a server that crashes forgets the calls of its last moments, three times wal_writer_delay or 0.6 s.
    -- true: it forgets none, and a budget that all share is locked for as long as the disk takes, twice a call
    waits_for_disk boolean NOT NULL DEFAULT false
);
INSERT INTO public.llm_settings DEFAULT VALUES;

CREATE TABLE public.llm_tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    rpm integer CHECK (rpm >= 0),
    tpm bigint CHECK (tpm >= 0),
    suspended boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The key itself is shown once, to whoever made it; here is its SHA-256. It has 256 random bits, so no salt and no
-- slow hash is wanted. A rotated key and its successor are one family: they share limits and budgets, so that a
-- rotation neither doubles nor resets them.
CREATE TABLE public.llm_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    family_id uuid NOT NULL,
    tenant_id uuid NOT NULL REFERENCES public.llm_tenants ON DELETE CASCADE,
    user_id uuid REFERENCES public.users ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    -- a reader may do what costs nothing: list models, count tokens
    role text NOT NULL DEFAULT 'caller' CHECK (role IN ('caller', 'reader')),
    models text[] NOT NULL DEFAULT '{}' CHECK (
        cardinality(models) <= 100 AND array_position(models, NULL) IS NULL AND octet_length(models::text) <= 8192
        AND COALESCE(array_ndims(models), 1) = 1 AND COALESCE(array_lower(models, 1), 1) = 1
    ),
    rpm integer CHECK (rpm >= 0),
    tpm bigint CHECK (tpm >= 0),
    guard jsonb CHECK (jsonb_typeof(guard) = 'object' AND octet_length(guard::text) <= 8192),
    logs_content boolean NOT NULL DEFAULT false,
    replaces uuid REFERENCES public.llm_keys ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX llm_keys_tenant_id ON public.llm_keys (tenant_id);
CREATE INDEX llm_keys_user_id ON public.llm_keys (user_id);
CREATE INDEX llm_keys_replaces ON public.llm_keys (replaces);

-- The holder of a key, before anything is known of the tenant: with owner rights, by digest alone. No row for a key
-- that is unknown, expired or revoked, or whose tenant is suspended: the four look alike.
CREATE FUNCTION public.llm_key_find(p_digest bytea) RETURNS TABLE (
    id uuid, family_id uuid, tenant_id uuid, user_id uuid, models text[], logs_content boolean, guard jsonb
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT k.id, k.family_id, k.tenant_id, k.user_id, k.models, k.logs_content, k.guard
    FROM public.llm_keys AS k JOIN public.llm_tenants AS t ON t.id = k.tenant_id
    WHERE k.digest = p_digest AND k.revoked_at IS NULL AND COALESCE(k.expires_at > now(), true)
        AND NOT t.suspended
$$;

ALTER TABLE public.llm_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY llm_settings_read ON public.llm_settings FOR SELECT TO llm_gateway USING (true);
CREATE POLICY llm_tenants_read ON public.llm_tenants
    FOR SELECT TO llm_gateway USING (id = (SELECT public.llm_tenant()));
CREATE POLICY llm_keys_read ON public.llm_keys
    FOR SELECT TO llm_gateway USING (tenant_id = (SELECT public.llm_tenant()));

REVOKE ALL ON public.llm_settings, public.llm_tenants, public.llm_keys FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.llm_settings, public.llm_tenants TO llm_gateway;
-- not the digest
GRANT SELECT (id, family_id, tenant_id, user_id, role, models, rpm, tpm, expires_at, revoked_at)
    ON public.llm_keys TO llm_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.llm_settings, public.llm_tenants, public.llm_keys TO service_role;

REVOKE ALL ON FUNCTION
    public.llm_who(), public.llm_tenant(), public.llm_subjects(), public.llm_key_find(bytea)
    FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION
    public.llm_who(), public.llm_tenant(), public.llm_subjects(), public.llm_key_find(bytea)
    TO llm_gateway;
