#include "shared/llm/store/internal.h"

struct pg_param llm_digest_param(struct arena *arena, const struct llm_digest *digest)
{
    if (digest == NULL) {
        return PG_NULL;
    }
    char *text = arena_alloc(arena, LLM_DIGEST_TEXT_LEN + 1, 1);
    llm_digest_text(digest, text);
    return PG_STR(((struct str){.ptr = text, .len = LLM_DIGEST_TEXT_LEN}));
}

struct pg_identity llm_identity(const struct llm_caller *caller)
{
    return (struct pg_identity){.role = PG_ROLE_LLM_GATEWAY, .claims = caller->claims};
}

enum status llm_run(struct ctx *cx, struct pg *pg, const struct pg_identity *identity,
                    const struct pg_query *query, struct pg_rows *rows)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, identity, &tx));
    return pg_exec_commit(cx, &tx, query, 1, rows);
}

bool llm_is_plain(struct str text, size_t max)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len > 0 && text.len <= max;
}
