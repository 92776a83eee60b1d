/*
 * What reading an HTTP event and answering one share.
 */
#pragma once

#include "runtime/event/event_member.h"

/* How the answer must look. */
struct http_kind {
    enum http_format format;
    bool is_multi_value; /* ALB: it wants multi-value headers */
};

/*
 * For an answer: as `http_event_format` where that says what it is, and cheaper for V2. Of what is
 * no HTTP event, it may say V2.
 */
struct http_kind http_event_kind(struct str event);

/*
 * Whether it came through a function URL: of its kind, only they have such a domain. Source: AWS
 * Lambda Developer Guide, "urls-invocation", "URL endpoints".
 */
bool http_event_is_of_url(struct str event);

/* A part of a query string, decoded; as it is if it cannot be, or is no UTF-8 then. */
struct str http_form_text(struct arena *arena, struct str text);
