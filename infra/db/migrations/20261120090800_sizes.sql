-- What a user writes without our functions (PostgREST) is read whole by them: a text of 50 MB or a plan of 250
-- would cost every later request of that user its memory. So each such column has a size, generous beside what
-- an app writes; a plan of ours has some 60 KB.
ALTER TABLE public.meal_plans
    ADD CHECK (octet_length(plan_data::text) <= 1048576);
ALTER TABLE public.grocery_lists
    ADD CHECK (octet_length(items::text) <= 1048576 AND octet_length(items_checked_off::text) <= 1048576);
ALTER TABLE public.user_events
    ADD CHECK (octet_length(event_data::text) <= 16384);
ALTER TABLE public.failed_plans
    ADD CHECK (octet_length(user_blueprint::text) <= 65536),
    ADD CHECK (octet_length(validation_results::text) <= 1048576);
ALTER TABLE public.error_logs
    ADD CHECK (octet_length(context::text) <= 65536);

-- Lists of texts: besides their size, one dimension counted from 1. '{{a},{b}}' and '[0:0]={a}' are arrays too, and
-- nothing that reads a list of texts expects them.
ALTER TABLE public.user_intake
    ADD CHECK (octet_length(allergies::text) <= 65536 AND octet_length(dislikes::text) <= 65536),
    ADD CHECK (octet_length(kitchen_equipment::text) <= 65536 AND octet_length(cultural_preferences::text) <= 65536),
    ADD CHECK (octet_length(flavor_preferences::text) <= 4096),
    ADD CHECK (cardinality(dietary_rules) <= 20 AND cardinality(health_goals) <= 20),
    ADD CHECK (COALESCE(array_ndims(allergies), 1) = 1 AND COALESCE(array_lower(allergies, 1), 1) = 1),
    ADD CHECK (COALESCE(array_ndims(dislikes), 1) = 1 AND COALESCE(array_lower(dislikes, 1), 1) = 1),
    ADD CHECK (COALESCE(array_ndims(dietary_rules), 1) = 1 AND COALESCE(array_lower(dietary_rules, 1), 1) = 1),
    ADD CHECK (COALESCE(array_ndims(health_goals), 1) = 1 AND COALESCE(array_lower(health_goals, 1), 1) = 1),
    ADD CHECK (
        COALESCE(array_ndims(cultural_preferences), 1) = 1 AND COALESCE(array_lower(cultural_preferences, 1), 1) = 1
    ),
    ADD CHECK (
        COALESCE(array_ndims(kitchen_equipment), 1) = 1 AND COALESCE(array_lower(kitchen_equipment, 1), 1) = 1
    );
