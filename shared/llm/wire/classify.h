/*
 * What the wires' classify functions share: the class that an HTTP status alone tells, and tables
 * of the words with which a provider says more.
 *
 * Source: RFC 9110 section 15 for the statuses, the providers' error pages (2026-11) for who bills
 * what when.
 */
#pragma once

#include "shared/llm/base/failure.h"

/* 429, 503, 529: refused for now; 500, 502, 504, 408: may have been billed; and so on. */
enum llm_failure_class classify_status(int http_status);

/* A provider's word, and what it means. Only words of such tables are ever shown. */
struct classify_word {
    struct str word;
    enum llm_failure_class kind;
};

/* The row of `word`; NULL: not one of the known ones. */
const struct classify_word *classify_find(const struct classify_word *rows, size_t count,
                                          struct str word);

/*
 * The first name of a path, "messages" of "messages[0].content" and of "messages.0.content: Field
 * required", as both OpenAI's `param` and Anthropic's messages have it. Empty: it does not begin
 * with one.
 */
struct str classify_member(struct str path);

/* Ours, for a class without a word of the provider's. */
struct str classify_sentence(enum llm_failure_class kind);
