-- Who eats, what they told us, and what they pay for.

-- The id is the subject of the caller's token. Everything a plan needs may still be missing here: an
-- incomplete profile is an answer of the endpoint, which names the fields, not a fault of the row.
CREATE TABLE public.users (
    id uuid PRIMARY KEY,
    email text CHECK (length(email) BETWEEN 3 AND 320),
    full_name text CHECK (length(full_name) <= 200),
    date_of_birth date CHECK (date_of_birth BETWEEN '1900-01-01' AND '2100-01-01'),
    sex text CHECK (sex IN ('female', 'male')),
    life_stage text NOT NULL DEFAULT 'none' CHECK (life_stage IN (
        'none', 'pregnancy_1', 'pregnancy_2', 'pregnancy_3', 'lactation_0_6', 'lactation_7_12'
    )),
    height_cm numeric(4, 1) CHECK (height_cm BETWEEN 50 AND 280),
    weight_kg numeric(4, 1) CHECK (weight_kg BETWEEN 20 AND 500),
    activity_level text CHECK (
        activity_level IN ('sedentary', 'light', 'moderate', 'active', 'very_active')
    ),
    current_xp integer NOT NULL DEFAULT 0 CHECK (current_xp >= 0),
    current_level integer NOT NULL DEFAULT 1 CHECK (current_level >= 1),
    streak_days integer NOT NULL DEFAULT 0 CHECK (streak_days >= 0),
    last_activity_date date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (life_stage = 'none' OR sex IS NOT DISTINCT FROM 'female')
);

CREATE TRIGGER users_touch BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.updated_at_touch();

-- The answers to the questionnaire, by version; the newest active one counts.
CREATE TABLE public.user_intake (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    diet_type text CHECK (diet_type IN (
        'omnivore', 'vegetarian', 'vegan', 'pescatarian', 'keto', 'paleo', 'pcos', 'gluten_free', 'halal'
    )),
    -- Rules that hold beside diet_type: a vegan may also avoid gluten.
    dietary_rules text[] NOT NULL DEFAULT '{}' CHECK (dietary_rules <@ ARRAY[
        'vegetarian', 'vegan', 'pescatarian', 'keto', 'paleo', 'gluten_free', 'dairy_free', 'nut_free',
        'halal'
    ]),
    allergies text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(allergies) <= 50 AND array_position(allergies, NULL) IS NULL),
    dislikes text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(dislikes) <= 100 AND array_position(dislikes, NULL) IS NULL),
    health_goals text[] NOT NULL DEFAULT '{}' CHECK (health_goals <@ ARRAY[
        'weight_loss', 'muscle_gain', 'maintenance', 'energy_boost', 'heart_health', 'digestive_health'
    ]),
    -- The user's own energy target in kcal; NULL: computed from the profile.
    daily_calories integer CHECK (daily_calories BETWEEN 800 AND 6000),
    budget_range text CHECK (budget_range IN ('low', 'medium', 'high')),
    cooking_time_preference integer CHECK (cooking_time_preference BETWEEN 5 AND 180),
    cooking_skill_level text CHECK (cooking_skill_level IN ('beginner', 'intermediate', 'advanced')),
    household_size integer CHECK (household_size BETWEEN 1 AND 20),
    kitchen_equipment text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(kitchen_equipment) <= 100 AND array_position(kitchen_equipment, NULL) IS NULL),
    flavor_preferences jsonb NOT NULL DEFAULT '{}' CHECK (
        jsonb_typeof(flavor_preferences) = 'object'
        AND flavor_preferences - ARRAY['spicy', 'sweet', 'savory', 'umami', 'bitter', 'sour'] = '{}'
        AND NOT jsonb_path_exists(flavor_preferences, '$.* ? (@.type() != "number" || @ < 0 || @ > 10)')
    ),
    cultural_preferences text[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(cultural_preferences) <= 50 AND array_position(cultural_preferences, NULL) IS NULL),
    version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, version),
    UNIQUE (id, user_id) -- lets a plan refer to an intake of its own user only
);

CREATE TABLE public.subscription_plans (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
    price_monthly numeric(10, 2) NOT NULL CHECK (price_monthly >= 0),
    price_yearly numeric(10, 2) NOT NULL CHECK (price_yearly >= 0),
    plan_generation_limit integer NOT NULL CHECK (plan_generation_limit >= -1), -- a month; -1: unlimited
    access_to_premium_content boolean NOT NULL DEFAULT false,
    household_members_allowed integer NOT NULL DEFAULT 1 CHECK (household_members_allowed >= 1),
    advanced_wow_layers boolean NOT NULL DEFAULT false,
    community_features boolean NOT NULL DEFAULT false
);

CREATE TABLE public.subscriptions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    plan_id uuid NOT NULL REFERENCES public.subscription_plans,
    status text NOT NULL CHECK (status IN ('active', 'canceled', 'past_due', 'trialing')),
    current_period_start timestamptz,
    current_period_end timestamptz,
    stripe_subscription_id text CHECK (length(stripe_subscription_id) <= 255),
    stripe_customer_id text CHECK (length(stripe_customer_id) <= 255),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (current_period_end > current_period_start)
);

CREATE INDEX subscriptions_user_id ON public.subscriptions (user_id);
CREATE INDEX subscriptions_plan_id ON public.subscriptions (plan_id);
-- Two active subscriptions would leave open which limit holds.
CREATE UNIQUE INDEX subscriptions_one_active ON public.subscriptions (user_id) WHERE status = 'active';

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_intake ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_intake FORCE ROW LEVEL SECURITY;
ALTER TABLE public.subscription_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.subscription_plans FORCE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions FORCE ROW LEVEL SECURITY;

-- auth.uid() in a sub-select is computed once a query, not once a row.
CREATE POLICY users_read_own ON public.users
    FOR SELECT TO authenticated USING (id = (SELECT auth.uid()));
CREATE POLICY users_insert_own ON public.users
    FOR INSERT TO authenticated WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY users_update_own ON public.users
    FOR UPDATE TO authenticated USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));

CREATE POLICY user_intake_read_own ON public.user_intake
    FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY user_intake_insert_own ON public.user_intake
    FOR INSERT TO authenticated WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY user_intake_update_own ON public.user_intake
    FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

CREATE POLICY subscription_plans_read ON public.subscription_plans
    FOR SELECT TO authenticated USING (true);
CREATE POLICY subscriptions_read_own ON public.subscriptions
    FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));

REVOKE ALL ON public.users, public.user_intake, public.subscription_plans, public.subscriptions
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.users, public.user_intake, public.subscription_plans, public.subscriptions
    TO authenticated;
-- Points, levels and streaks are earned, not typed in.
GRANT INSERT (id, email, full_name, date_of_birth, sex, life_stage, height_cm, weight_kg, activity_level),
    UPDATE (email, full_name, date_of_birth, sex, life_stage, height_cm, weight_kg, activity_level)
    ON public.users TO authenticated;
GRANT INSERT, UPDATE ON public.user_intake TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.users, public.user_intake, public.subscription_plans, public.subscriptions TO service_role;
