/*
 * How much the refiner takes, waits and asks for. How often one user may refine stands in
 * dreamcut_refiner_settings, where the owner may change it.
 */
#pragma once

enum {
    REFINER_MAX_BODY_BYTES = 5 * 1024 * 1024, /* of a request; Lambda hands over 6 MB */
    REFINER_MAX_ITEM_BYTES = 1024 * 1024,     /* of one analysis in it */
    REFINER_MAX_ANSWER_BYTES = 3 * 1024 * 1024,
    REFINER_MAX_DEPTH = 32,

    /* models */
    REFINER_MAX_PROMPT_BYTES = 96 * 1024, /* larger ones are refined by rules alone */
    REFINER_OUTPUT_TOKENS = 3000,
    REFINER_EXPECTED_TOKENS = 900, /* of an answer, as a rule: for estimates */
    REFINER_BYTES_PER_TOKEN = 4,   /* of a prompt, as a rule: for estimates */
    REFINER_PATIENCE_MS = 25000,   /* for all models together, where there is no deadline */
    REFINER_MODEL_MIN_MS = 3000,   /* with less time left none is asked */
    REFINER_RESERVE_MS = 2000,     /* of the deadline: to validate, store and answer */

    /* batches */
    BATCH_MAX_ITEMS = 20,
    BATCH_THREADS = 4,                        /* each with connections of its own */
    BATCH_MAX_ANSWER_BYTES = 5 * 1024 * 1024, /* of all results together */

    /* events */
    EVENTS_FOLLOW_MS = 25000, /* then the client comes back with Last-Event-ID */
    EVENTS_LOOK_MS = 400,
    EVENTS_HEARTBEAT_MS = 10000,
    EVENTS_RETRY_MS = 1000, /* how long a client waits before it comes back */
    EVENTS_PAGE = 100,
};
