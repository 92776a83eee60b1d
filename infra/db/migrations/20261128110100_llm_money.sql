-- What may be spent, what is spent, and what is held for calls under way. Money is whole nano-dollars.
--
-- At any moment, for each row of llm_spend: held_nano is the sum of the holds that name it, and settled_nano what
-- the calls of its time have cost. A call is let in if settled + held + its own worst case fits every cap.

-- scope_id NULL: of each one who has no row of their own for that period; and of `global`, which has no id. Keys
-- are meant by their family.
CREATE TABLE public.llm_budgets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope text NOT NULL CHECK (scope IN ('key', 'user', 'tenant', 'global')),
    scope_id uuid,
    period text NOT NULL CHECK (period IN ('hour', 'day', 'month', 'total')),
    cap_nano bigint NOT NULL CHECK (cap_nano >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (scope, scope_id, period),
    CHECK (scope <> 'global' OR scope_id IS NULL)
);
-- Anybody who can sign in can call: five dollars a day each, until somebody says otherwise.
INSERT INTO public.llm_budgets (scope, period, cap_nano) VALUES ('user', 'day', 5000000000);

-- One row a budget, a holder and a window, in UTC. Rows change in place many times a second: room is left in each
-- page, so that new versions need no new index entries.
CREATE TABLE public.llm_spend (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    budget_id bigint NOT NULL REFERENCES public.llm_budgets ON DELETE CASCADE,
    subject_id uuid NOT NULL, -- a key's family, a user, a tenant; nil: everybody
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    settled_nano bigint NOT NULL DEFAULT 0,
    held_nano bigint NOT NULL DEFAULT 0,
    CHECK (LEAST(settled_nano, held_nano) >= 0),
    UNIQUE (budget_id, subject_id, starts_at)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX llm_spend_ends_at ON public.llm_spend (ends_at);

-- One row a call under way. What nobody settled by `due_at` counts as spent, for its provider may have billed it
-- (llm_sweep); the row stays for a day after that, in case the settlement comes late.
CREATE TABLE public.llm_holds (
    tenant_id uuid NOT NULL,
    call_id uuid NOT NULL,
    user_id uuid,
    key_id uuid,
    alias text NOT NULL,
    function text NOT NULL,
    amount_nano bigint NOT NULL,
    tokens bigint NOT NULL,
    window_ids bigint[] NOT NULL, -- of llm_spend, in the order they are locked
    admitted_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL,
    -- held: nobody came back yet. unknown: settled but for attempts that may have been billed. booked: counted as
    -- spent; orphan: the same, and of a call nobody came back from
    state text NOT NULL DEFAULT 'held',
    CHECK (LEAST(amount_nano, tokens) >= 0 AND state IN ('held', 'unknown', 'booked', 'orphan')),
    PRIMARY KEY (tenant_id, call_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX llm_holds_due_at ON public.llm_holds (due_at);

-- Requests and tokens in a sliding window: this one's count, and of the one before the share that still overlaps.
CREATE TABLE public.llm_rates (
    subject_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('key', 'user', 'tenant', 'operations')), -- operations: an hour; else a minute
    starts_at timestamptz NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    tokens bigint NOT NULL DEFAULT 0,
    last_requests bigint NOT NULL DEFAULT 0,
    last_tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (subject_id, kind)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX llm_rates_starts_at ON public.llm_rates (starts_at);

ALTER TABLE public.llm_budgets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_budgets FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_spend ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_spend FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_holds FORCE ROW LEVEL SECURITY;
ALTER TABLE public.llm_rates ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.llm_rates FORCE ROW LEVEL SECURITY;

-- What hangs on one key or one user is seen by their own calls only, and not by the rest of the tenant's.
CREATE POLICY llm_budgets_read ON public.llm_budgets
    FOR SELECT TO llm_gateway
    USING (scope_id IS NULL OR scope_id = ANY ((SELECT public.llm_subjects())::uuid[]));
CREATE POLICY llm_spend_own ON public.llm_spend
    FOR ALL TO llm_gateway USING (subject_id = ANY ((SELECT public.llm_subjects())::uuid[]));
CREATE POLICY llm_holds_own ON public.llm_holds
    FOR ALL TO llm_gateway USING (tenant_id = (SELECT public.llm_tenant()));
CREATE POLICY llm_rates_own ON public.llm_rates
    FOR ALL TO llm_gateway USING (subject_id = ANY ((SELECT public.llm_subjects())::uuid[]));

REVOKE ALL ON public.llm_budgets, public.llm_spend, public.llm_holds, public.llm_rates
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.llm_budgets TO llm_gateway;
GRANT SELECT, INSERT, UPDATE ON public.llm_spend, public.llm_rates TO llm_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.llm_holds TO llm_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.llm_budgets, public.llm_spend, public.llm_holds, public.llm_rates TO service_role;
