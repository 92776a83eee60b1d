#include "runtime/sim/sim.h"

#include "runtime/lambda_http.h"

#include "shared/base/clock.h"

#define INVOCATION STR("/2018-06-01/runtime/invocation/")

enum { ACCEPTED = 202 };

/* ---- answers --------------------------------------------------------------------------------- */

/* What AWS's interface emulator says with each. */
static const struct {
    int status;
    const char *error_type;
} refusals[] = {
    {400, "InvalidRequestID"}, {403, "InvalidStateTransition"}, {404, "NotFound"},
    {410, "InvokeTimeout"},    {413, "RequestEntityTooLarge"},  {500, "InternalServerError"},
};

static struct str answer_make(struct sim_conn *conn, int status, struct str headers,
                              struct str body)
{
    struct buf out = buf_in(&conn->bytes, SIZE_MAX);
    buf_addf(&out, "HTTP/1.1 %d Simulated\r\n" STR_FMT "Content-Length: %zu\r\n\r\n", status,
             STR_ARG(headers), status == 204 ? 0 : body.len);
    buf_add(&out, status == 204 ? (struct str){0} : body);
    return buf_str(&out);
}

static struct str body_of(struct sim_conn *conn, int status)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (refusals[i].status == status) {
            return arena_format(&conn->bytes,
                                "{\"errorMessage\":\"as scripted\",\"errorType\":\"%s\"}",
                                refusals[i].error_type);
        }
    }
    return STR("{\"status\":\"OK\"}\n");
}

/* 0 hangs up. */
static void answer_with(struct sim_conn *conn, int status, int64_t delay_ms)
{
    conn->hang_up = status == 0;
    if (status != 0) {
        conn->answer = answer_make(conn, status, (struct str){0}, body_of(conn, status));
    }
    conn->answer_at_us = clock_mono_us() + delay_ms * 1000;
    conn->state = SIM_CONN_DUE;
}

/* ---- posts ----------------------------------------------------------------------------------- */

struct post {
    struct sim_turn *turn; /* NULL: of no event that is on its way */
    enum lambda_sim_posted posted;
};

/* "{id}/response" */
static struct post post_find(const struct lambda_sim *sim, struct arena *arena, struct str rest)
{
    struct post post = {0};
    struct str coded = {0};
    struct str id = {0};
    if (!str_split_next(&rest, '/', &coded) || !http_url_decode(arena, coded, &id)) {
        return post;
    }
    post.posted = str_eq(rest, STR("response")) ? LAMBDA_SIM_RESPONSE
                  : str_eq(rest, STR("error"))  ? LAMBDA_SIM_ERROR
                                                : LAMBDA_SIM_NOTHING;
    for (struct sim_turn *turn = sim->turns; turn != NULL; turn = turn->next) {
        if (turn->is_given && post.posted != LAMBDA_SIM_NOTHING && str_eq(turn->id, id)) {
            post.turn = turn;
        }
    }
    return post;
}

static struct post post_of(const struct lambda_sim *sim, const struct sim_conn *conn,
                           struct arena *arena)
{
    struct str target = sim_request_target(&conn->request);
    bool is_post = str_eq(sim_request_method(&conn->request), STR("POST"));
    return is_post && str_skip_prefix(&target, INVOCATION) ? post_find(sim, arena, target)
                                                           : (struct post){0};
}

static void post_route(struct lambda_sim *sim, struct sim_conn *conn)
{
    struct post post = post_of(sim, conn, &conn->bytes);
    if (post.turn == NULL) {
        answer_with(conn, 400, 0);
        return;
    }
    const struct lambda_sim_event *event = post.turn->event;
    struct lambda_sim_outcome *out = post.turn->out;
    size_t at = out->posts;
    int status = ACCEPTED;
    if (event->post_status_count > 0) {
        status =
            event->post_statuses[at < event->post_status_count ? at : event->post_status_count - 1];
    }
    sim_outcome_record(sim, &conn->request, post.posted, out);
    if (at == 0) {
        out->status = status;
    }
    answer_with(conn, status, event->post_delay_ms);
}

bool sim_route_is_early(const struct lambda_sim *sim, const struct sim_conn *conn)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct post post = post_of(sim, conn, &scratch);
    arena_deinit(&scratch);
    return post.turn != NULL && post.turn->event->post_is_early;
}

void sim_route_cut(struct lambda_sim *sim, struct sim_conn *conn)
{
    struct post post = post_of(sim, conn, &conn->bytes);
    if (post.turn != NULL) {
        sim_outcome_record(sim, &conn->request, post.posted, post.turn->out);
    }
}

/* ---- polls ----------------------------------------------------------------------------------- */

/* Its slot asks for the next event, or will never ask. */
static void turn_over(struct sim_turn *turn, bool polls_again)
{
    turn->out->polls_again = polls_again;
    turn->is_over = true;
}

/*
 * A poll says that the event its slot had is over: the one of this connection, or, on a new one,
 * the oldest event whose connection is gone.
 */
static void poll_begin(struct lambda_sim *sim, struct sim_conn *conn)
{
    struct sim_turn *over = conn->turn;
    for (struct sim_turn *turn = sim->turns; over == NULL && turn != NULL; turn = turn->next) {
        if (turn->is_given && !turn->is_over && !turn->has_conn) {
            over = turn;
        }
    }
    conn->turn = NULL;
    if (over != NULL) {
        turn_over(over, true);
    }
    sim->polls++;
    conn->state = SIM_CONN_POLLING;
}

static struct str event_headers(struct arena *arena, const struct sim_turn *turn)
{
    const struct lambda_sim_event *event = turn->event;
    const struct lambda_sim_field fields[] = {
        {STR("Lambda-Runtime-Aws-Request-Id"), turn->id},
        {STR("Content-Type"),
         event->content_type.len > 0 ? event->content_type : STR("application/json")},
        {STR("Lambda-Runtime-Invocation-Id"), event->invocation_id},
        {STR("Lambda-Runtime-Invoked-Function-Arn"), event->function_arn},
        {STR("Lambda-Runtime-Trace-Id"), event->trace_id},
        {STR("Lambda-Runtime-Aws-Tenant-Id"), event->tenant_id},
        {STR("Lambda-Runtime-Client-Context"), event->client_context},
        {STR("Lambda-Runtime-Cognito-Identity"), event->cognito_identity},
    };
    struct buf out = buf_in(arena, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i].value.len > 0) {
            buf_addf(&out, STR_FMT ": " STR_FMT "\r\n", STR_ARG(fields[i].name),
                     STR_ARG(fields[i].value));
        }
    }
    if (event->timeout_ms > 0) {
        int64_t deadline_ms = clock_now_ms() + event->timeout_ms;
        buf_addf(&out, "Lambda-Runtime-Deadline-Ms: %lld\r\n", (long long)deadline_ms);
    }
    return buf_str(&out);
}

static void turn_give(struct sim_turn *turn, struct sim_conn *conn)
{
    if (turn->polls < turn->event->poll_status_count) {
        answer_with(conn, turn->event->poll_statuses[turn->polls++], 0);
        return;
    }
    turn->is_given = turn->has_conn = true;
    conn->turn = turn;
    conn->hang_up = false;
    conn->answer = answer_make(conn, 200, event_headers(&conn->bytes, turn), turn->event->event);
    conn->answer_at_us = 0;
    conn->state = SIM_CONN_DUE;
}

static struct sim_turn *turn_waiting(const struct lambda_sim *sim)
{
    struct sim_turn *turn = sim->turns;
    while (turn != NULL && turn->is_given) {
        turn = turn->next;
    }
    return turn;
}

/* The one that has waited longest is last: connections are put in front. */
void sim_route_polls(struct lambda_sim *sim)
{
    for (struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        struct sim_turn *turn = turn_waiting(sim);
        if (conn->fd < 0 || conn->state != SIM_CONN_POLLING) {
            continue;
        }
        if (turn != NULL) {
            turn_give(turn, conn);
        } else if (sim->is_closing) {
            answer_with(conn, 500, 0);
        }
    }
}

void sim_route_gone(struct lambda_sim *sim, const struct sim_conn *conn)
{
    (void)sim;
    if (conn->turn != NULL) {
        conn->turn->has_conn = false;
    }
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void init_error(struct lambda_sim *sim, struct sim_conn *conn)
{
    sim_outcome_record(sim, &conn->request, LAMBDA_SIM_ERROR, &sim->init);
    sim->init.status = ACCEPTED;
    answer_with(conn, ACCEPTED, 0);
}

static void registration(struct lambda_sim *sim, struct sim_conn *conn)
{
    (void)sim;
    conn->hang_up = false;
    conn->answer = answer_make(
        conn, 200, STR("Lambda-Extension-Identifier: sim\r\n"),
        STR("{\"functionName\":\"sim\",\"functionVersion\":\"1\",\"handler\":\"sim\"}"));
    conn->answer_at_us = 0;
    conn->state = SIM_CONN_DUE;
}

static void park(struct lambda_sim *sim, struct sim_conn *conn)
{
    (void)sim;
    conn->state = SIM_CONN_PARKED;
}

static const struct {
    struct str method, target;
    void (*take)(struct lambda_sim *sim, struct sim_conn *conn);
} routes[] = {
    {STR_INIT("GET"), STR_INIT("/2018-06-01/runtime/invocation/next"), poll_begin},
    {STR_INIT("POST"), STR_INIT("/2018-06-01/runtime/init/error"), init_error},
    {STR_INIT("POST"), STR_INIT("/2020-01-01/extension/register"), registration},
    {STR_INIT("GET"), STR_INIT("/2020-01-01/extension/event/next"), park},
};

void sim_route(struct lambda_sim *sim, struct sim_conn *conn)
{
    struct str method = sim_request_method(&conn->request);
    struct str target = sim_request_target(&conn->request);
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (str_eq(method, routes[i].method) && str_eq(target, routes[i].target)) {
            routes[i].take(sim, conn);
            return;
        }
    }
    if (str_has_prefix(target, INVOCATION)) {
        post_route(sim, conn);
    } else {
        answer_with(conn, 404, 0);
    }
}
