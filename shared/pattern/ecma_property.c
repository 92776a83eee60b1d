#include "shared/pattern/ecma_property.h"

/* Names of general categories: long ones (Unicode's PropertyValueAliases.txt) and PCRE2's. */
static const struct {
    struct str name, category;
} categories[] = {
    {STR_INIT("Letter"), STR_INIT("L")},
    {STR_INIT("Cased_Letter"), STR_INIT("L&")},
    {STR_INIT("LC"), STR_INIT("L&")},
    {STR_INIT("Uppercase_Letter"), STR_INIT("Lu")},
    {STR_INIT("Lowercase_Letter"), STR_INIT("Ll")},
    {STR_INIT("Titlecase_Letter"), STR_INIT("Lt")},
    {STR_INIT("Modifier_Letter"), STR_INIT("Lm")},
    {STR_INIT("Other_Letter"), STR_INIT("Lo")},
    {STR_INIT("Mark"), STR_INIT("M")},
    {STR_INIT("Combining_Mark"), STR_INIT("M")},
    {STR_INIT("Nonspacing_Mark"), STR_INIT("Mn")},
    {STR_INIT("Spacing_Mark"), STR_INIT("Mc")},
    {STR_INIT("Enclosing_Mark"), STR_INIT("Me")},
    {STR_INIT("Number"), STR_INIT("N")},
    {STR_INIT("Decimal_Number"), STR_INIT("Nd")},
    {STR_INIT("digit"), STR_INIT("Nd")},
    {STR_INIT("Letter_Number"), STR_INIT("Nl")},
    {STR_INIT("Other_Number"), STR_INIT("No")},
    {STR_INIT("Punctuation"), STR_INIT("P")},
    {STR_INIT("punct"), STR_INIT("P")},
    {STR_INIT("Connector_Punctuation"), STR_INIT("Pc")},
    {STR_INIT("Dash_Punctuation"), STR_INIT("Pd")},
    {STR_INIT("Open_Punctuation"), STR_INIT("Ps")},
    {STR_INIT("Close_Punctuation"), STR_INIT("Pe")},
    {STR_INIT("Initial_Punctuation"), STR_INIT("Pi")},
    {STR_INIT("Final_Punctuation"), STR_INIT("Pf")},
    {STR_INIT("Other_Punctuation"), STR_INIT("Po")},
    {STR_INIT("Symbol"), STR_INIT("S")},
    {STR_INIT("Math_Symbol"), STR_INIT("Sm")},
    {STR_INIT("Currency_Symbol"), STR_INIT("Sc")},
    {STR_INIT("Modifier_Symbol"), STR_INIT("Sk")},
    {STR_INIT("Other_Symbol"), STR_INIT("So")},
    {STR_INIT("Separator"), STR_INIT("Z")},
    {STR_INIT("Space_Separator"), STR_INIT("Zs")},
    {STR_INIT("Line_Separator"), STR_INIT("Zl")},
    {STR_INIT("Paragraph_Separator"), STR_INIT("Zp")},
    {STR_INIT("Other"), STR_INIT("C")},
    {STR_INIT("Control"), STR_INIT("Cc")},
    {STR_INIT("cntrl"), STR_INIT("Cc")},
    {STR_INIT("Format"), STR_INIT("Cf")},
    {STR_INIT("Surrogate"), STR_INIT("Cs")},
    {STR_INIT("Private_Use"), STR_INIT("Co")},
    {STR_INIT("Unassigned"), STR_INIT("Cn")},
};

static struct str category_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
        if (str_eq(name, categories[i].name)) {
            return categories[i].category;
        }
    }
    return name;
}

static bool is_property_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = (char)(name.ptr[i] | 0x20);
        bool is_digit = name.ptr[i] >= '0' && name.ptr[i] <= '9';
        if (!is_digit && name.ptr[i] != '_' && (c < 'a' || c > 'z')) {
            return false;
        }
    }
    return name.len > 0;
}

/* What may stand before a property's value, and what PCRE2 wants there. */
static const struct {
    struct str ecma, pcre2;
} property_names[] = {
    {STR_INIT("General_Category="), STR_INIT("{")},
    {STR_INIT("gc="), STR_INIT("{")},
    {STR_INIT("Script="), STR_INIT("{sc:")},
    {STR_INIT("sc="), STR_INIT("{sc:")},
    {STR_INIT("Script_Extensions="), STR_INIT("{scx:")},
    {STR_INIT("scx="), STR_INIT("{scx:")},
};

bool ecma_property(struct str name, struct buf *out)
{
    struct str open = STR("{");
    for (size_t i = 0; i < ARRAY_LEN(property_names); i++) {
        if (str_skip_prefix(&name, property_names[i].ecma)) {
            open = property_names[i].pcre2;
            break;
        }
    }
    name = open.len == 1 ? category_of(name) : name;
    if (!is_property_name(name) && !str_eq(name, STR("L&"))) {
        return false;
    }
    buf_add(out, open);
    buf_add(out, name);
    buf_add_char(out, '}');
    return true;
}
