/*
 * The drafts' own schemas, for schemas that refer to them: what they assert, without titles and
 * comments. Sources: https://json-schema.org/draft/2020-12/schema and its vocabularies,
 * http://json-schema.org/draft-07/schema.
 */
#include "shared/schema/jsonschema/internal.h"

#define META    "https://json-schema.org/draft/2020-12/"
#define SELF    "{\"$dynamicRef\":\"#meta\"}"
#define MAP(of) "{\"type\":\"object\",\"additionalProperties\":" of "}"
#define HEAD(name)                                                                                 \
    "{\"$schema\":\"" META "schema\",\"$id\":\"" META name "\",\"$dynamicAnchor\":\"meta\","       \
    "\"type\":[\"object\",\"boolean\"],"

static const char core[] =
    HEAD("meta/core") "\"properties\":{\"$id\":{\"$ref\":\"#/$defs/"
                      "uriReferenceString\",\"pattern\":\"^[^#]*#?$\"},"
                      "\"$schema\":{\"$ref\":\"#/$defs/uriString\"},\"$ref\":{\"$ref\":\"#/$defs/"
                      "uriReferenceString\"},"
                      "\"$anchor\":{\"$ref\":\"#/$defs/anchorString\"},"
                      "\"$dynamicRef\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
                      "\"$dynamicAnchor\":{\"$ref\":\"#/$defs/"
                      "anchorString\"},\"$vocabulary\":{\"type\":\"object\","
                      "\"propertyNames\":{\"$ref\":\"#/$defs/"
                      "uriString\"},\"additionalProperties\":{\"type\":"
                      "\"boolean\"}},\"$comment\":{\"type\":\"string\"},\"$defs\":" MAP(
                          SELF) "},"
                                "\"$defs\":{\"anchorString\":{\"type\":\"string\",\"pattern\":\"^["
                                "A-Za-z_][-A-Za-z0-9._]*$\"},"
                                "\"uriString\":{\"type\":\"string\",\"format\":\"uri\"},"
                                "\"uriReferenceString\":{\"type\":\"string\",\"format\":\"uri-"
                                "reference\"}}}";

static const char applicator[] =
    HEAD("meta/applicator") "\"properties\":{\"prefixItems\":{\"$ref\":\"#/$defs/"
                            "schemaArray\"},\"items\":" SELF ",\"contains\":" SELF
                            ",\"additionalProperties\":" SELF ",\"properties\":" MAP(
                                SELF) ",\"patternProperties\":{\"type\":\"object\","
                                      "\"additionalProperties\":" SELF
                                      ",\"propertyNames\":{\"format\":\"regex\"}},"
                                      "\"dependentSchemas\":" MAP(
                                          SELF) ",\"propertyNames\":" SELF ",\"if\":" SELF
                                                ",\"then\":" SELF ",\"else\":" SELF
                                                ",\"allOf\":{\"$ref\":\"#/$defs/"
                                                "schemaArray\"},\"anyOf\":{\"$ref\":\"#/$defs/"
                                                "schemaArray\"},"
                                                "\"oneOf\":{\"$ref\":\"#/$defs/"
                                                "schemaArray\"},\"not\":" SELF "},"
                                                "\"$defs\":{\"schemaArray\":{\"type\":\"array\","
                                                "\"minItems\":1,\"items\":" SELF "}}}";

static const char unevaluated[] =
    HEAD("meta/unevaluated") "\"properties\":{\"unevaluatedItems\":" SELF
                             ",\"unevaluatedProperties\":" SELF "}}";

#define NUMBER  "{\"type\":\"number\"}"
#define COUNT   "{\"$ref\":\"#/$defs/nonNegativeInteger\"}"
#define STRINGS "{\"$ref\":\"#/$defs/stringArray\"}"
#define TYPES   "[\"array\",\"boolean\",\"integer\",\"null\",\"number\",\"object\",\"string\"]"

static const char validation[] =
    HEAD("meta/validation") "\"properties\":{\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/"
                            "simpleTypes\"},{\"type\":\"array\","
                            "\"items\":{\"$ref\":\"#/$defs/"
                            "simpleTypes\"},\"minItems\":1,\"uniqueItems\":true}]},"
                            "\"const\":true,\"enum\":{\"type\":\"array\",\"items\":true},"
                            "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":0},"
                            "\"maximum\":" NUMBER ",\"exclusiveMaximum\":" NUMBER
                            ",\"minimum\":" NUMBER ",\"exclusiveMinimum\":" NUMBER
                            ",\"maxLength\":" COUNT ",\"minLength\":" COUNT
                            ",\"pattern\":{\"type\":\"string\",\"format\":"
                            "\"regex\"},\"maxItems\":" COUNT ",\"minItems\":" COUNT
                            ",\"uniqueItems\":{\"type\":"
                            "\"boolean\"},\"maxContains\":" COUNT ",\"minContains\":" COUNT
                            ",\"maxProperties\":" COUNT ",\"minProperties\":" COUNT
                            ",\"required\":" STRINGS ",\"dependentRequired\":" MAP(
                                STRINGS) "},\"$defs\":{\"nonNegativeInteger\":{\"type\":"
                                         "\"integer\",\"minimum\":0},\"simpleTypes\":"
                                         "{\"enum\":" TYPES "},\"stringArray\":{\"type\":\"array\","
                                         "\"items\":{\"type\":\"string\"},"
                                         "\"uniqueItems\":true}}}";

static const char meta_data[] =
    HEAD("meta/meta-data") "\"properties\":{\"title\":{\"type\":\"string\"},\"description\":{"
                           "\"type\":\"string\"},"
                           "\"default\":true,\"deprecated\":{\"type\":\"boolean\"},\"readOnly\":{"
                           "\"type\":\"boolean\"},"
                           "\"writeOnly\":{\"type\":\"boolean\"},\"examples\":{\"type\":\"array\","
                           "\"items\":true}}}";

static const char format_annotation[] =
    HEAD("meta/format-annotation") "\"properties\":{\"format\":{\"type\":\"string\"}}}";

static const char content[] = HEAD("meta/content") "\"properties\":{\"contentEncoding\":{\"type\":"
                                                   "\"string\"},\"contentMediaType\":{\"type\":"
                                                   "\"string\"},\"contentSchema\":" SELF "}}";

static const char draft_2020_12[] = HEAD(
    "schema") "\"allOf\":[{\"$ref\":\"meta/core\"},{\"$ref\":\"meta/applicator\"},{\"$ref\":"
              "\"meta/unevaluated\"},{\"$ref\":\"meta/validation\"},{\"$ref\":\"meta/"
              "meta-data\"},{\"$ref\":"
              "\"meta/format-annotation\"},{\"$ref\":\"meta/"
              "content\"}],\"properties\":{\"definitions\":" MAP(SELF) ",\"dependencies\":" MAP(
                  "{\"anyOf\":[" SELF ",{\"$ref\":"
                  "\"meta/validation#/$defs/stringArray\"}]}") ",\"$recursiveAnchor\":{\"$ref\":"
                                                               "\"meta/core#/$defs/"
                                                               "anchorString\"},\"$recursiveRef\":{"
                                                               "\"$ref\":"
                                                               "\"meta/core#/$defs/"
                                                               "uriReferenceString\"}}}";

#define ROOT   "{\"$ref\":\"#\"}"
#define COUNT7 "{\"$ref\":\"#/definitions/nonNegativeInteger\"}"
#define SUBS7  "{\"$ref\":\"#/definitions/schemaArray\"}"
#define NAMES7 "{\"$ref\":\"#/definitions/stringArray\"}"
#define TEXT   "{\"type\":\"string\"}"
#define REF7   "{\"type\":\"string\",\"format\":\"uri-reference\"}"
#define REGEX  "{\"type\":\"string\",\"format\":\"regex\"}"
#define FLAG   "{\"type\":\"boolean\"}"

static const char draft_7[] =
    "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$id\":"
    "\"http://json-schema.org/draft-07/schema#\",\"type\":[\"object\",\"boolean\"],"
    "\"definitions\":{\"schemaArray\":{\"type\":\"array\",\"minItems\":1,\"items\":" ROOT "},"
    "\"nonNegativeInteger\":{\"type\":\"integer\",\"minimum\":0},\"simpleTypes\":{\"enum\":" TYPES
    "},\"stringArray\":{\"type\":\"array\",\"items\":" TEXT ",\"uniqueItems\":true}},"
    "\"properties\":{\"$id\":" REF7
    ",\"$schema\":{\"type\":\"string\",\"format\":\"uri\"},\"$ref\":" REF7 ",\"$comment\":" TEXT
    ",\"title\":" TEXT ",\"description\":" TEXT ",\"default\":true,"
    "\"readOnly\":" FLAG ",\"writeOnly\":" FLAG ",\"examples\":{\"type\":\"array\",\"items\":true},"
    "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":0},\"maximum\":" NUMBER
    ",\"exclusiveMaximum\":" NUMBER ",\"minimum\":" NUMBER ",\"exclusiveMinimum\":" NUMBER
    ",\"maxLength\":" COUNT7 ",\"minLength\":" COUNT7 ",\"pattern\":" REGEX
    ",\"additionalItems\":" ROOT ",\"items\":{\"anyOf\":[" ROOT "," SUBS7 "]},\"maxItems\":" COUNT7
    ",\"minItems\":" COUNT7 ",\"uniqueItems\":" FLAG ",\"contains\":" ROOT
    ",\"maxProperties\":" COUNT7 ",\"minProperties\":" COUNT7 ",\"required\":" NAMES7
    ",\"additionalProperties\":" ROOT ",\"definitions\":" MAP(ROOT) ",\"properties\":" MAP(
        ROOT) ",\"patternProperties\":{\"type\":"
              "\"object\",\"additionalProperties\":" ROOT
              ",\"propertyNames\":{\"format\":\"regex\"}},"
              "\"dependencies\":" MAP(
                  "{\"anyOf\":[" ROOT "," NAMES7
                  "]}") ",\"propertyNames\":" ROOT ",\"const\":true,\"enum\":{\"type\":\"array\","
                        "\"items\":true},\"type\":{\"anyOf\":[{\"$ref\":"
                        "\"#/definitions/simpleTypes\"},{\"type\":\"array\",\"items\":{\"$ref\":"
                        "\"#/definitions/"
                        "simpleTypes\"},\"minItems\":1,\"uniqueItems\":true}]},\"format\":" TEXT
                        ",\"contentMediaType\":" TEXT ",\"contentEncoding\":" TEXT ",\"if\":" ROOT
                        ",\"then\":" ROOT ",\"else\":" ROOT ",\"allOf\":" SUBS7 ",\"anyOf\":" SUBS7
                        ",\"oneOf\":" SUBS7 ",\"not\":" ROOT "}}";

static const struct {
    struct str uri;
    const char *text;
} documents[] = {
    {STR_INIT(META "schema"), draft_2020_12},
    {STR_INIT(META "meta/core"), core},
    {STR_INIT(META "meta/applicator"), applicator},
    {STR_INIT(META "meta/unevaluated"), unevaluated},
    {STR_INIT(META "meta/validation"), validation},
    {STR_INIT(META "meta/meta-data"), meta_data},
    {STR_INIT(META "meta/format-annotation"), format_annotation},
    {STR_INIT(META "meta/content"), content},
    {STR_INIT("http://json-schema.org/draft-07/schema"), draft_7},
};

enum status meta_find(struct ctx *cx, struct arena *arena, struct str uri, const struct json **root)
{
    struct arena *outer = cx->arena;
    enum status status = OK;
    *root = NULL;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        if (str_eq(uri, documents[i].uri)) {
            cx->arena = arena; /* the tree lives as long as the schema */
            status = json_read(cx, str_from_cstr(documents[i].text), NULL, root);
            cx->arena = outer;
            break;
        }
    }
    return status;
}
