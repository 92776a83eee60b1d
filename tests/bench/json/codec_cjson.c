/* Debian's libcjson. It takes duplicate keys and bytes that are no UTF-8. */
#include "tests/bench/json/codec.h"
#include "tests/bench/measure.h"

#include <cjson/cJSON.h>
#include <string.h>

void *codec_read(const char *text, size_t len)
{
    cJSON *root = cJSON_ParseWithLength(text, len + 1); /* its NUL is asked for */
    if (root == NULL) {
        die("cJSON refuses it");
    }
    return root;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader lets a document be */
static double sum(const cJSON *value)
{
    double total = cJSON_IsNumber(value) ? value->valuedouble : 0;
    for (const cJSON *child = value->child; child != NULL; child = child->next) {
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
    char *text = cJSON_PrintUnformatted(tree);
    if (text == NULL) {
        die("no memory");
    }
    size_t len = strlen(text);
    cJSON_free(text);
    return len;
}

void codec_free(void *tree)
{
    cJSON_Delete(tree);
}
