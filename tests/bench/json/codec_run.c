/*
 * Reads and writes one file with the library that is linked in: FILE MS. Prints a line:
 *
 *   read_us=.. numbers_us=.. write_us=.. in=.. out=..
 *
 * The fastest of the rounds that fit into MS milliseconds, each; read includes giving the tree
 * back, numbers is reading with every number taken as a double besides. in, out: bytes.
 */
#include "tests/bench/json/codec.h"
#include "tests/bench/measure.h"

#include <sys/stat.h>

static char *load(const char *path, size_t *len)
{
    struct stat info;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        die("no such file");
    }
    char *text = malloc((size_t)info.st_size + 1);
    if (text == NULL) {
        die("no memory");
    }
    *len = fread(text, 1, (size_t)info.st_size, file);
    text[*len] = '\0';
    (void)fclose(file);
    return text;
}

struct job {
    const char *text;
    size_t len;
    void *tree;
    double sum; /* so that nothing is left out */
};

static void once_read(struct job *job)
{
    codec_free(codec_read(job->text, job->len));
}

static void once_numbers(struct job *job)
{
    void *tree = codec_read(job->text, job->len);
    job->sum += codec_sum(tree);
    codec_free(tree);
}

static void once_write(struct job *job)
{
    job->sum += (double)codec_write(job->tree);
}

static double best_us(struct job *job, void (*once)(struct job *job), int64_t ms)
{
    double best = 0;
    for (int64_t end_ns = now_ns() + ms * NS_PER_MS; now_ns() < end_ns;) {
        int64_t started_ns = now_ns();
        once(job);
        double took = (double)(now_ns() - started_ns) / NS_PER_US;
        best = best > 0 && best < took ? best : took;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct job job = {0};
    if (argc != 3) {
        die("usage: codec FILE MS");
    }
    int64_t ms = strtoll(argv[2], NULL, 10);
    char *text = load(argv[1], &job.len);
    job.text = text;
    double read = best_us(&job, once_read, ms), numbers = best_us(&job, once_numbers, ms);
    job.tree = codec_read(job.text, job.len);
    double write = best_us(&job, once_write, ms);
    (void)printf("read_us=%.1f numbers_us=%.1f write_us=%.1f in=%zu out=%zu\n", read, numbers,
                 write, job.len, codec_write(job.tree));
    codec_free(job.tree);
    free(text);
    return 0;
}
