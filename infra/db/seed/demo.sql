-- Tiers and three people to try things with. Runs again without harm: what is here is put back as it is here.
-- The ids are fixed so that tokens, tests and pages can name them.

INSERT INTO public.subscription_plans (
    id, name, description, price_monthly, price_yearly, plan_generation_limit, access_to_premium_content,
    household_members_allowed, advanced_wow_layers, community_features
) VALUES
    ('aaaaaaaa-0000-4000-8000-000000000001', 'Free', 'One weekly plan a month.', 0, 0, 1, false, 1, false, false),
    ('aaaaaaaa-0000-4000-8000-000000000002', 'Pro', 'A plan for every week, and the whole recipe book.',
        6.50, 65, 4, true, 2, true, true),
    ('aaaaaaaa-0000-4000-8000-000000000003', 'Family', 'As many plans as the household wants.',
        11, 110, -1, true, 6, true, true)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, description = excluded.description, price_monthly = excluded.price_monthly,
    price_yearly = excluded.price_yearly, plan_generation_limit = excluded.plan_generation_limit,
    access_to_premium_content = excluded.access_to_premium_content,
    household_members_allowed = excluded.household_members_allowed,
    advanced_wow_layers = excluded.advanced_wow_layers, community_features = excluded.community_features;

INSERT INTO public.users
    (id, email, full_name, date_of_birth, sex, height_cm, weight_kg, activity_level)
VALUES
    ('11111111-1111-4111-8111-111111111111', 'ada@example.com', 'Ada', '1990-04-12', 'female', 168, 64.5, 'light'),
    ('22222222-2222-4222-8222-222222222222', 'ben@example.com', 'Ben', '1984-11-03', 'male', 182, 81, 'moderate'),
    -- Cai has told neither a birth date nor a diet: what an incomplete profile looks like.
    ('33333333-3333-4333-8333-333333333333', 'cai@example.com', 'Cai', NULL, 'male', 175, 70, 'sedentary')
ON CONFLICT (id) DO UPDATE SET
    email = excluded.email, full_name = excluded.full_name, date_of_birth = excluded.date_of_birth,
    sex = excluded.sex, life_stage = excluded.life_stage, height_cm = excluded.height_cm,
    weight_kg = excluded.weight_kg, activity_level = excluded.activity_level;

INSERT INTO public.user_intake (
    id, user_id, diet_type, dietary_rules, allergies, dislikes, health_goals, budget_range,
    cooking_time_preference, cooking_skill_level, household_size, kitchen_equipment, flavor_preferences,
    cultural_preferences
) VALUES
    ('bbbbbbbb-0000-4000-8000-000000000001', '11111111-1111-4111-8111-111111111111', 'omnivore', '{}',
        '{"tree nuts"}', '{eggplant}', '{maintenance}', 'medium', 40, 'intermediate', 4,
        '{oven,stove,blender,pot,pan}', '{"savory": 7, "spicy": 4, "sweet": 3}', '{italian,indian}'),
    ('bbbbbbbb-0000-4000-8000-000000000002', '22222222-2222-4222-8222-222222222222', 'vegan', '{gluten_free}',
        '{}', '{}', '{muscle_gain}', 'medium', 45, 'advanced', 1,
        '{oven,stove,blender,pot,pan}', '{"spicy": 8, "umami": 8}', '{thai,mexican}'),
    ('bbbbbbbb-0000-4000-8000-000000000003', '33333333-3333-4333-8333-333333333333', NULL, '{}',
        '{}', '{}', '{}', 'low', 30, 'beginner', 1, '{stove,pot,pan}', '{}', '{}')
ON CONFLICT (id) DO UPDATE SET
    diet_type = excluded.diet_type, dietary_rules = excluded.dietary_rules, allergies = excluded.allergies,
    dislikes = excluded.dislikes, health_goals = excluded.health_goals,
    daily_calories = excluded.daily_calories, budget_range = excluded.budget_range,
    cooking_time_preference = excluded.cooking_time_preference,
    cooking_skill_level = excluded.cooking_skill_level, household_size = excluded.household_size,
    kitchen_equipment = excluded.kitchen_equipment, flavor_preferences = excluded.flavor_preferences,
    cultural_preferences = excluded.cultural_preferences, is_active = excluded.is_active;

INSERT INTO public.subscriptions (id, user_id, plan_id, status) VALUES
    ('cccccccc-0000-4000-8000-000000000001', '11111111-1111-4111-8111-111111111111',
        'aaaaaaaa-0000-4000-8000-000000000003', 'active'),
    ('cccccccc-0000-4000-8000-000000000002', '22222222-2222-4222-8222-222222222222',
        'aaaaaaaa-0000-4000-8000-000000000002', 'active'),
    ('cccccccc-0000-4000-8000-000000000003', '33333333-3333-4333-8333-333333333333',
        'aaaaaaaa-0000-4000-8000-000000000001', 'active')
ON CONFLICT (id) DO UPDATE SET plan_id = excluded.plan_id, status = excluded.status;
