-- Meal plans and what hangs on them.

CREATE TABLE public.meal_plans (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    intake_id uuid,
    week_theme text CHECK (length(week_theme) <= 200),
    week_start_date date NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'archived', 'draft')),
    plan_data jsonb NOT NULL CHECK (jsonb_typeof(plan_data) = 'object'),
    generated_by text NOT NULL DEFAULT 'clambda' CHECK (length(generated_by) BETWEEN 1 AND 100),
    generation_version text CHECK (length(generation_version) <= 100),
    -- One generation saves one plan, however often it is tried again.
    generation_id uuid UNIQUE,
    -- What the choice of menus was drawn with: the same seed, profile and recipes give the same plan.
    seed bigint,
    completion_percentage numeric(5, 2) NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
    is_public boolean NOT NULL DEFAULT false,
    clone_count integer NOT NULL DEFAULT 0 CHECK (clone_count >= 0),
    user_rating integer CHECK (user_rating BETWEEN 1 AND 5),
    user_feedback text CHECK (length(user_feedback) <= 4000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, user_id), -- lets a grocery list refer to a plan of its own user only
    FOREIGN KEY (intake_id, user_id) REFERENCES public.user_intake (id, user_id)
        ON DELETE SET NULL (intake_id)
);

CREATE UNIQUE INDEX meal_plans_one_active_a_week
    ON public.meal_plans (user_id, week_start_date) WHERE status = 'active';
CREATE INDEX meal_plans_user_id ON public.meal_plans (user_id, created_at DESC);
CREATE INDEX meal_plans_intake_id ON public.meal_plans (intake_id, user_id);

CREATE TRIGGER meal_plans_touch BEFORE UPDATE ON public.meal_plans
    FOR EACH ROW EXECUTE FUNCTION public.updated_at_touch();

CREATE TABLE public.mood_jam_assignments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meal_plan_id uuid NOT NULL REFERENCES public.meal_plans ON DELETE CASCADE,
    detected_mood text NOT NULL CHECK (length(detected_mood) BETWEEN 1 AND 60),
    mood_confidence real NOT NULL DEFAULT 0 CHECK (mood_confidence BETWEEN 0 AND 1),
    spotify_playlist_id text CHECK (length(spotify_playlist_id) <= 100),
    spotify_playlist_url text CHECK (length(spotify_playlist_url) <= 2000),
    playlist_name text CHECK (length(playlist_name) <= 200),
    genres text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(genres) <= 50 AND array_position(genres, NULL) IS NULL),
    audio_features jsonb CHECK (jsonb_typeof(audio_features) = 'object'),
    user_rating integer CHECK (user_rating BETWEEN 1 AND 5),
    play_count integer NOT NULL DEFAULT 0 CHECK (play_count >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX mood_jam_assignments_meal_plan_id ON public.mood_jam_assignments (meal_plan_id);

CREATE TABLE public.grocery_lists (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meal_plan_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    items jsonb NOT NULL,
    total_estimated_cost numeric(10, 2) CHECK (total_estimated_cost >= 0),
    instacart_cart_id text CHECK (length(instacart_cart_id) <= 255),
    items_checked_off jsonb NOT NULL DEFAULT '{}',
    completion_percentage numeric(5, 2) NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (meal_plan_id, user_id) REFERENCES public.meal_plans (id, user_id) ON DELETE CASCADE
);

CREATE INDEX grocery_lists_meal_plan_id ON public.grocery_lists (meal_plan_id, user_id);
CREATE INDEX grocery_lists_user_id ON public.grocery_lists (user_id);

CREATE TRIGGER grocery_lists_touch BEFORE UPDATE ON public.grocery_lists
    FOR EACH ROW EXECUTE FUNCTION public.updated_at_touch();

-- What users do: recipe_rated {recipe_id, rating}, meal_swapped {original_recipe_id,
-- replacement_recipe_id, meal_type, reason}; other types may come.
CREATE TABLE public.user_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    event_type text NOT NULL CHECK (event_type ~ '^[a-z][a-z0-9_]{0,63}$'),
    event_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(event_data) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (
        event_type <> 'recipe_rated'
        OR (event_data ? 'recipe_id' AND COALESCE(event_data ->> 'rating' IN ('love', 'meh', 'skip'), false))
    ),
    CHECK (
        event_type <> 'meal_swapped'
        OR event_data ?& ARRAY['original_recipe_id', 'replacement_recipe_id']
    )
);

CREATE INDEX user_events_latest ON public.user_events (user_id, event_type, created_at DESC);

ALTER TABLE public.meal_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.meal_plans FORCE ROW LEVEL SECURITY;
ALTER TABLE public.mood_jam_assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.mood_jam_assignments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.grocery_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.grocery_lists FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_events FORCE ROW LEVEL SECURITY;

CREATE POLICY meal_plans_own ON public.meal_plans
    FOR ALL TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY grocery_lists_own ON public.grocery_lists
    FOR ALL TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

CREATE POLICY mood_jam_assignments_read_own ON public.mood_jam_assignments
    FOR SELECT TO authenticated USING (
        meal_plan_id IN (SELECT id FROM public.meal_plans WHERE user_id = (SELECT auth.uid()))
    );
CREATE POLICY mood_jam_assignments_rate_own ON public.mood_jam_assignments
    FOR UPDATE TO authenticated
    USING (meal_plan_id IN (SELECT id FROM public.meal_plans WHERE user_id = (SELECT auth.uid())))
    WITH CHECK (meal_plan_id IN (SELECT id FROM public.meal_plans WHERE user_id = (SELECT auth.uid())));

CREATE POLICY user_events_read_own ON public.user_events
    FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY user_events_insert_own ON public.user_events
    FOR INSERT TO authenticated WITH CHECK (user_id = (SELECT auth.uid()));

REVOKE ALL ON public.meal_plans, public.mood_jam_assignments, public.grocery_lists, public.user_events
    FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.meal_plans, public.grocery_lists TO authenticated;
-- A policy cannot tell columns apart, a grant can: of a mood row its user changes the rating alone.
GRANT SELECT, UPDATE (user_rating) ON public.mood_jam_assignments TO authenticated;
GRANT SELECT, INSERT ON public.user_events TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.meal_plans, public.mood_jam_assignments, public.grocery_lists, public.user_events
    TO service_role;
