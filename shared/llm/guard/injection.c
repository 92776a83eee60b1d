/*
 * Signs of prompt injection. Sources of the kinds: OWASP Top 10 for LLM Applications 2025, LLM01;
 * OWASP's cheat sheet on prompt injection prevention. Signs, not proofs: each wants a verb and what
 * it acts on, so that a text about the subject seldom shows one; who writes around them will.
 */
#include "shared/llm/guard/internal.h"

#define EARLIER "(?:previous|prior|above|earlier|preceding|existing|foregoing)"
#define ORDERS  "(?:instructions?|prompts?|rules|directions|guidelines|directives|commands|orders)"

static const struct {
    const char *sign;
    struct str pattern;
} table[] = {
    {"ignore_previous",
     STR_INIT("(?i)\\b(?:ignore|disregard|forget|override|bypass)\\s+(?:(?:all|any|of|every|the|"
              "your|my|these|those|and)\\s+){0,4}" EARLIER "\\s+(?:\\w+\\s+){0,2}" ORDERS "\\b")},
    {"ignore_previous",
     STR_INIT("(?i)\\b(?:ignore|disregard|forget|override)\\s+(?:all\\s+(?:of\\s+)?)?your\\s+"
              "(?:\\w+\\s+)?" ORDERS "\\b")},
    {"ignore_previous", /* German */
     STR_INIT("(?i)\\b(?:ignorier|vergiss|missachte)(?:e|en|t)?\\s+(?:bitte\\s+)?(?:alle\\s+)?"
              "(?:deine\\s+|die\\s+)?(?:bisherigen|vorherigen|vorigen|obigen)\\s+"
              "(?:Anweisungen|Regeln|Befehle)\\b")},
    {"ignore_previous", /* French */
     STR_INIT("(?i)\\b(?:ignore[zr]?|oublie[zr]?)\\s+(?:toutes\\s+)?(?:les|tes|vos)\\s+"
              "(?:instructions|consignes|r\xC3\xA8gles)\\s+(?:pr\xC3\xA9"
              "c\xC3\xA9"
              "dentes|"
              "ci-dessus)")},
    {"ignore_previous", /* Spanish, Italian, Portuguese */
     STR_INIT("(?i)\\b(?:ignor[ae]|olvida|dimentica|esque\xC3\xA7"
              "a)\\s+(?:todas\\s+|tutte\\s+)?"
              "(?:las|le|as)\\s+(?:instrucciones|istruzioni|instru\xC3\xA7\xC3\xB5"
              "es)\\s+"
              "(?:anteriores|previas|precedenti)\\b")},
    {"reveal_prompt",
     STR_INIT("(?i)\\b(?:reveal|print|show|repeat|output|display|leak|tell)\\s+(?:\\w+\\s+){0,3}"
              "(?:your|the)\\s+(?:\\w+\\s+)?(?:system|hidden|initial|secret|original)\\s+"
              "(?:prompt|instructions?|message)\\b")},
    {"reveal_prompt",
     STR_INIT("(?i)\\brepeat\\s+(?:\\w+\\s+){0,3}(?:words|text|everything)\\s+above\\b")},
    {"new_role",
     STR_INIT("(?i)\\b(?:you\\s+are\\s+now|from\\s+now\\s+on,?\\s+you\\s+are|pretend\\s+to\\s+be|"
              "act\\s+as)\\s+(?:an?\\s+)?(?:\\w+\\s+)?(?:DAN\\b|unrestricted|unfiltered|uncensored|"
              "jailbroken|(?:AI|model|assistant)\\s+(?:without|with\\s+no)\\s+(?:\\w+\\s+)?"
              "(?:rules|restrictions|limits|limitations|filters|guidelines))")},
    {"unlocked_mode",
     STR_INIT("(?i)\\b(?:enable|enter|activate|switch\\s+to|you\\s+are\\s+in)\\s+(?:\\w+\\s+)?"
              "(?:DAN|jailbreak|god|unrestricted|unfiltered)\\s+mode\\b")},
    {"fake_turn", /* turns of chat templates: no person writes them */
     STR_INIT("<\\|(?:im_start|im_end|start_header_id|endoftext|system|assistant|user)\\|>|"
              "\\[/?INST\\]|<</?SYS>>")},
    {"fake_turn",
     STR_INIT("(?im)^\\s*(?:#+\\s*)?(?:system|assistant)(?:\\s+(?:message|prompt|override))?\\s*"
              ":\\s*(?:you\\s+(?:are|must|will)|ignore|disregard|new\\s+instructions)\\b")},
    {"fake_tag",
     STR_INIT("(?i)</?(?:system|system_prompt|system-reminder|instructions|developer)\\s*>")},
    {"hide_from_user",
     STR_INIT("(?i)\\b(?:do\\s+not|don't|never)\\s+(?:tell|inform|mention|reveal|notify|alert)\\s+"
              "(?:\\w+\\s+){0,3}the\\s+user\\b")},
    {"exfiltration", /* an image whose address is to carry what the model knows */
     STR_INIT("(?i)!\\[[^\\]\\n]{0,200}\\]\\(https?://[^)\\s]{1,300}[?&]\\w{1,40}=(?:\\{|\\[|<|%7B|"
              "\\$)")},
    {"encoded_orders",
     STR_INIT("(?i)\\b(?:decode|decrypt)\\b[^.\\n]{0,60}\\b(?:base64|rot13|hex)?[^.\\n]{0,40}\\band"
              "\\s+(?:then\\s+)?(?:follow|execute|obey|run)\\b")},
    {"hidden_text", /* tag characters, unless they make the flag of a region */
     STR_INIT("(?:^|[^\\x{1F3F4}\\x{E0020}-\\x{E007F}])[\\x{E0020}-\\x{E007F}]")},
    {"hidden_text", STR_INIT("[\\x{202D}\\x{202E}]|[\\x{200B}\\x{2060}]{4}")},
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

size_t injection_look(const struct pattern *const *signs, struct str text,
                      struct guard_state *state)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        enum pattern_result result = pattern_matches(signs[i], text);
        if (result != PATTERN_NO) {
            guard_note(state, "injection", result == PATTERN_COSTLY ? "too_costly" : table[i].sign);
            count++;
        }
    }
    return count;
}
