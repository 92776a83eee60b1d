/*
 * Trace context: the texts by which one request is known to all who work on it. Two forms are read,
 * X-Ray's header and W3C's, and their ids turned into each other; nothing is measured or recorded
 * here. So no span of our own stands between the caller's and those of whom we call: the parent's
 * id is passed on as it came.
 *
 * Sources: AWS X-Ray Developer Guide, "xray-concepts" (tracing header) and "Sending trace data with
 * W3C trace ids"; W3C Trace Context Level 2, sections 3.2 (traceparent) and 3.3 (tracestate).
 */
#pragma once

#include "shared/base/ctx.h"

enum {
    TRACE_XRAY_MAX_BYTES = 1024, /* of a header that is passed on; Lambda's have some 100 */
    TRACE_STATE_MAX_BYTES = 4096,
    TRACE_STATE_MAX_MEMBERS = 32,
    TRACE_PARENT_BYTES = 55 /* of a traceparent of version 00 */
};

/* Views of the header. Fields beyond these (Self, what is to come) are kept in the header alone. */
struct trace_xray {
    struct str root;    /* 1-58406520-a006649127e371903a2de979 */
    struct str parent;  /* 53995c3f42cd8ad8; empty: not sent */
    struct str lineage; /* opaque; empty: not sent */
    char sampled;       /* '1' yes, '0' no, '?' the answer is asked for; 0: not sent */
};

/*
 * Reads X-Ray's header: Root=...;Parent=...;Sampled=1, in any order, blanks around the fields.
 * False, `out` zero: no Root or a malformed one, a malformed Parent, a known field twice, what is
 * no name=value, bytes that no header may hold, more than TRACE_XRAY_MAX_BYTES.
 */
bool trace_xray_read(struct str header, struct trace_xray *out) MUST_CHECK;

struct trace_parent {
    struct str trace_id;  /* 32 hexadecimal digits, in lower case, not all zero */
    struct str parent_id; /* 16 of them */
    unsigned version, flags;
};

enum { TRACE_SAMPLED = 1, TRACE_RANDOM = 2 }; /* flags; what else is set has no meaning yet */

/*
 * Reads a traceparent, 00-<trace id>-<parent id>-<flags>; of a later version, what this one knows.
 * False, `out` zero: a digit in upper case, an id of zeros, version ff, a length that is wrong.
 */
bool trace_parent_read(struct str header, struct trace_parent *out) MUST_CHECK;

/*
 * Whether a tracestate may be passed on: at most TRACE_STATE_MAX_MEMBERS of key=value, no key
 * twice.
 */
bool trace_state_is_valid(struct str header);

/* The same ids in W3C's form. False: the header has no parent. */
bool trace_parent_from_xray(const struct trace_xray *xray,
                            char out[static TRACE_PARENT_BYTES + 1]) MUST_CHECK;
enum { TRACE_XRAY_BYTES = 74 }; /* Root=1-8-24;Parent=16;Sampled=1 */
/* The same ids in X-Ray's form. */
void trace_xray_from_parent(const struct trace_parent *parent,
                            char out[static TRACE_XRAY_BYTES + 1]);

/*
 * Makes what an HTTP request brought the invocation's context: `cx->traceparent`, and
 * `cx->tracestate` with it. Views, valid as long as the event. A traceparent that is malformed or
 * not there leaves both empty, and a malformed tracestate is dropped alone (W3C 3.2.1, 3.3.1).
 */
void trace_adopt(struct ctx *cx, struct str traceparent, struct str tracestate);
