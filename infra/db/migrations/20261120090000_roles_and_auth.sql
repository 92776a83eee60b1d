-- Roles, the `auth` schema and extensions: what Supabase has already and a bare PostgreSQL has not.
-- Nothing that exists is changed, so on Supabase this file only adds auth_is_admin() and pg_trgm.

-- Functions with owner rights read and write tables whose row security is forced on the owner too.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'migrations need an owner with BYPASSRLS; % has not', current_user
            USING HINT = 'On Supabase connect as postgres, elsewhere as a superuser.';
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN
        CREATE ROLE anon NOLOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
        CREATE ROLE authenticated NOLOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
        CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
    END IF;
    -- The password is set by whoever runs the server: a migration is no place for one.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticator') THEN
        CREATE ROLE authenticator LOGIN NOINHERIT;
    END IF;
    IF NOT pg_has_role('authenticator', 'anon', 'MEMBER') THEN
        GRANT anon TO authenticator;
    END IF;
    IF NOT pg_has_role('authenticator', 'authenticated', 'MEMBER') THEN
        GRANT authenticated TO authenticator;
    END IF;
    IF NOT pg_has_role('authenticator', 'service_role', 'MEMBER') THEN
        GRANT service_role TO authenticator;
    END IF;
END
$$;

-- `extensions` is where Supabase keeps extensions; so the same qualified names work in both places.
DO $$
BEGIN
    IF to_regnamespace('extensions') IS NULL THEN
        CREATE SCHEMA extensions;
        GRANT USAGE ON SCHEMA extensions TO anon, authenticated, service_role;
    END IF;
    IF to_regnamespace('auth') IS NULL THEN
        CREATE SCHEMA auth;
        GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;

-- The caller's claims, as PostgREST and Supabase hand them over: one JSON object in request.jwt.claims,
-- set for the transaction. A setting that was once set locally reads '' afterwards, hence NULLIF.
DO $$
BEGIN
    IF to_regprocedure('auth.jwt()') IS NULL THEN
        CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $f$
            SELECT NULLIF(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb
        $f$;
    END IF;
    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $f$
            SELECT (auth.jwt() ->> 'sub')::uuid
        $f$;
    END IF;
    IF to_regprocedure('auth.role()') IS NULL THEN
        CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $f$
            SELECT auth.jwt() ->> 'role'
        $f$;
    END IF;
END
$$;

-- An administrator is whom the identity provider calls one. app_metadata can be written only by the
-- provider's own administrators; an e-mail address, which users choose, proves nothing.
CREATE FUNCTION public.auth_is_admin() RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT COALESCE(auth.jwt() -> 'app_metadata' ->> 'role' = 'admin', false)
$$;
REVOKE ALL ON FUNCTION public.auth_is_admin() FROM PUBLIC, anon;
GRANT EXECUTE ON FUNCTION public.auth_is_admin() TO authenticated, service_role;

-- Keeps updated_at true whatever the client sends.
CREATE FUNCTION public.updated_at_touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.updated_at := pg_catalog.now();
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION public.updated_at_touch() FROM PUBLIC, anon, authenticated;
