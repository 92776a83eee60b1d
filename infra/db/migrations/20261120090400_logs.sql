-- What happened: generations, failures, model calls, errors. Users write here through functions only (next
-- file), so that no row can be forged, changed or deleted by whom it counts against.

CREATE TABLE public.plan_generation_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    generation_id uuid NOT NULL UNIQUE,
    status text NOT NULL DEFAULT 'started'
        CHECK (status IN ('started', 'completed', 'failed', 'fallback')),
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    duration_ms integer CHECK (duration_ms >= 0),
    claude_requests integer NOT NULL DEFAULT 0 CHECK (claude_requests >= 0),
    claude_tokens_used integer NOT NULL DEFAULT 0 CHECK (claude_tokens_used >= 0),
    -- Thousand millionths of a dollar; cents are for reading only: a rounded cent a call adds up to lies.
    claude_cost_nanodollars bigint NOT NULL DEFAULT 0 CHECK (claude_cost_nanodollars >= 0),
    claude_cost_cents integer GENERATED ALWAYS AS (((claude_cost_nanodollars + 5000000) / 10000000)::integer)
        STORED,
    retry_count integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    error_message text CHECK (length(error_message) <= 4000),
    fallback_reason text CHECK (length(fallback_reason) <= 4000),
    recipes_selected integer CHECK (recipes_selected >= 0),
    -- Signed percentages: calories_deviation, protein_deviation, fat_deviation, carbohydrates_deviation.
    nutritional_accuracy jsonb CHECK (
        jsonb_typeof(nutritional_accuracy) = 'object'
        AND NOT jsonb_path_exists(nutritional_accuracy, '$.* ? (@.type() != "number")')
    ),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'started') = (completed_at IS NULL))
);

CREATE INDEX plan_generation_logs_user_id ON public.plan_generation_logs (user_id, created_at DESC);
CREATE INDEX plan_generation_logs_status ON public.plan_generation_logs (status);

CREATE TABLE public.failed_plans (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    generation_id uuid NOT NULL REFERENCES public.plan_generation_logs (generation_id) ON DELETE CASCADE,
    failure_stage text NOT NULL CHECK (length(failure_stage) BETWEEN 1 AND 100),
    failure_reason text NOT NULL CHECK (length(failure_reason) BETWEEN 1 AND 4000),
    user_blueprint jsonb NOT NULL,
    attempted_recipes jsonb,
    validation_results jsonb,
    prompt_used text,
    ai_response text,
    reviewed boolean NOT NULL DEFAULT false,
    resolved boolean NOT NULL DEFAULT false,
    resolution_notes text CHECK (length(resolution_notes) <= 4000),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX failed_plans_user_id ON public.failed_plans (user_id);
CREATE INDEX failed_plans_generation_id ON public.failed_plans (generation_id);

-- One row a model call. What was spent stays known after the user is gone.
CREATE TABLE public.ai_request_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid REFERENCES public.users ON DELETE SET NULL,
    operation text NOT NULL CHECK (operation IN (
        'recipe_scoring', 'meal_assembly', 'coherence_review', 'mood_analysis', 'plan_improvement', 'general'
    )),
    generation_id uuid,
    model text NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
    tokens_used integer NOT NULL DEFAULT 0 CHECK (tokens_used >= 0),
    cost_nanodollars bigint NOT NULL DEFAULT 0 CHECK (cost_nanodollars >= 0),
    cost_cents integer GENERATED ALWAYS AS (((cost_nanodollars + 5000000) / 10000000)::integer) STORED,
    duration_ms integer CHECK (duration_ms >= 0),
    cached boolean NOT NULL DEFAULT false,
    success boolean NOT NULL,
    error_message text CHECK (length(error_message) <= 4000),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ai_request_logs_user_id ON public.ai_request_logs (user_id, created_at DESC);
CREATE INDEX ai_request_logs_created_at ON public.ai_request_logs (created_at);
CREATE INDEX ai_request_logs_generation_id ON public.ai_request_logs (generation_id);

CREATE TABLE public.error_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid REFERENCES public.users ON DELETE SET NULL,
    error_message text NOT NULL CHECK (length(error_message) BETWEEN 1 AND 4000),
    error_stack text CHECK (length(error_stack) <= 16000),
    context jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(context) = 'object'),
    severity text NOT NULL DEFAULT 'error'
        CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical')),
    "timestamp" timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX error_logs_user_id ON public.error_logs (user_id);
CREATE INDEX error_logs_timestamp ON public.error_logs ("timestamp" DESC);

ALTER TABLE public.plan_generation_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_generation_logs FORCE ROW LEVEL SECURITY;
ALTER TABLE public.failed_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.failed_plans FORCE ROW LEVEL SECURITY;
ALTER TABLE public.ai_request_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.ai_request_logs FORCE ROW LEVEL SECURITY;
ALTER TABLE public.error_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.error_logs FORCE ROW LEVEL SECURITY;

CREATE POLICY plan_generation_logs_read ON public.plan_generation_logs
    FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.auth_is_admin()));
CREATE POLICY ai_request_logs_read ON public.ai_request_logs
    FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.auth_is_admin()));
-- Failed plans and errors hold other people's profiles and our internals: administrators only.
CREATE POLICY failed_plans_admin_read ON public.failed_plans
    FOR SELECT TO authenticated USING ((SELECT public.auth_is_admin()));
CREATE POLICY failed_plans_admin_review ON public.failed_plans
    FOR UPDATE TO authenticated
    USING ((SELECT public.auth_is_admin())) WITH CHECK ((SELECT public.auth_is_admin()));
CREATE POLICY error_logs_admin_read ON public.error_logs
    FOR SELECT TO authenticated USING ((SELECT public.auth_is_admin()));

REVOKE ALL ON public.plan_generation_logs, public.failed_plans, public.ai_request_logs, public.error_logs
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.plan_generation_logs, public.failed_plans, public.ai_request_logs, public.error_logs
    TO authenticated;
GRANT UPDATE (reviewed, resolved, resolution_notes) ON public.failed_plans TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.plan_generation_logs, public.failed_plans, public.ai_request_logs, public.error_logs
    TO service_role;
