/* Debian's libjansson. Duplicate keys are refused, as with us. */
#include "tests/bench/json/codec.h"
#include "tests/bench/measure.h"

#include <jansson.h>
#include <string.h>

void *codec_read(const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL) {
        die("jansson refuses it");
    }
    return root;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader lets a document be */
static double sum(json_t *value)
{
    double total = json_number_value(value);
    size_t at;
    const char *key;
    json_t *child;
    json_array_foreach(value, at, child)
    {
        total += sum(child);
    }
    json_object_foreach(value, key, child)
    {
        total += sum(child);
    }
    return total;
}

double codec_sum(void *tree)
{
    return sum(tree);
}

size_t codec_write(const void *tree)
{
    char *text = json_dumps(tree, JSON_COMPACT);
    if (text == NULL) {
        die("no memory");
    }
    size_t len = strlen(text);
    free(text);
    return len;
}

void codec_free(void *tree)
{
    json_decref(tree);
}
