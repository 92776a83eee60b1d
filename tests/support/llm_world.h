/*
 * The engine in a world of its own: providers are scripts of an http_peer, the store is a fake that
 * remembers, waits take no time. What the caller gets is text.
 *
 *   llm_world_open(&w, &peer, NULL);
 *   llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));    what the first request gets
 *   CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
 *
 * Targets, all of the OpenAI wire, in three accounts: one/a, two/b, two/c (larger), three/d; alias
 * "chain" leads to one/a, two/b, three/d; "alone" to one/a; "same" to two/b and two/c. Of the model
 * one/old, one/a is the successor. Input costs 1,000 nano-dollars a token, output 2,000; three/d
 * ten times as much. "dead/e" is where nobody listens; "run/them/r" is of the Replicate
 * wire, "rock/k:0" of Bedrock's.
 */
#pragma once

#include "shared/llm/llm.h"
#include "tests/support/check.h"
#include "tests/support/http_peer.h"
#include "tests/support/llm_events.h"

enum { LLM_WORLD_WAITS = 16 };

/* What the fake store was asked, and what it says. Definitions of llm_admit and llm_settle. */
struct llm_fake_store {
    bool is_used;
    enum status admit_status;
    struct llm_admission_request asked;
    struct llm_admission says;
    struct llm_settlement settled;
    int admits, settles;
};
extern struct llm_fake_store llm_fake_store;

struct llm_world {
    struct test_ctx t;
    struct ctx *cx;
    struct http_peer *peer;
    struct llm *llm;
    struct llm_transport network, transport;
    int64_t waits_ms[LLM_WORLD_WAITS];
    size_t wait_count;
    struct llm_caller caller;
    struct llm_request request;
    struct llm_chat chat;
    struct llm_outcome outcome;
    /* the caller's side */
    int begins;
    struct buf raw;
    struct heard_events heard;
    int gives_up_at; /* so many gifts are taken; 0: all */
    int gifts;
    struct llm_head head; /* as `begin` had it */
    int scripted;
};

/* For tests of silence; in others an answer must not be late because the machine is busy. */
extern const struct llm_timeouts llm_world_short;

/* `timeouts` may be NULL: 10 s for each. */
void llm_world_open(struct llm_world *w, struct http_peer *peer,
                    const struct llm_timeouts *timeouts);
void llm_world_close(struct llm_world *w);

/* The next request gets this. */
void llm_world_next(struct llm_world *w, enum http_peer_end end, struct str bytes);
/* An answer of this status, whole. */
struct str llm_world_http(struct llm_world *w, int status, const char *fields, const char *body);
/* A good answer, in the form that `w->request.stream` asks for: 10 tokens in, 2 out. */
struct str llm_world_good(struct llm_world *w, const char *text);

/* The body is read: then it is raw. Else `w->chat` alone is there. */
void llm_world_body(struct llm_world *w, const char *body);
enum status llm_world_ask(struct llm_world *w);
