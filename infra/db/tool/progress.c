#include "infra/db/tool/progress.h"

#include "shared/base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, REDRAW_MS = 100, LINE_PERCENT = 10 };

struct progress progress_begin(uint64_t total)
{
    return (struct progress){
        .total = total, .drawn_percent = -1, .on_terminal = isatty(STDERR_FILENO) == 1};
}

struct progress progress_none(void)
{
    return (struct progress){.off = true};
}

static int percent_of(const struct progress *progress)
{
    if (progress->done >= progress->total) {
        return 100;
    }
    return (int)(100.0 * (double)progress->done / (double)progress->total);
}

static void bar_draw(int percent, const char *what)
{
    static const char full[] = "##############################";
    int filled = percent * BAR_WIDTH / 100;
    (void)fprintf(stderr, "\r[%-*.*s] %3d %%  %-20.20s", BAR_WIDTH, filled, full, percent, what);
    (void)fflush(stderr);
}

void progress_show(struct progress *progress, uint64_t done, const char *what)
{
    progress->done = done;
    int percent = percent_of(progress);
    if (progress->off || percent == progress->drawn_percent) {
        return;
    }
    if (progress->on_terminal) {
        int64_t now_ms = clock_now_ms();
        if (percent < 100 && now_ms - progress->drawn_at_ms < REDRAW_MS) {
            return;
        }
        progress->drawn_at_ms = now_ms;
        bar_draw(percent, what);
    } else {
        if (progress->drawn_percent >= 0 &&
            percent / LINE_PERCENT == progress->drawn_percent / LINE_PERCENT) {
            return;
        }
        (void)fprintf(stderr, "%3d %%  %s\n", percent, what);
    }
    progress->drawn_percent = percent;
}

void progress_end(struct progress *progress)
{
    if (!progress->off && progress->on_terminal && progress->drawn_percent >= 0) {
        (void)fputc('\n', stderr);
    }
}
