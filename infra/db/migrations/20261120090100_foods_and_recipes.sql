-- The food table and the recipe book: read by every signed-in user, written by seeds and service_role.

-- Values are per 100 g edible portion. `nutrients` is the one truth: amounts keyed by FoodData Central
-- nutrient id, an absent key meaning unknown, never zero. The named columns are read off it. Energy (1008)
-- is whichever of 1008, 2048, 2047 the source has first.
CREATE TABLE public.usda_nutrition_data (
    fdc_id integer PRIMARY KEY CHECK (fdc_id > 0),
    description text NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    data_type text NOT NULL CHECK (data_type IN ('foundation', 'sr_legacy')),
    food_category text CHECK (length(food_category) BETWEEN 1 AND 200),
    publication_date date,
    nutrients jsonb NOT NULL DEFAULT '{}' CHECK (
        jsonb_typeof(nutrients) = 'object'
        AND NOT jsonb_path_exists(nutrients, '$.* ? (@.type() != "number" || @ < 0)')
    ),
    calories real GENERATED ALWAYS AS ((nutrients ->> '1008')::real) STORED,
    protein real GENERATED ALWAYS AS ((nutrients ->> '1003')::real) STORED,
    fat real GENERATED ALWAYS AS ((nutrients ->> '1004')::real) STORED,
    carbohydrates real GENERATED ALWAYS AS ((nutrients ->> '1005')::real) STORED,
    fiber real GENERATED ALWAYS AS ((nutrients ->> '1079')::real) STORED,
    sugar real GENERATED ALWAYS AS ((nutrients ->> '2000')::real) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

SET LOCAL search_path = public, extensions; -- gin_trgm_ops lives where pg_trgm does
CREATE INDEX usda_nutrition_data_text ON public.usda_nutrition_data
    USING gin (to_tsvector('english', description));
CREATE INDEX usda_nutrition_data_trigram ON public.usda_nutrition_data
    USING gin (description gin_trgm_ops);

CREATE TRIGGER usda_nutrition_data_touch BEFORE UPDATE ON public.usda_nutrition_data
    FOR EACH ROW EXECUTE FUNCTION public.updated_at_touch();

CREATE TABLE public.recipes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
    -- [{"step": 1, "text": "..."}, ...]
    instructions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(instructions) = 'array'),
    -- What a source declares for one serving; what we compute ourselves comes from recipe_ingredients.
    nutrition_info jsonb CHECK (jsonb_typeof(nutrition_info) = 'object'),
    prep_time_minutes integer NOT NULL CHECK (prep_time_minutes BETWEEN 0 AND 1440),
    cook_time_minutes integer NOT NULL CHECK (cook_time_minutes BETWEEN 0 AND 1440),
    total_time_minutes integer GENERATED ALWAYS AS (prep_time_minutes + cook_time_minutes) STORED,
    servings integer NOT NULL DEFAULT 1 CHECK (servings BETWEEN 1 AND 100),
    difficulty_level text NOT NULL CHECK (difficulty_level IN ('easy', 'medium', 'hard')),
    dietary_tags text[] NOT NULL DEFAULT '{}' CHECK (array_position(dietary_tags, NULL) IS NULL),
    cuisine_type text NOT NULL CHECK (length(cuisine_type) BETWEEN 1 AND 60),
    meal_type text[] NOT NULL CHECK (
        cardinality(meal_type) > 0
        AND meal_type <@ ARRAY['breakfast', 'lunch', 'dinner', 'snack', 'dessert']
    ),
    status text NOT NULL DEFAULT 'pending_review'
        CHECK (status IN ('pending_review', 'published', 'archived')),
    is_premium boolean NOT NULL DEFAULT false,
    rating_average numeric(3, 2) NOT NULL DEFAULT 0 CHECK (rating_average BETWEEN 0 AND 5),
    rating_count integer NOT NULL DEFAULT 0 CHECK (rating_count >= 0),
    source_url text CHECK (length(source_url) <= 2000),
    image_url text CHECK (length(image_url) <= 2000),
    video_url text CHECK (length(video_url) <= 2000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER recipes_touch BEFORE UPDATE ON public.recipes
    FOR EACH ROW EXECUTE FUNCTION public.updated_at_touch();

-- Grams are for one serving, in the state the food's description names (raw, dry, cooked). A table, not a
-- JSON column: the foreign key keeps every line a food whose nutrients are known.
CREATE TABLE public.recipe_ingredients (
    recipe_id uuid NOT NULL REFERENCES public.recipes ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 100),
    fdc_id integer NOT NULL REFERENCES public.usda_nutrition_data,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    grams numeric(7, 1) NOT NULL CHECK (grams > 0),
    note text CHECK (length(note) BETWEEN 1 AND 500),
    PRIMARY KEY (recipe_id, position)
);

CREATE INDEX recipe_ingredients_fdc_id ON public.recipe_ingredients (fdc_id);

ALTER TABLE public.usda_nutrition_data ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.usda_nutrition_data FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recipes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.recipes FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recipe_ingredients ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.recipe_ingredients FORCE ROW LEVEL SECURITY;

CREATE POLICY usda_nutrition_data_read ON public.usda_nutrition_data
    FOR SELECT TO authenticated USING (true);
-- Archived recipes stay readable: last month's plan still names them. Whether a premium recipe may be
-- offered depends on the tier, and is the query's to decide.
CREATE POLICY recipes_read ON public.recipes
    FOR SELECT TO authenticated USING (status <> 'pending_review');
CREATE POLICY recipe_ingredients_read ON public.recipe_ingredients
    FOR SELECT TO authenticated USING (
        recipe_id IN (SELECT id FROM public.recipes WHERE status <> 'pending_review')
    );

-- Supabase grants everything on new tables by default: take it back, then give what is meant.
REVOKE ALL ON public.usda_nutrition_data, public.recipes, public.recipe_ingredients
    FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.usda_nutrition_data, public.recipes, public.recipe_ingredients TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.usda_nutrition_data, public.recipes, public.recipe_ingredients TO service_role;
