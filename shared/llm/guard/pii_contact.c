/*
 * E-mail addresses: the dot-atom of RFC 5322 section 3.2.3, as people write it, before a host name
 * of at least two labels. Phone numbers: ITU-T E.164 (8 to 15 digits behind "+" or "00"), the North
 * American plan's 3-3-4, and national numbers that begin with 0 and are grouped.
 */
#include "shared/llm/guard/pii_forms.h"

/* ---- e-mail ---- */

static bool is_beyond_ascii(char c)
{
    return (unsigned char)c >= 0x80;
}

static bool is_local(char c)
{
    return pii_is_word(c) || is_beyond_ascii(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* The label of a host name at `at`: letters of any script, digits, hyphens inside. */
static size_t label(struct str text, size_t at)
{
    size_t end = at;
    while (pii_is_word(pii_at(text, end)) || is_beyond_ascii(pii_at(text, end)) ||
           (end > at && pii_at(text, end) == '-')) {
        end++;
    }
    while (end > at && text.ptr[end - 1] == '-') {
        end--;
    }
    return end - at;
}

/* How much of the last label is a top-level name: ASCII letters, or all of "xn--..."; 0: nothing.
 */
static size_t top_level(struct str name)
{
    if (str_has_prefix(name, STR("xn--"))) {
        return name.len;
    }
    size_t len = 0;
    while (pii_is_letter(pii_at(name, len))) {
        len++;
    }
    return len >= 2 && !pii_is_word(pii_at(name, len)) ? len : 0;
}

/* The end of the host name at `begin` that has a top-level name, or 0. */
static size_t host_end(struct str text, size_t begin)
{
    size_t end = 0;
    for (size_t at = begin; at < text.len;) {
        size_t len = label(text, at);
        size_t top = at > begin ? top_level(str_slice(text, at, at + len)) : 0;
        end = top > 0 ? at + top : end;
        if (len == 0 || pii_at(text, at + len) != '.') {
            break;
        }
        at += len + 1;
    }
    return end;
}

size_t pii_email(struct str text)
{
    enum { MAX_LOCAL = 64 }; /* RFC 5321 section 4.5.3.1.1 */
    size_t at = 0;
    while (at <= MAX_LOCAL && is_local(pii_at(text, at))) {
        at++;
    }
    if (at == 0 || at > MAX_LOCAL || pii_at(text, at) != '@' || text.ptr[at - 1] == '.') {
        return 0;
    }
    return host_end(text, at + 1);
}

/* ---- phone ---- */

struct phone {
    char digits[20];
    size_t count;
    size_t end;       /* behind the last digit */
    size_t groups[8]; /* their lengths */
    size_t group_count;
};

static bool is_phone_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

/* Digits in groups, at most two separators between them ("(0) 30", ") 555"). */
static void phone_take(struct str text, size_t at, struct phone *phone)
{
    size_t separators = 0;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (!pii_is_digit(c)) {
            if (!is_phone_separator(c) || ++separators > 2) {
                return;
            }
            continue;
        }
        bool begins = phone->count == 0 || separators > 0;
        if ((begins && phone->group_count == ARRAY_LEN(phone->groups)) ||
            phone->count == sizeof phone->digits) {
            phone->count = 0;
            return;
        }
        phone->group_count += begins;
        phone->groups[phone->group_count - 1]++;
        phone->digits[phone->count++] = c;
        phone->end = at + 1;
        separators = 0;
    }
}

static bool has_groups(const struct phone *phone, size_t from, const size_t *lengths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (from + i >= phone->group_count || phone->groups[from + i] != lengths[i]) {
            return false;
        }
    }
    return from + count == phone->group_count;
}

/* (415) 555-2671, 1-415-555-2671: area and exchange begin with 2 to 9. */
static bool is_north_american(const struct phone *phone)
{
    static const size_t plan[] = {3, 3, 4};
    size_t skip = phone->count == 11 && phone->digits[0] == '1' && phone->groups[0] == 1;
    return phone->count - skip == 10 && has_groups(phone, skip, plan, ARRAY_LEN(plan)) &&
           phone->digits[skip] >= '2' && phone->digits[skip + 3] >= '2';
}

/* 030 1234567, 0171/123 45 67, 01 23 45 67 89 */
static bool is_national(const struct phone *phone)
{
    return phone->count >= 9 && phone->count <= 12 && phone->group_count >= 2 &&
           phone->groups[0] >= 2 && phone->groups[0] <= 5 && phone->digits[0] == '0' &&
           phone->digits[1] != '0';
}

static bool is_international(const struct phone *phone, size_t prefix)
{
    size_t count = phone->count - prefix;
    return count >= 8 && count <= 15 && phone->digits[prefix] != '0';
}

size_t pii_phone(struct str text)
{
    struct phone phone = {0};
    bool has_plus = pii_at(text, 0) == '+';
    phone_take(text, has_plus ? 1 : 0, &phone);
    bool has_zeros = phone.count > 2 && phone.digits[0] == '0' && phone.digits[1] == '0';
    bool is_phone =
        phone.count > 0 && (has_plus    ? is_international(&phone, 0)
                            : has_zeros ? is_international(&phone, 2)
                                        : is_north_american(&phone) || is_national(&phone));
    return is_phone && !pii_is_word(pii_at(text, phone.end)) ? phone.end : 0;
}
