/*
 * Runs a fuzzer's function once for each file of its corpus, tests/fuzz/corpus/<name>, and reports
 * in TAP. A file that breaks it ends the program; the line printed before names it.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>

enum { MAX_FILES = 10000, MAX_BYTES = 1 << 20 };

static void folder_of(const char *program, char *folder, size_t size)
{
    static const char ending[] = "_fuzz_test";
    const char *slash = strrchr(program, '/');
    const char *name = slash == NULL ? program : slash + 1;
    size_t len = strlen(name), tail = sizeof ending - 1;
    int shown = (int)(len > tail && strcmp(name + len - tail, ending) == 0 ? len - tail : len);
    (void)snprintf(folder, size, "tests/fuzz/corpus/%.*s", shown, name);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* False if it cannot be read. The block has exactly the file's size. */
static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *large = malloc(MAX_BYTES);
    bool ok = file != NULL && large != NULL;
    if (ok) {
        size_t size = fread(large, 1, MAX_BYTES, file);
        ok = ferror(file) == 0 && size < MAX_BYTES;
        uint8_t *exact = malloc(size == 0 ? 1 : size);
        if (ok && exact != NULL) {
            memcpy(exact, large, size);
            (void)LLVMFuzzerTestOneInput(exact, size);
        }
        free(exact);
    }
    free(large);
    if (file != NULL) {
        (void)fclose(file);
    }
    return ok;
}

int main(int argc, char **argv)
{
    char folder[256], path[512];
    folder_of(argc > 0 ? argv[0] : "", folder, sizeof folder);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_file, alphasort), failed = 0;
    if (count < 1 || count > MAX_FILES) {
        (void)printf("1..1\nnot ok 1 - %s holds the seeds\n", folder);
        return EXIT_FAILURE;
    }
    (void)printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        (void)printf("# %s\n", path);
        (void)fflush(stdout);
        bool ok = replay(path);
        failed += !ok;
        (void)printf("%s %d - %s\n", ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
