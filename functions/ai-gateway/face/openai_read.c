#include "functions/ai-gateway/face/openai_read.h"

enum { MAX_UNTRANSLATED_BYTES = 400, MAX_NAME_BYTES = 40 };

/* ---- the body -------------------------------------------------------------------------------- */

static const struct openai_member *row_of(const struct openai_member *members, size_t count,
                                          struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_from_cstr(members[i].name), name)) {
            return &members[i];
        }
    }
    return NULL;
}

/* The names go into a header of the answer, so they are plain. */
static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return name.len > 0 && name.len <= MAX_NAME_BYTES;
}

static void untranslated_note(struct openai_reading *reading, struct str name)
{
    struct buf *names = &reading->untranslated;
    if (is_plain(name) && names->len + name.len + 2 <= names->max) {
        buf_add(names, names->len > 0 ? STR(", ") : STR(""));
        buf_add(names, name);
    }
}

enum status openai_body_read(struct ctx *cx, struct str body, const struct openai_member *members,
                             size_t member_count, struct openai_reading *reading)
{
    TRY(json_read(cx, body, NULL, &reading->request->root));
    if (reading->request->root->type != JSON_OBJECT) {
        return fail_public(cx, ERR_INVALID, "the body must be a JSON object");
    }
    reading->untranslated = buf_in(cx->arena, MAX_UNTRANSLATED_BYTES);
    JSON_EACH (member, reading->request->root) {
        const struct openai_member *row = row_of(members, member_count, member->key);
        const struct place at = {.name = row != NULL ? row->name : ""};
        if (member->type == JSON_NULL) {
            continue;
        }
        if (row != NULL) {
            row->read(cx, &at, member, reading);
        } else {
            untranslated_note(reading, member->key);
        }
    }
    reading->request->body = body;
    reading->chat->untranslated = buf_str(&reading->untranslated);
    return OK;
}

void openai_untranslatable(struct ctx *cx, const struct place *at, struct openai_reading *reading)
{
    if (reading->chat->untranslatable.len == 0) {
        reading->chat->untranslatable = place_path(cx, at);
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

bool openai_role(struct ctx *cx, const struct place *at, const struct json *message,
                 bool takes_tool, enum llm_role *role)
{
    static const struct {
        struct str word;
        enum llm_role role;
    } roles[] = {
        {STR_INIT("user"), LLM_USER},     {STR_INIT("assistant"), LLM_ASSISTANT},
        {STR_INIT("system"), LLM_SYSTEM}, {STR_INIT("developer"), LLM_SYSTEM},
        {STR_INIT("tool"), LLM_TOOL},
    };
    const struct place here = {.parent = at, .name = "role"};
    struct str word = field_get_str(cx, at, message, "role");
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (str_eq(word, roles[i].word) && (takes_tool || roles[i].role != LLM_TOOL)) {
            *role = roles[i].role;
            return true;
        }
    }
    if (word.len > 0) {
        place_fault(cx, &here, "must be one of: system, developer, user, assistant%s",
                    takes_tool ? ", tool" : "");
    }
    return false;
}

/* ---- parts ----------------------------------------------------------------------------------- */

void openai_address(struct str address, struct llm_part *part)
{
    struct str rest = address;
    size_t comma = str_find_char(rest, ',');
    struct str head = str_slice(rest, 0, comma == SIZE_MAX ? 0 : comma);
    if (!str_skip_prefix(&head, STR("data:")) || !str_has_suffix(head, STR(";base64"))) {
        part->url = address;
        return;
    }
    part->media_type = str_slice(head, 0, head.len - sizeof ";base64" + 1);
    part->data = str_slice(rest, comma + 1, rest.len);
}

/* A file's id is of an account that all callers share: it would let one read another's. */
void openai_file(struct ctx *cx, const struct place *at, const struct json *file,
                 struct llm_part *part)
{
    const struct place id = {.parent = at, .name = "file_id"};
    part->kind = LLM_PART_DOCUMENT;
    part->name = field_text(cx, at, file, "filename", false);
    struct str data = field_text(cx, at, file, "file_data", false);
    struct str url = field_text(cx, at, file, "file_url", false);
    if (field_find(file, "file_id") != NULL) {
        place_fault(cx, &id, "is not supported: files are not kept here, send file_data");
    } else if (data.len + url.len == 0) {
        place_fault(cx, at, "needs file_data");
    }
    openai_address(data.len > 0 ? data : url, part);
}

struct str openai_arguments(struct ctx *cx, const struct place *at, struct str text,
                            struct openai_reading *reading)
{
    const struct json *root = NULL;
    struct ctx probe = {.arena = cx->arena}; /* keeps the faults noted so far */
    if (str_trim(text).len == 0) {
        return STR("{}");
    }
    if (json_read(&probe, text, NULL, &root) != OK || root->type != JSON_OBJECT) {
        openai_untranslatable(cx, at, reading); /* a model's slip; its own protocol takes it back */
        return STR("{}");
    }
    return root->span;
}

/* ---- tools and schemas ----------------------------------------------------------------------- */

void openai_function(struct ctx *cx, const struct place *at, const struct json *function,
                     struct llm_tool *tool)
{
    const struct place parameters = {.parent = at, .name = "parameters"};
    const struct place strict = {.parent = at, .name = "strict"};
    tool->name = field_get_str(cx, at, function, "name");
    tool->description = field_text(cx, at, function, "description", false);
    const struct json *schema = field_find(function, "parameters");
    if (schema != NULL && field_is_object(cx, &parameters, schema)) {
        tool->schema = schema->span;
    }
    const struct json *is_strict = field_find(function, "strict");
    if (is_strict != NULL) {
        (void)field_bool(cx, &strict, is_strict, &tool->strict);
    }
}

void openai_schema(struct ctx *cx, const struct place *at, const struct json *format,
                   struct openai_reading *reading)
{
    const struct place schema_at = {.parent = at, .name = "schema"};
    const struct place strict = {.parent = at, .name = "strict"};
    reading->chat->format = LLM_FORMAT_SCHEMA;
    reading->chat->schema_name = field_get_str(cx, at, format, "name");
    const struct json *schema = field_get(cx, at, format, "schema");
    if (schema != NULL && field_is_object(cx, &schema_at, schema)) {
        reading->chat->schema = schema->span;
    }
    const struct json *is_strict = field_find(format, "strict");
    if (is_strict != NULL) {
        (void)field_bool(cx, &strict, is_strict, &reading->chat->schema_is_strict);
    }
}

bool openai_choice_word(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    static const struct {
        struct str word;
        enum llm_tool_choice choice;
    } words[] = {
        {STR_INIT("auto"), LLM_TOOLS_AUTO},
        {STR_INIT("none"), LLM_TOOLS_NONE},
        {STR_INIT("required"), LLM_TOOLS_ANY},
    };
    if (value->type != JSON_STRING) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(value->text, words[i].word)) {
            reading->chat->tool_choice = words[i].choice;
            return true;
        }
    }
    place_fault(cx, at, "must be auto, none, required or an object");
    return true;
}

/* ---- members alike in both ------------------------------------------------------------------- */

void openai_model(struct ctx *cx, const struct place *at, const struct json *value,
                  struct openai_reading *reading)
{
    struct str *model = &reading->request->model;
    if (field_str(cx, at, value, model) &&
        (model->len == 0 || model->len > OPENAI_MAX_MODEL_BYTES)) {
        place_fault(cx, at, "must be 1 to %d bytes long", OPENAI_MAX_MODEL_BYTES);
    }
    reading->chat->model = *model;
}

void openai_stream(struct ctx *cx, const struct place *at, const struct json *value,
                   struct openai_reading *reading)
{
    (void)field_bool(cx, at, value, &reading->request->stream);
    reading->chat->stream = reading->request->stream;
}

void openai_temperature(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    (void)field_number(cx, at, value, 0, 2, &reading->chat->temperature);
}

void openai_top_p(struct ctx *cx, const struct place *at, const struct json *value,
                  struct openai_reading *reading)
{
    (void)field_number(cx, at, value, 0, 1, &reading->chat->top_p);
}

void openai_parallel(struct ctx *cx, const struct place *at, const struct json *value,
                     struct openai_reading *reading)
{
    bool parallel = true;
    (void)field_bool(cx, at, value, &parallel);
    reading->chat->no_parallel_tools = !parallel;
}

/* `safety_identifier` is what `user` has become. */
void openai_user(struct ctx *cx, const struct place *at, const struct json *value,
                 struct openai_reading *reading)
{
    (void)field_str(cx, at, value, &reading->chat->user);
}

/* "priority" costs more than the table of prices says, and so may what is still to come. */
void openai_service_tier(struct ctx *cx, const struct place *at, const struct json *value,
                         struct openai_reading *reading)
{
    static const struct str priced[] = {STR_INIT("auto"), STR_INIT("default"), STR_INIT("flex"),
                                        STR_INIT("scale")};
    struct str tier = {0};
    bool is_priced = !field_str(cx, at, value, &tier);
    for (size_t i = 0; i < ARRAY_LEN(priced); i++) {
        is_priced |= str_eq(tier, priced[i]);
    }
    if (!is_priced) {
        place_fault(cx, at, "must be auto, default or flex: no other's price is known");
    }
    untranslated_note(reading, STR("service_tier"));
}

/* Members that change nothing about the answer: their loss is not worth a word. */
void openai_ignored(struct ctx *cx, const struct place *at, const struct json *value,
                    struct openai_reading *reading)
{
    (void)cx;
    (void)at;
    (void)value;
    (void)reading;
}
