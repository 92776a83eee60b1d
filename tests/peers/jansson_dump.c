/*
 * jansson's view of JSON documents, for json_jansson_test: a program of its own, since both
 * libraries have a `json_null`.
 *
 * Input: documents, each after a line with its length. Output: one line each, "refused", "cannot"
 * (numbers past long and double, and names with NUL, which jansson does not have) or the tree: n t
 * f, i and r with a number, s and hexadecimal bytes, [elements], {name:value} in order.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void dump_bytes(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        (void)printf("%02x", (unsigned)(unsigned char)bytes[i]);
    }
}

static void dump(json_t *value);

static void dump_object(json_t *object)
{
    (void)putchar('{');
    const char *key = NULL;
    size_t len = 0;
    json_t *member = NULL;
    json_object_keylen_foreach(object, key, len, member)
    {
        dump_bytes(key, len);
        (void)putchar(':');
        dump(member);
    }
    (void)putchar('}');
}

static void dump_array(json_t *array)
{
    (void)putchar('[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        dump(json_array_get(array, i));
    }
    (void)putchar(']');
}

static void dump(json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        dump_object(value);
        break;
    case JSON_ARRAY:
        dump_array(value);
        break;
    case JSON_STRING:
        (void)putchar('s');
        dump_bytes(json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        (void)printf("i%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        (void)printf("r%a", json_real_value(value));
        break;
    case JSON_TRUE:
        (void)putchar('t');
        break;
    case JSON_FALSE:
        (void)putchar('f');
        break;
    case JSON_NULL:
        (void)putchar('n');
        break;
    }
    (void)putchar(' ');
}

static void judge(const char *text, size_t len)
{
    json_error_t error;
    json_t *root =
        json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (root != NULL) {
        dump(root);
        json_decref(root);
    } else if (json_error_code(&error) == json_error_numeric_overflow ||
               json_error_code(&error) == json_error_null_byte_in_key) {
        (void)fputs("cannot", stdout);
    } else {
        (void)fputs("refused", stdout);
    }
    (void)putchar('\n');
}

int main(void)
{
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t len = strtoul(line, NULL, 10);
        char *text = malloc(len + 1);
        if (text == NULL || fread(text, 1, len, stdin) != len) {
            (void)fputs("jansson_dump: input cut short\n", stderr);
            return EXIT_FAILURE;
        }
        judge(text, len);
        free(text);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
