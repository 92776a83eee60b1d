#include "functions/refiner/answer.h"

#include "shared/base/clock.h"

enum { MAX_EVENT_BYTES = 4096 };

static struct str or_word(struct str text, const char *word)
{
    return text.len > 0 ? text : str_from_cstr(word);
}

/* ---- metadata -------------------------------------------------------------------------------- */

static void sources_write(struct json_writer *w, const struct enrichment *enrichment)
{
    json_member_object(w, "fieldSources");
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        json_key(w, refined_enrichables[i].pointer);
        json_str(w, or_word(enrichment->sources[i], "rules"));
    }
    json_object_end(w);
}

static void attempts_write(struct json_writer *w, const struct enrichment *enrichment)
{
    json_member_array(w, "attempts");
    for (size_t i = 0; i < enrichment->attempt_count; i++) {
        const struct enrich_attempt *attempt = &enrichment->attempts[i];
        json_object_begin(w);
        json_member_str(w, "model", attempt->model);
        json_member_cstr(w, "result", attempt->result);
        json_member_i64(w, "fields", (int64_t)attempt->accepted);
        json_object_end(w);
    }
    json_array_end(w);
}

static const char *grade_word(enum json_grade grade)
{
    static const char *const words[] = {
        [JSON_GRADE_NONE] = "none",
        [JSON_GRADE_LOSSLESS] = "lossless",
        [JSON_GRADE_UNAMBIGUOUS] = "unambiguous",
        [JSON_GRADE_LOSSY] = "lossy",
    };
    return words[grade];
}

static void repairs_write(struct json_writer *w, const struct enrichment *enrichment)
{
    json_member_array(w, "repairs");
    for (size_t i = 0; i < enrichment->repair_count; i++) {
        const struct enrich_repair *repair = &enrichment->repairs[i];
        json_object_begin(w);
        json_member_str(w, "model", repair->model);
        json_member_str(w, "rule", json_rule_name(repair->edit.rule));
        json_member_cstr(w, "grade", grade_word(json_rule_grade(repair->edit.rule)));
        json_member_cstr(w, "words", json_rule_words(repair->edit.rule));
        json_member_i64(w, "at", (int64_t)repair->edit.at);
        json_member_i64(w, "length", (int64_t)repair->edit.len);
        json_object_end(w);
    }
    json_array_end(w);
    json_member_i64(w, "repairsDropped", (int64_t)enrichment->repairs_dropped);
}

static void notes_write(struct json_writer *w, const struct analysis *analysis)
{
    json_member_array(w, "notes");
    for (size_t i = 0; i < analysis->note_count; i++) {
        json_object_begin(w);
        json_member_str(w, "path", analysis->notes[i].path);
        json_member_cstr(w, "words", analysis->notes[i].words);
        json_object_end(w);
    }
    json_array_end(w);
}

static void language_write(struct json_writer *w, const struct language *language)
{
    json_member_object(w, "language");
    json_member_str(w, "code", language->code);
    json_member_str(w, "name", language->name);
    json_member_fixed(w, "confidence", language->confidence, 2);
    json_member_bool(w, "isReliable", language->is_reliable);
    json_object_end(w);
}

/* How it came about. */
static void origin_write(struct json_writer *w, const struct answer_parts *parts)
{
    const struct enrichment *enrichment = parts->enrichment;
    json_member_str(w, "refinerId", parts->id);
    json_member_i64(w, "processingTimeMs", parts->took_ms);
    json_member_str(w, "modelUsed", or_word(enrichment->model_used, "none"));
    json_member_bool(w, "degraded", enrichment->accepted == 0);
    if (enrichment->reason != NULL) {
        json_member_cstr(w, "degradedReason", enrichment->reason);
    }
    json_member_bool(w, "cached", false);
    json_member_bool(w, "stored", parts->is_stored);
    json_member_cstr(w, "promptVersion", MODEL_PROMPT_VERSION);
    json_member_i64(w, "costNanodollars", enrichment->cost_nano);
}

static void metadata_write(struct json_writer *w, const struct answer_parts *parts)
{
    const struct refinement *r = parts->refinement;
    json_member_object(w, "_metadata");
    origin_write(w, parts);
    json_member_cstr(w, "templateUsed", r->template_label);
    json_member_cstr(w, "creativeProfile", profile_id(r->profile.profile));
    json_key(w, STR("profileDetection"));
    profile_write(w, &r->profile);
    language_write(w, &r->language);
    json_key(w, STR("qualityAssessment"));
    quality_write(w, &r->quality, &r->refined);
    sources_write(w, parts->enrichment);
    attempts_write(w, parts->enrichment);
    repairs_write(w, parts->enrichment);
    notes_write(w, parts->analysis);
    json_object_end(w);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum status answer_check(struct ctx *cx, const struct jsonschema *schema, struct str answer)
{
    const struct json *root = NULL;
    TRY(json_read(cx, answer, NULL, &root));
    return jsonschema_check(cx, schema, root, NULL);
}

enum status answer_make(struct ctx *cx, const struct jsonschema *schema,
                        const struct answer_parts *parts, struct str *answer)
{
    struct buf buf = buf_in(cx->arena, REFINER_MAX_ANSWER_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    refined_write_members(&w, &parts->refinement->refined);
    metadata_write(&w, parts);
    json_object_end(&w);
    *answer = buf_str(&buf);
    if (buf.full) {
        return fail(cx, ERR_INTERNAL, "an answer of more than %d bytes", REFINER_MAX_ANSWER_BYTES);
    }
    if (answer_check(cx, schema, *answer) != OK) {
        return err_while(cx, ERR_INTERNAL, "the answer does not fit its schema");
    }
    return OK;
}

static void metadata_again(struct json_writer *w, const struct json *metadata)
{
    json_object_begin(w);
    JSON_EACH (member, metadata) {
        json_key(w, member->key);
        if (str_eq(member->key, STR("cached"))) {
            json_bool(w, true);
        } else {
            json_raw(w, member->span);
        }
    }
    json_object_end(w);
}

enum status answer_again(struct ctx *cx, struct str stored, struct str *answer)
{
    const struct json *root = NULL;
    struct buf buf = buf_in(cx->arena, REFINER_MAX_ANSWER_BYTES + KIB(4));
    struct json_writer w = json_writer_on(&buf);
    if (json_read(cx, stored, NULL, &root) != OK || root->type != JSON_OBJECT) {
        return err_while(cx, ERR_INTERNAL, "the stored answer is none");
    }
    json_object_begin(&w);
    JSON_EACH (member, root) {
        json_key(&w, member->key);
        if (str_eq(member->key, STR("_metadata")) && member->type == JSON_OBJECT) {
            metadata_again(&w, member);
        } else {
            json_raw(&w, member->span);
        }
    }
    json_object_end(&w);
    *answer = buf_str(&buf);
    return buf.full ? fail(cx, ERR_INTERNAL, "the stored answer is too large") : OK;
}

struct str answer_event(struct ctx *cx, const struct answer_parts *parts, int64_t now_ms)
{
    const struct profile_match *profile = &parts->refinement->profile;
    char timestamp[25];
    struct buf buf = buf_in(cx->arena, MAX_EVENT_BYTES);
    struct json_writer w = json_writer_on(&buf);
    timestamp_format(now_ms, timestamp);
    json_object_begin(&w);
    json_member_str(&w, "refinerId", parts->id);
    json_member_str(&w, "modelUsed", or_word(parts->enrichment->model_used, "none"));
    json_member_bool(&w, "degraded", parts->enrichment->accepted == 0);
    json_member_i64(&w, "processingTimeMs", parts->took_ms);
    json_member_cstr(&w, "timestamp", timestamp);
    json_member_cstr(&w, "creativeProfile", profile_id(profile->profile));
    json_member_fixed(&w, "profileConfidence", profile->confidence, 2);
    json_member_cstr(&w, "detectionMethod", profile->method);
    json_object_end(&w);
    return buf_str(&buf);
}
