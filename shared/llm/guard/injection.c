/*
 * Signs of prompt injection. Sources of the kinds: OWASP Top 10 for LLM Applications 2025, LLM01;
 * OWASP's cheat sheet on prompt injection prevention. Signs, not proofs: each wants a verb and what
 * it acts on, so that a text about the subject seldom shows one; who writes around them will.
 *
 * A row's pattern is tried only where one of its triggers stands, on the bytes behind it, so that a
 * long text costs little more than being read.
 */
#include "shared/llm/guard/hidden.h"
#include "shared/llm/guard/internal.h"
#include "shared/llm/guard/pii_forms.h"

#include <ctype.h>

#define EARLIER "(?:previous|prior|above|earlier|preceding|existing|foregoing)"
#define ORDERS  "(?:instructions?|prompts?|rules|directions|guidelines|directives|commands|orders)"

enum { MAX_TRIGGERS = 8, LOOKED_AT_BYTES = 600 };

static const struct row {
    const char *sign;
    bool begins_line;                  /* nothing but blanks and "#" before it */
    struct str triggers[MAX_TRIGGERS]; /* small letters; where letters, at the begin of a word */
    struct str pattern;                /* from the trigger on */
} table[] = {
    {"ignore_previous",
     false,
     {STR_INIT("ignore"), STR_INIT("disregard"), STR_INIT("forget"), STR_INIT("override"),
      STR_INIT("bypass")},
     STR_INIT("(?i)^\\w+\\s+(?:(?:all|any|of|every|the|your|my|these|those|and)\\s+){0,4}" EARLIER
              "\\s+(?:\\w+\\s+){0,2}" ORDERS "\\b")},
    {"ignore_previous",
     false,
     {STR_INIT("ignore"), STR_INIT("disregard"), STR_INIT("forget"), STR_INIT("override")},
     STR_INIT("(?i)^\\w+\\s+(?:all\\s+(?:of\\s+)?)?your\\s+(?:\\w+\\s+)?" ORDERS "\\b")},
    {"ignore_previous", /* German */
     false,
     {STR_INIT("ignorier"), STR_INIT("vergiss"), STR_INIT("missachte")},
     STR_INIT("(?i)^\\w+\\s+(?:bitte\\s+)?(?:alle\\s+)?(?:deine\\s+|die\\s+)?"
              "(?:bisherigen|vorherigen|vorigen|obigen)\\s+(?:Anweisungen|Regeln|Befehle)\\b")},
    {"ignore_previous", /* French */
     false,
     {STR_INIT("ignore"), STR_INIT("oublie")},
     STR_INIT(
         "(?i)^\\w+\\s+(?:toutes\\s+)?(?:les|tes|vos)\\s+(?:instructions|consignes|r\xC3\xA8gles)"
         "\\s+(?:pr\xC3\xA9"
         "c\xC3\xA9"
         "dentes|ci-dessus)")},
    {"ignore_previous", /* Spanish, Italian, Portuguese */
     false,
     {STR_INIT("ignora"), STR_INIT("ignore"), STR_INIT("olvida"), STR_INIT("dimentica"),
      STR_INIT("esque\xC3\xA7"
               "a")},
     STR_INIT("(?i)^\\S+\\s+(?:todas\\s+|tutte\\s+)?(?:las|le|as)\\s+(?:instrucciones|istruzioni|"
              "instru\xC3\xA7\xC3\xB5"
              "es)\\s+(?:anteriores|previas|precedenti)\\b")},
    {"reveal_prompt",
     false,
     {STR_INIT("reveal"), STR_INIT("print"), STR_INIT("show"), STR_INIT("repeat"),
      STR_INIT("output"), STR_INIT("display"), STR_INIT("leak"), STR_INIT("tell")},
     STR_INIT("(?i)^\\w+\\s+(?:\\w+\\s+){0,3}(?:your|the)\\s+(?:\\w+\\s+)?"
              "(?:system|hidden|initial|secret|original)\\s+(?:prompt|instructions?|message)\\b")},
    {"reveal_prompt",
     false,
     {STR_INIT("repeat")},
     STR_INIT("(?i)^repeat\\s+(?:\\w+\\s+){0,3}(?:words|text|everything)\\s+above\\b")},
    {"new_role",
     false,
     {STR_INIT("you are now"), STR_INIT("from now on"), STR_INIT("pretend to be"),
      STR_INIT("act as")},
     STR_INIT("(?i)^(?:you\\s+are\\s+now|from\\s+now\\s+on,?\\s+you\\s+are|pretend\\s+to\\s+be|"
              "act\\s+as)\\s+(?:an?\\s+)?(?:\\w+\\s+)?(?:DAN\\b|unrestricted|unfiltered|uncensored|"
              "jailbroken|(?:AI|model|assistant)\\s+(?:without|with\\s+no)\\s+(?:\\w+\\s+)?"
              "(?:rules|restrictions|limits|limitations|filters|guidelines))")},
    {"unlocked_mode",
     false,
     {STR_INIT("enable"), STR_INIT("enter"), STR_INIT("activate"), STR_INIT("switch to"),
      STR_INIT("you are in")},
     STR_INIT("(?i)^(?:enable|enter|activate|switch\\s+to|you\\s+are\\s+in)\\s+(?:\\w+\\s+)?"
              "(?:DAN|jailbreak|god|unrestricted|unfiltered)\\s+mode\\b")},
    {"fake_turn", /* turns of chat templates: no person writes them */
     false,
     {STR_INIT("<|"), STR_INIT("[inst]"), STR_INIT("[/inst]"), STR_INIT("<<sys>>"),
      STR_INIT("<</sys>>")},
     STR_INIT("^(?:<\\|(?:im_start|im_end|start_header_id|endoftext|system|assistant|user)\\|>|"
              "\\[/?INST\\]|<</?SYS>>)")},
    {"fake_turn",
     true,
     {STR_INIT("system"), STR_INIT("assistant")},
     STR_INIT("(?i)^\\w+(?:\\s+(?:message|prompt|override))?\\s*:\\s*(?:you\\s+(?:are|must|will)|"
              "ignore|disregard|new\\s+instructions)\\b")},
    {"fake_tag",
     false,
     {STR_INIT("<system"), STR_INIT("</system"), STR_INIT("<instructions"),
      STR_INIT("</instructions"), STR_INIT("<developer"), STR_INIT("</developer")},
     STR_INIT("(?i)^</?(?:system|system_prompt|system-reminder|instructions|developer)\\s*>")},
    {"hide_from_user",
     false,
     {STR_INIT("do not"), STR_INIT("don't"), STR_INIT("never")},
     STR_INIT("(?i)^(?:do\\s+not|don't|never)\\s+(?:tell|inform|mention|reveal|notify|alert)\\s+"
              "(?:\\w+\\s+){0,3}the\\s+user\\b")},
    {"exfiltration", /* an image whose address is to carry what the model knows */
     false,
     {STR_INIT("![")},
     STR_INIT("(?i)^!\\[[^\\]\\n]{0,200}\\]\\(https?://[^)\\s]{1,300}[?&]\\w{1,40}="
              "(?:\\{|\\[|<|%7B|\\$)")},
    {"encoded_orders",
     false,
     {STR_INIT("decode"), STR_INIT("decrypt")},
     STR_INIT("(?i)^\\w+\\b[^.\\n]{0,100}\\band\\s+(?:then\\s+)?(?:follow|execute|obey|run)\\b")},
};

enum status injection_compile(struct ctx *cx, struct arena *arena,
                              const struct pattern *const **signs)
{
    const struct pattern **made = ARENA_ARRAY(arena, const struct pattern *, ARRAY_LEN(table));
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        TRY(pattern_compile(cx, arena, table[i].pattern, PATTERN_PERL, &made[i]));
    }
    *signs = made;
    return OK;
}

/* ---- looking ---- */

static bool begins_word(struct str text, size_t at)
{
    return at == 0 || !pii_is_word(text.ptr[at - 1]) || !pii_is_word(text.ptr[at]);
}

static bool begins_line(struct str text, size_t at)
{
    while (at > 0 && str_find_char(STR(" \t#"), text.ptr[at - 1]) != SIZE_MAX) {
        at--;
    }
    return at == 0 || text.ptr[at - 1] == '\n';
}

static bool has_trigger(const struct row *row, struct str rest)
{
    for (size_t i = 0; i < MAX_TRIGGERS && row->triggers[i].len > 0; i++) {
        struct str head = str_slice(rest, 0, row->triggers[i].len);
        if (str_eq_nocase(head, row->triggers[i])) {
            return true;
        }
    }
    return false;
}

/* The bytes that a pattern is tried on, whole characters. */
static struct str looked_at(struct str rest)
{
    struct str cut = str_slice(rest, 0, LOOKED_AT_BYTES);
    while (cut.len < rest.len && ((unsigned char)rest.ptr[cut.len] & 0xC0) == 0x80) {
        cut.len--;
    }
    return cut;
}

/* Which bytes any trigger begins with. */
static void first_bytes(bool is_first[256])
{
    memset(is_first, 0, 256);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        for (size_t k = 0; k < MAX_TRIGGERS && table[i].triggers[k].len > 0; k++) {
            unsigned char c = (unsigned char)table[i].triggers[k].ptr[0];
            is_first[c] = true;
            is_first[(unsigned char)toupper(c)] = true;
        }
    }
}

static size_t look_at(const struct pattern *const *signs, struct str text, size_t at,
                      struct guard_state *state)
{
    struct str rest = str_slice(text, at, text.len);
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (has_trigger(&table[i], rest) && (!table[i].begins_line || begins_line(text, at)) &&
            pattern_matches(signs[i], looked_at(rest)) == PATTERN_YES) {
            guard_note(state, "injection", table[i].sign);
            count++;
        }
    }
    return count;
}

size_t injection_look(const struct pattern *const *signs, struct str text,
                      struct guard_state *state)
{
    bool is_first[256];
    size_t count = 0;
    first_bytes(is_first);
    for (size_t at = 0; at < text.len; at++) {
        if (is_first[(unsigned char)text.ptr[at]] && begins_word(text, at)) {
            count += look_at(signs, text, at, state);
        }
    }
    if (text_hides(text)) {
        guard_note(state, "injection", "hidden_text");
        count++;
    }
    return count;
}
