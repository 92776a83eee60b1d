#include "shared/llm/wire/splice.h"

#include "shared/base/attr.h"
#include "shared/base/buf.h"

#include <assert.h>

/* The copy under way: what stands before `at` in the body has been dealt with. */
struct copy {
    struct buf out;
    const struct llm_request *request;
    size_t at;
    size_t next_edit;
};

struct splice splice_of(const struct llm_request *request)
{
    return (struct splice){.request = request};
}

static void change_add(struct splice *splice, struct splice_change change)
{
    assert(splice->count < ARRAY_LEN(splice->changes));
    splice->changes[splice->count++] = change;
}

void splice_set(struct splice *splice, struct str key, struct str json)
{
    change_add(splice, (struct splice_change){.key = key, .json = json});
}

void splice_drop(struct splice *splice, struct str key)
{
    change_add(splice, (struct splice_change){.key = key});
}

static const struct splice_change *change_of(const struct splice *splice, struct str key)
{
    for (size_t i = 0; i < splice->count; i++) {
        if (str_eq(splice->changes[i].key, key)) {
            return &splice->changes[i];
        }
    }
    return NULL;
}

/* Copies up to `end`, the request's own edits on the way. */
static void copy_to(struct copy *copy, size_t end)
{
    const struct llm_request *request = copy->request;
    while (copy->next_edit < request->edit_count) {
        const struct llm_edit *edit = &request->edits[copy->next_edit];
        if (edit->at >= end) {
            break;
        }
        if (edit->at >= copy->at) {
            buf_add(&copy->out, str_slice(request->body, copy->at, edit->at));
            buf_add(&copy->out, edit->text);
            copy->at = edit->at + edit->len;
        }
        copy->next_edit++;
    }
    if (end > copy->at) {
        buf_add(&copy->out, str_slice(request->body, copy->at, end));
        copy->at = end;
    }
}

static size_t offset_in(struct str body, const char *place)
{
    return (size_t)(place - body.ptr);
}

static size_t comma_after(struct str body, size_t at)
{
    return at + str_find_char(str_slice(body, at, body.len), ',') + 1;
}

/* What is set and was not there, in front of all; `has_more`: something follows. */
static void put_new(struct copy *copy, const struct splice *splice, bool has_more)
{
    bool is_first = true;
    for (size_t i = 0; i < splice->count; i++) {
        const struct splice_change *change = &splice->changes[i];
        if (change->json.len == 0 || json_find(copy->request->root, change->key) != NULL) {
            continue;
        }
        struct json_writer w = json_writer_on(&copy->out);
        buf_add(&copy->out, is_first ? STR("") : STR(","));
        json_str(&w, change->key);
        buf_add_char(&copy->out, ':');
        buf_add(&copy->out, change->json);
        is_first = false;
    }
    buf_add(&copy->out, !is_first && has_more ? STR(",") : STR(""));
}

static bool keeps_any(const struct splice *splice)
{
    JSON_EACH (member, splice->request->root) {
        const struct splice_change *change = change_of(splice, member->key);
        if (change == NULL || change->json.len > 0) {
            return true;
        }
    }
    return false;
}

/*
 * A member that goes takes the comma before it along. In front of the first that stays there is
 * none to take, so that one loses its own.
 */
static void copy_members(struct copy *copy, const struct splice *splice)
{
    struct str body = copy->request->body;
    bool has_kept = false;
    bool has_dropped = false;
    JSON_EACH (member, copy->request->root) {
        const struct splice_change *change = change_of(splice, member->key);
        size_t from = offset_in(body, member->span.ptr);
        size_t to = from + member->span.len;
        if (change != NULL && change->json.len == 0) {
            copy->at = to;
            has_dropped = true;
            continue;
        }
        if (!has_kept && has_dropped) {
            copy->at = comma_after(body, copy->at);
        }
        has_kept = true;
        copy_to(copy, change == NULL ? to : from);
        if (change != NULL) {
            buf_add(&copy->out, change->json);
            copy->at = to;
        }
    }
}

static size_t most_bytes(const struct splice *splice)
{
    enum { PUNCTUATION = 8 };
    size_t bytes = splice->request->body.len;
    for (size_t i = 0; i < splice->count; i++) {
        /* A key is ours, and written without escapes. */
        bytes += splice->changes[i].key.len + splice->changes[i].json.len + PUNCTUATION;
    }
    for (size_t i = 0; i < splice->request->edit_count; i++) {
        bytes += splice->request->edits[i].text.len;
    }
    return bytes;
}

struct str splice_body(struct ctx *cx, const struct splice *splice)
{
    const struct llm_request *request = splice->request;
    if (splice->count == 0 && request->edit_count == 0) {
        return request->body;
    }
    assert(request->root->type == JSON_OBJECT);
    size_t most = most_bytes(splice);
    struct copy copy = {.out = buf_in(cx->arena, most), .request = request};
    (void)buf_reserve(&copy.out, most);
    copy_to(&copy, offset_in(request->body, request->root->span.ptr) + 1);
    put_new(&copy, splice, keeps_any(splice));
    copy_members(&copy, splice);
    copy_to(&copy, request->body.len);
    assert(!copy.out.full);
    return buf_str(&copy.out);
}
