/*
 * Migrations, seeds and USDA's CSV against a real server: what is loaded, what is refused and with
 * which words, and that a refusal leaves everything as it was.
 */
#include "infra/db/tool/fdc.h"
#include "infra/db/tool/seed.h"
#include "tests/integration/db_fixture.h"

#define SEED_FOLDER "infra/db/seed"

static struct db owner;

static int setup(void **state)
{
    if (db_cluster_start(state) != 0) {
        return -1;
    }
    db_open(&owner, cluster.admin);
    return 0;
}

static int teardown(void **state)
{
    db_close(&owner);
    return db_cluster_stop(state);
}

/* ---- files ---- */

/* Runs `command` with the folder in $D. */
static void shell(const char *folder, const char *command)
{
    assert_int_equal(setenv("D", folder, 1), 0);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
}

/* A new folder beside the cluster's; the arena owns its name. */
static const char *folder_new(const char *name)
{
    const char *path = arena_format(owner.cx->arena, "%s/%s", cluster.folder, name).ptr;
    shell(path, "rm -rf $D && mkdir $D");
    return path;
}

static void file_write(const char *folder, const char *name, const char *text)
{
    const char *path = arena_format(owner.cx->arena, "%s/%s", folder, name).ptr;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void words_must_be(const char *what, const char *want)
{
    CHECK_STR(what, str_from_cstr(owner.cx->err.text), str_from_cstr(want));
}

static void words_must_hold(const char *what, const char *want)
{
    if (strstr(owner.cx->err.text, want) == NULL) {
        CHECK_FAILED("%s: \"%s\" lacks \"%s\"\n", what, owner.cx->err.text, want);
    }
}

/* ---- migrations ---- */

static void migrations_apply_once(void **state)
{
    (void)state;
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, MIGRATIONS), OK);
    static const char sql[] = "SELECT string_agg(version || checksum || applied_at, ',' ORDER BY"
                              " version) AS v FROM public.schema_migrations";
    struct str before = db_str(&owner, NULL, sql);
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, MIGRATIONS), OK);
    CHECK_STR("unchanged", db_str(&owner, NULL, sql), before);
}

static void migrations_refuse_a_history_that_changed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *change, *want;
    } cases[] = {
        {"a changed file", "echo '-- later' >> $D/20261120090600_views.sql",
         "20261120090600_views was changed after it was applied: put it back, and write a new "
         "migration"},
        {"a file gone", "rm $D/20261120090600_views.sql",
         "20261120090600_views is applied, but its file is not here: an older checkout?"},
        {"a file before the newest", "echo 'SELECT 1' > $D/20261120090550_between.sql",
         "20261120090550_between comes before 20261120090600, which is applied: give it a later "
         "number"},
        {"a name", "echo 'SELECT 1' > $D/views.sql", NULL},
        {"a short number", "echo 'SELECT 1' > $D/2026112009070_x.sql", NULL},
        {"an empty file", "> $D/20270101000000_empty.sql", NULL},
        {"a number twice", "echo 'SELECT 1' > $D/20261120090600_other.sql", NULL},
    };
    static const char count_sql[] = "SELECT count(*) AS v FROM public.schema_migrations";
    int64_t applied = db_i64(&owner, NULL, count_sql);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *folder = folder_new("migrations");
        shell(folder, "cp " MIGRATIONS "/*.sql $D");
        shell(folder, cases[i].change);
        err_clear(owner.cx);
        enum status want = cases[i].want == NULL ? ERR_INVALID : ERR_CONFLICT;
        CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, folder), want);
        if (cases[i].want != NULL) {
            words_must_be(cases[i].name, cases[i].want);
        }
    }
    CHECK_I64("nothing was added", db_i64(&owner, NULL, count_sql), applied);
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    (void)state;
    const char *folder = folder_new("migrations");
    shell(folder, "cp " MIGRATIONS "/*.sql $D");
    file_write(folder, "20270101000000_first.sql", "CREATE TABLE public.first (i integer);");
    file_write(folder, "20270101000001_broken.sql",
               "CREATE TABLE public.second (i integer);\nSELECT 1 / 0;\n");
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, folder), ERR_INVALID);
    words_must_hold("which", "20270101000001_broken.sql: ");
    words_must_hold("why", "division by zero");
    CHECK_STR(
        "the one before stands, the broken one does not",
        db_str(&owner, NULL,
               "SELECT concat_ws(' ', to_regclass('public.first'), to_regclass('public.second'),"
               " max(version)) AS v FROM public.schema_migrations"),
        STR("first 20270101000000"));
    db_script(&owner, "DROP TABLE public.first;"
                      "DELETE FROM public.schema_migrations WHERE version = '20270101000000';");
}

static void a_migration_does_not_queue_for_a_table_in_use(void **state)
{
    (void)state;
    const char *folder = folder_new("migrations");
    shell(folder, "cp " MIGRATIONS "/*.sql $D");
    file_write(folder, "20270101000000_wide.sql",
               "ALTER TABLE public.users ADD COLUMN shoe_size integer;");
    struct db reader;
    db_open(&reader, cluster.admin);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(reader.cx, pg_tx_begin(reader.cx, reader.pg, NULL, &tx), OK);
    const struct pg_query read = {.sql = "SELECT count(*) FROM public.users"};
    CHECK_STATUS(reader.cx, pg_exec(reader.cx, &tx, &read, NULL), OK);
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, folder), ERR_UNAVAILABLE);
    words_must_hold("which", "20270101000000_wide.sql: others hold its tables");
    CHECK_STATUS(reader.cx, pg_tx_commit(reader.cx, &tx), OK);
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, folder), OK);
    db_script(&owner, "ALTER TABLE public.users DROP COLUMN shoe_size;"
                      "DELETE FROM public.schema_migrations WHERE version = '20270101000000';");
    db_close(&reader);
}

/* A database as Supabase hands it over: its own `auth` and `extensions`, an owner that is no
 * superuser, and default rights that give everything in `public` to everybody. */
static const char hosted_sql[] =
    "CREATE ROLE hosted LOGIN NOSUPERUSER BYPASSRLS CREATEROLE PASSWORD 'hosted';"
    "ALTER SCHEMA public OWNER TO hosted;"
    "CREATE SCHEMA extensions AUTHORIZATION hosted; GRANT USAGE ON SCHEMA extensions TO PUBLIC;"
    "CREATE SCHEMA auth; GRANT USAGE ON SCHEMA auth TO PUBLIC;"
    "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT COALESCE("
    " NULLIF(current_setting('request.jwt.claim.sub', true), ''),"
    " NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;"
    "CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT COALESCE("
    " NULLIF(current_setting('request.jwt.claim', true), ''),"
    " NULLIF(current_setting('request.jwt.claims', true), ''))::jsonb $$;"
    "CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS"
    " $$ SELECT auth.jwt() ->> 'role' $$;"
    "ALTER DEFAULT PRIVILEGES FOR ROLE hosted IN SCHEMA public"
    " GRANT ALL ON TABLES TO anon, authenticated, service_role;"
    "ALTER DEFAULT PRIVILEGES FOR ROLE hosted IN SCHEMA public"
    " GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;"
    "GRANT CREATE ON DATABASE hosted TO hosted;";

/* The admin URL with another user or database; the arena owns it. */
static const char *url_of(const char *user_and_password, const char *database)
{
    struct str url = str_from_cstr(cluster.admin);
    size_t at = str_find_char(url, '@');
    struct str rest = str_slice(url, at, url.len);
    struct str server = str_slice(rest, 0, str_find_char(rest, '/'));
    struct str user = user_and_password == NULL ? str_slice(url, STR("postgresql://").len, at)
                                                : str_from_cstr(user_and_password);
    return arena_format(owner.cx->arena, "postgresql://" STR_FMT STR_FMT "/%s?sslmode=disable",
                        STR_ARG(user), STR_ARG(server), database)
        .ptr;
}

static void hosted_rights_check(struct db *db)
{
    CHECK_STR("what anon may touch",
              db_str(db, NULL,
                     "SELECT COALESCE(string_agg(relname, ' '), '') AS v FROM pg_class"
                     " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
                     " AND has_table_privilege('anon', oid, 'SELECT, INSERT, UPDATE, DELETE')"),
              STR(""));
    CHECK_STR("what anon may call",
              db_str(db, NULL,
                     "SELECT COALESCE(string_agg(proname, ' '), '') AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace"
                     " AND has_function_privilege('anon', oid, 'EXECUTE')"),
              STR(""));
    CHECK_STR("what users may write of what is not theirs",
              db_str(db, NULL,
                     "SELECT COALESCE(string_agg(relname, ' '), '') AS v FROM pg_class"
                     " WHERE relname IN ('plan_generation_logs', 'ai_request_logs', 'error_logs',"
                     " 'subscriptions', 'recipes', 'schema_migrations')"
                     " AND has_table_privilege('authenticated', oid, 'INSERT, UPDATE, DELETE')"),
              STR(""));
}

static void migrations_fit_a_hosted_database(void **state)
{
    (void)state;
    struct db db;
    struct seed_counts counts = {0};
    assert_int_equal(setenv("ADMIN", cluster.admin, 1), 0);
    /* CREATE DATABASE works in no transaction, and our client knows nothing else */
    shell(cluster.folder, "psql -qX \"$ADMIN\" -c 'CREATE DATABASE hosted'");
    db_open(&db, url_of(NULL, "hosted"));
    db_script(&db, hosted_sql);
    db_close(&db);

    db_open(&db, url_of("hosted:hosted", "hosted"));
    CHECK_STATUS(db.cx, migrate(db.cx, db.pg, MIGRATIONS), OK);
    CHECK_STATUS(db.cx, seed(db.cx, db.pg, SEED_FOLDER, &counts), OK);
    hosted_rights_check(&db);
    db_close(&db);

    db_open(&db, url_of(NULL, "hosted"));
    db_must(&db, &as_ada, "SELECT public.generation_start(gen_random_uuid())");
    CHECK_I64("ada", db_i64(&db, &as_ada, "SELECT count(*) AS v FROM plan_generation_logs"), 1);
    CHECK_I64("ben", db_i64(&db, &as_ben, "SELECT count(*) AS v FROM plan_generation_logs"), 0);
    CHECK_I64("search",
              db_i64(&db, &as_ben, "SELECT count(*) AS v FROM search_nutrition_data('tofu', 1)"),
              1);
    db_close(&db);
}

/* ---- seeds ---- */

/* Every row of a table, as one number that changes with any of them. */
static struct str fingerprint(const char *table)
{
    return db_str(
        &owner, NULL,
        arena_format(owner.cx->arena,
                     "SELECT count(*) || ' ' || COALESCE(md5(string_agg(t::text, '|' ORDER"
                     " BY t::text)), '') AS v FROM public.%s AS t",
                     table)
            .ptr);
}

static void seeding_twice_changes_nothing(void **state)
{
    (void)state;
    static const char *const tables[] = {"usda_nutrition_data", "recipe_ingredients", "user_intake",
                                         "subscriptions", "subscription_plans"};
    struct seed_counts counts = {0}, again = {0};
    struct str before[ARRAY_LEN(tables)];
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, SEED_FOLDER, &counts), OK);
    assert_true(counts.foods >= 900);
    assert_true(counts.recipes >= 150);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        before[i] = fingerprint(tables[i]);
    }
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, SEED_FOLDER, &again), OK);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        CHECK_STR(tables[i], fingerprint(tables[i]), before[i]);
    }
    CHECK_I64("recipes", db_i64(&owner, NULL, "SELECT count(*) AS v FROM public.recipes"),
              counts.recipes);
    CHECK_I64("lines", db_i64(&owner, NULL, "SELECT count(*) AS v FROM public.recipe_ingredients"),
              counts.recipe_lines);
    CHECK_I64("people", db_i64(&owner, NULL, "SELECT count(*) AS v FROM public.users"), 3);
    CHECK_I64("foods without energy or macros",
              db_i64(&owner, NULL,
                     "SELECT count(*) AS v FROM public.usda_nutrition_data"
                     " WHERE num_nulls(calories, protein, fat, carbohydrates) > 0"),
              0);
    /* one food as USDA has it: 171688, apples, raw, with skin */
    CHECK_STR(
        "an apple",
        db_str(&owner, NULL,
               "SELECT concat_ws(' ', calories, protein, fiber, nutrients -> '1162',"
               " nutrients ? '1176') AS v FROM public.usda_nutrition_data WHERE fdc_id = 171688"),
        STR("52 0.26 2.4 4.6 f"));
}

static void search_finds_what_a_cook_means(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want; /* a pattern of the first food's description */
    } cases[] = {
        {"banana", "^Bananas, raw"},
        {"tofu", "^Tofu, raw"},
        {"butter", "^Butter, salted"},
        {"ground beef", "^Beef, .*ground"},
        {"almond milk", "almond milk"},
        {"potato", "^Potatoes, "},
        {"egg", "^Egg, whole, raw"},
        {"olive oil", "^Oil, olive"},
        {"salmon fillet", "[Ss]almon"},
        {"pasta", "^Pasta, "},
        {"cheddar cheese", "^Cheese, cheddar"},
        {"brocoli", "^Broccoli, raw"},
        {"red lentils", "^Lentils, pink or red"},
        {"flour", "[Ff]lour"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str sql = arena_format(
            owner.cx->arena,
            "SELECT description ~ '%s' AND similarity_score > 0 AND fiber IS NOT DISTINCT FROM"
            " (SELECT fiber FROM public.usda_nutrition_data AS f WHERE f.fdc_id = s.fdc_id) AS v"
            " FROM public.search_nutrition_data('%s') AS s",
            cases[i].want, cases[i].name);
        CHECK_STR(cases[i].name, db_str(&owner, NULL, sql.ptr), STR("t"));
    }
    static const char *const nothing[] = {"''",   "'   '",     "'zzzzqqqq'",
                                          "NULL", "'milk', 0", "'milk', -5"};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        struct str sql =
            arena_format(owner.cx->arena,
                         "SELECT count(*) AS v FROM public.search_nutrition_data(%s)", nothing[i]);
        CHECK_I64(nothing[i], db_i64(&owner, NULL, sql.ptr), 0);
    }
    CHECK_I64(
        "no more than 100",
        db_i64(&owner, NULL, "SELECT count(*) AS v FROM public.search_nutrition_data('raw', 5000)"),
        100);
}

static const char good_foods[] =
    "fdc_id,description,data_type,food_category,publication_date,1008,1003\n"
    "1,\"Oats, plain\",sr_legacy,Cereals,2019-04-01,400,\n";

#define RECIPE(slug, fdc_id, grams, rest)                                                          \
    "{\"slug\": \"" slug                                                                           \
    "\", \"title\": \"T\", \"cuisine\": \"c\", \"meal_types\": [\"lunch\"],\n"                     \
    " \"prep_minutes\": 1, \"cook_minutes\": 1, \"difficulty\": \"easy\", \"steps\": [\"s\"],\n"   \
    " \"ingredients\": [\n  {\"fdc_id\": " fdc_id ", \"name\": \"n\", \"grams\": " grams "}]" rest \
    "}"

static void a_faulty_seed_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *name, *foods, *recipes, *want;
    } cases[] = {
        {"unknown food", NULL, "[" RECIPE("a", "2", "1", "") "]",
         "r.json:4: [0].ingredients[0].fdc_id: the food table has no such food"},
        {"hundredths of a gram", NULL, "[" RECIPE("a", "1", "0.25", "") "]",
         "r.json:4: [0].ingredients[0].grams: whole tenths of a gram, at least one"},
        {"no weight", NULL, "[" RECIPE("a", "1", "0", "") "]",
         "r.json:4: [0].ingredients[0].grams: "},
        {"slug", NULL, "[" RECIPE("a--b", "1", "1", "") "]",
         "r.json:1: [0].slug: lower-case letters and digits, joined by single hyphens"},
        {"slug twice", NULL, "[" RECIPE("a", "1", "1", "") ",\n" RECIPE("a", "1", "1", "") "]",
         "r.json:5: [1].slug: another recipe has this one"},
        {"unknown member", NULL, "[" RECIPE("a", "1", "1", ", \"x\": 1") "]", "r.json:4: [0].x: "},
        {"missing member", NULL, "[\n\n{\"slug\": \"a\"}]", "r.json:3: [0].title: "},
        {"not an array", NULL, "{}", "r.json:1: not an array of recipes but an object"},
        {"not JSON", NULL, "[\n{,}]", "at line 2, column 2"},
        {"a column too many",
         "fdc_id,description,data_type,food_category,publication_date,1008\n"
         "1,a,sr_legacy,,,5,6\n",
         "[]", "foods.csv:2: 7 fields where the header has 6"},
        {"a column's name", "fdc_id,description,data_type,food_category,publication_date,kcal\n",
         "[]", "foods.csv:1: column 6 is kcal, not a nutrient id"},
        {"an amount",
         "fdc_id,description,data_type,food_category,publication_date,1008\n"
         "1,\"a\nb\",sr_legacy,,,5\n2,b,sr_legacy,,,-5\n",
         "[]", "foods.csv:4: not an amount: \"-5\""},
        {"a food twice",
         "fdc_id,description,data_type,food_category,publication_date,1008\n"
         "1,a,sr_legacy,,,5\n1,b,sr_legacy,,,5\n",
         "[]", "foods.csv:3: food 1 is listed twice"},
        {"a date",
         "fdc_id,description,data_type,food_category,publication_date,1008\n"
         "1,a,sr_legacy,,2019-02-29,5\n",
         "[]", "foods.csv:2: not a date (YYYY-MM-DD): \"2019-02-29\""},
    };
    struct str foods = fingerprint("usda_nutrition_data"), recipes = fingerprint("recipes");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *folder = folder_new("seed");
        shell(folder, "mkdir $D/recipes");
        file_write(folder, "foods.csv", cases[i].foods == NULL ? good_foods : cases[i].foods);
        file_write(folder, "recipes/r.json", cases[i].recipes);
        file_write(folder, "demo.sql", "SELECT 1");
        struct seed_counts counts = {0};
        err_clear(owner.cx);
        CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, folder, &counts), ERR_INVALID);
        words_must_hold(cases[i].name, cases[i].want);
        CHECK_STR(cases[i].name, fingerprint("usda_nutrition_data"), foods);
        CHECK_STR(cases[i].name, fingerprint("recipes"), recipes);
    }
}

static void a_seed_without_its_parts_says_which(void **state)
{
    (void)state;
    struct seed_counts counts = {0};
    const char *folder = folder_new("seed");
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, folder, &counts), ERR_NOT_FOUND);
    words_must_hold("foods", "foods.csv: no such file");
    file_write(folder, "foods.csv", good_foods);
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, folder, &counts), ERR_NOT_FOUND);
    words_must_hold("recipes", "/recipes: errno 2");
}

/* ---- USDA's files ---- */

/* A release in small: a lab sample, a superseded food, energy of each kind, a blank amount, a
 * nutrient that nutrient.csv lacks but without an amount, and text with all that CSV allows. */
static const char *release_write(void)
{
    const char *folder = folder_new("fdc");
    file_write(folder, "nutrient.csv",
               "\"id\",\"name\",\"unit_name\",\"nutrient_nbr\",\"rank\"\n"
               "\"1008\",\"Energy\",\"KCAL\",\"208\",\"300\"\n\"2047\",\"General\",\"KCAL\",,\n"
               "2048,Specific,KCAL,,\n1003,Protein,G,203,600\n1162,\"C\",MG,401,6300\n");
    file_write(folder, "food_category.csv",
               "id,code,description\n9,0900,\"Fruits, \"\"raw\"\"\"\n");
    file_write(folder, "foundation_food.csv",
               "fdc_id,NDB_number\n9000001,1\n9000002,2\n9000005,\n");
    file_write(
        folder, "food.csv",
        "\"fdc_id\",\"data_type\",\"description\",\"food_category_id\",\"publication_date\"\n"
        "\"9000001\",\"foundation_food\",\"An 8\"\" thing,\nraw\",\"9\",\"2019-04-01\"\n"
        "\"9000002\",\"foundation_food\",\"Second\",\"\",\"\"\n"
        "9000003,sample_food,\"Sample\",,\n"
        "9000004,foundation_food,Superseded,9,2018-01-01\n"
        "9000005,foundation_food,Nothing known,9,2018-01-01\n");
    file_write(
        folder, "food_nutrient.csv",
        "\"id\",\"fdc_id\",\"nutrient_id\",\"amount\",\"data_points\"\r\n"
        "\"1\",\"9000001\",\"2047\",\"50.5\",\"\"\r\n\"2\",\"9000001\",\"2048\",\"49.0\",\"\"\r\n"
        "3,9000001,1003,0,1\r\n4,9000001,1162,,\r\n5,9000001,2066,,\r\n"
        "6,9000002,2047,70,\r\n7,9000002,2048,71,\r\n8,9000002,1008,72.25,\r\n"
        "9,9000003,1008,1,\r\n10,9000004,1008,2,\r\n");
    return folder;
}

static void usda_files_load_as_they_say(void **state)
{
    (void)state;
    struct fdc_counts counts;
    CHECK_STATUS(owner.cx, fdc_load(owner.cx, owner.pg, release_write(), true, &counts), OK);
    CHECK_I64("foods", counts.foods, 3);
    CHECK_I64("amounts", counts.amounts, 6);
    CHECK_I64("superseded", counts.superseded, 1);
    CHECK_I64("other kinds", counts.other_kinds, 1);
    CHECK_I64("blank", counts.blank, 2);
    CHECK_STR(
        "stored",
        db_str(&owner, NULL,
               "SELECT string_agg(concat_ws(' ', fdc_id, description, data_type, food_category,"
               " publication_date, nutrients), E'\\n' ORDER BY fdc_id) AS v"
               " FROM public.usda_nutrition_data WHERE fdc_id >= 9000000"),
        STR("9000001 An 8\" thing,\nraw foundation Fruits, \"raw\" 2019-04-01"
            " {\"1003\": 0, \"1008\": 49.0, \"2047\": 50.5, \"2048\": 49.0}\n"
            "9000002 Second foundation {\"1008\": 72.25, \"2047\": 70, \"2048\": 71}\n"
            "9000005 Nothing known foundation Fruits, \"raw\" 2018-01-01 {}"));
    /* unknown stays unknown: no energy is NULL, not 0 */
    CHECK_STR("unknown",
              db_str(&owner, NULL,
                     "SELECT (calories IS NULL)::text AS v FROM public.usda_nutrition_data"
                     " WHERE fdc_id = 9000005"),
              STR("true"));
    db_must(&owner, NULL, "DELETE FROM public.usda_nutrition_data WHERE fdc_id >= 9000000");
}

static void a_broken_usda_file_leaves_the_table_as_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *name, *change, *want; /* a shell command on the folder */
    } cases[] = {
        {"an open quote", "sed -i '5s/sample_food/\"sample_food/' $D/food.csv",
         "food.csv:5: text after a closing quote"},
        {"a quote that never closes", "printf '11,9000002,1162,\"5' >> $D/food_nutrient.csv",
         "food_nutrient.csv:12: the quote that opens here never closes"},
        {"a column too few", "sed -i '7s/,70,/,70/' $D/food_nutrient.csv",
         "food_nutrient.csv:7: 4 fields where the header has 5"},
        {"a column too many", "sed -i '7s/,70,/,70,,/' $D/food_nutrient.csv",
         "food_nutrient.csv:7: 6 fields where the header has 5"},
        {"a number", "sed -i '8s/,71,/,7l,/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: not an amount: \"7l\""},
        {"a negative number", "sed -i '8s/,71,/,-71,/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: not an amount: \"-71\""},
        {"not a number at all", "sed -i '8s/,71,/,NaN,/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: not an amount: \"NaN\""},
        {"an unknown nutrient", "sed -i '8s/,2048,/,2049,/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: nutrient.csv has no nutrient 2049"},
        {"an unknown food", "sed -i '8s/9000002/9000009/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: food.csv has no food 9000009"},
        {"an amount twice", "sed -i '8s/,2048,/,2047,/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: nutrient 2047 of food 9000002 is given twice"},
        {"an id", "sed -i '8s/9000002/9000002x/' $D/food_nutrient.csv",
         "food_nutrient.csv:8: fdc_id is not a positive whole number: \"9000002x\""},
        {"cut short", "truncate -s -9 $D/food_nutrient.csv", "food_nutrient.csv:11: "},
        {"a food twice", "sed -i 's/^9000003/9000004/' $D/food.csv",
         "food.csv:6: food 9000004 is listed twice"},
        {"an unknown category", "sed -i '2,3s/\"9\"/\"8\"/' $D/food.csv",
         "food.csv:2: food_category.csv has no category 8"},
        {"a date", "sed -i 's/2019-04-01/4-1-2019/' $D/food.csv",
         "food.csv:2: not a date (YYYY-MM-DD): \"4-1-2019\""},
        {"no description", "sed -i 's/\"Second\"/\" \"/' $D/food.csv",
         "food.csv:4: description: 1 to 500 characters, not 0"},
        {"a column's name", "sed -i '1s/amount/value/' $D/food_nutrient.csv",
         "food_nutrient.csv:1: the header has no column amount"},
        {"not UTF-8", "printf '11,9000002,1162,5,\\377\\n' >> $D/food_nutrient.csv",
         "food_nutrient.csv:12: not UTF-8"},
        {"nothing of ours", "sed -i 's/foundation_food/branded_food/' $D/food.csv",
         "food.csv: no foundation_food and no sr_legacy_food in it"},
        {"no nutrients", "rm $D/nutrient.csv", "nutrient.csv: no such file"},
    };
    struct str before = fingerprint("usda_nutrition_data");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fdc_counts counts;
        const char *folder = release_write();
        shell(folder, cases[i].change);
        err_clear(owner.cx);
        enum status status = fdc_load(owner.cx, owner.pg, folder, true, &counts);
        if (status != ERR_INVALID && status != ERR_NOT_FOUND) {
            CHECK_FAILED("%s: %s %s\n", cases[i].name, status_name(status), owner.cx->err.text);
        }
        words_must_hold(cases[i].name, cases[i].want);
        CHECK_STR(cases[i].name, fingerprint("usda_nutrition_data"), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_apply_once),
        cmocka_unit_test(migrations_refuse_a_history_that_changed),
        cmocka_unit_test(a_migration_that_fails_leaves_nothing),
        cmocka_unit_test(a_migration_does_not_queue_for_a_table_in_use),
        cmocka_unit_test(migrations_fit_a_hosted_database),
        cmocka_unit_test(seeding_twice_changes_nothing),
        cmocka_unit_test(search_finds_what_a_cook_means),
        cmocka_unit_test(a_faulty_seed_is_refused_with_its_line),
        cmocka_unit_test(a_seed_without_its_parts_says_which),
        cmocka_unit_test(usda_files_load_as_they_say),
        cmocka_unit_test(a_broken_usda_file_leaves_the_table_as_it_was),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
