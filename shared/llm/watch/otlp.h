/*
 * Spans to a collector: OTLP over HTTP in JSON, sent once the caller has its answer, in batches,
 * and never more than one try. What cannot be sent is dropped and counted; after a failure nothing
 * is sent for half a minute, so that a collector that is away costs a call no more than one timeout
 * in that time. Memory is bounded; no thread, no retry, no disk.
 *
 *   OTEL_EXPORTER_OTLP_ENDPOINT         https://collector.example; "/v1/traces" is appended
 *   OTEL_EXPORTER_OTLP_TRACES_ENDPOINT  the whole address, instead
 *   OTEL_EXPORTER_OTLP_HEADERS          name=value,...: percent-encoded; a key goes in here
 *   OTEL_EXPORTER_OTLP_TRACES_HEADERS   instead
 *   OTEL_EXPORTER_OTLP_TIMEOUT          milliseconds; 1000 (OpenTelemetry's own is 10000)
 *   OTEL_BSP_SCHEDULE_DELAY             milliseconds a span may wait for others; 0
 *                                       (OpenTelemetry's own is 5000, but Lambda stops a
 *                                       process between calls)
 *   OTEL_SERVICE_NAME                   else AWS_LAMBDA_FUNCTION_NAME
 *   OTEL_SDK_DISABLED                   true: nothing is sent
 *
 * Without an endpoint there is nothing to do, and it costs nothing. http:// is for this machine
 * only, as everywhere: an extension or a sidecar.
 *
 * Sources: OpenTelemetry Protocol specification 1.x, "OTLP/HTTP"; OpenTelemetry specification, "SDK
 * environment variables", "OTLP exporter".
 */
#pragma once

#include "shared/llm/watch/spans.h"

struct otlp; /* of one slot */

enum {
    OTLP_MAX_BYTES = 512 * 1024, /* of spans that wait */
    OTLP_REST_MS = 30 * 1000,    /* after a failure */
    OTLP_MAX_HEADERS = 8,
};

/*
 * Reads the environment; opens nothing. `*otlp` is NULL where spans go nowhere; the calls below
 * take that.
 *
 * ERR_INTERNAL  a variable is at fault; the words name it, never its value
 */
enum status otlp_new(struct ctx *cx, struct otlp **otlp) MUST_CHECK;
/* Does not send. `otlp` may be NULL. */
void otlp_free(struct otlp *otlp);
/* Lets the connection go, before a snapshot. */
void otlp_disconnect(struct otlp *otlp);

/* Takes a call's spans, if its trace is sampled. They are dropped, and counted, if they do not fit.
 */
void otlp_take(struct ctx *cx, struct otlp *otlp, const struct llm_watched *call);

/*
 * Sends what waits, if it is due or `is_last`. `now_ms` is the Unix epoch. A failure is a line in
 * the log, "spans_dropped", with how many were since the last one.
 */
void otlp_flush(struct ctx *cx, struct otlp *otlp, int64_t now_ms, bool is_last);

/* Spans dropped so far, for whatever reason. */
int64_t otlp_dropped(const struct otlp *otlp);
