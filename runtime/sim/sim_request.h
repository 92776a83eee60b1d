/*
 * The simulator's reader of HTTP requests: as strict as a Runtime API may be, bytes as they come.
 * Source: RFC 9112.
 */
#pragma once

#include "runtime/lambda_sim.h"
#include "shared/base/buf.h"

enum sim_request_state {
    SIM_REQUEST_HEAD,
    SIM_REQUEST_SIZED,
    SIM_REQUEST_CHUNK_SIZE,
    SIM_REQUEST_CHUNK,
    SIM_REQUEST_TRAILERS,
    SIM_REQUEST_WHOLE,
    SIM_REQUEST_FAULTY
};

struct sim_request {
    enum sim_request_state state;
    struct buf in; /* every byte of it, and what came behind it */
    size_t at;     /* read so far */
    size_t head_bytes, left;
    struct buf body;   /* without its frames */
    struct buf chunks; /* the end of each in `body`, as size_t */
    size_t trailers_at;
};

/* Everything will live in `arena`. */
void sim_request_init(struct sim_request *request, struct arena *arena);

/* Call after bytes were added to `in`. True: it changed to `state`, and more may be in there. */
void sim_request_read(struct sim_request *request);

static inline bool sim_request_has_head(const struct sim_request *request)
{
    return request->head_bytes > 0;
}

/* Views into `in`, once the head is there. */
struct str sim_request_method(const struct sim_request *request);
struct str sim_request_target(const struct sim_request *request);
/* Fields of the head, or of the trailers, one after the other; `*rest` starts as these. */
struct str sim_request_fields(const struct sim_request *request);
struct str sim_request_trailers(const struct sim_request *request);
bool sim_request_field_next(struct str *rest, struct lambda_sim_field *field);
struct str sim_request_field(struct str fields, struct str name);
