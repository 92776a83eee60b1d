#include "tests/conformance/fake_api.h"

#include "shared/base/clock.h"

#include <sys/uio.h>

/*
 * 100,000 events of random sizes through a release build: its memory stays what it was once it was
 * warm. The server is as plain as can be, so that this takes seconds.
 */

enum {
    WARM_UP = 5000,
    ROUNDS = 100000,
    USUAL_BITS = 18,    /* up to 256 KiB, small ones more often */
    HUGE_EVERY = 10000, /* one of 6 MiB */
    ROOM_KIB = 256,     /* what the process may hold more at the end: the system's own pages */
};

struct soak {
    struct fake fake;
    struct str noise; /* MIB(6) bytes */
    char *in;         /* of a request */
    uint32_t random;
};

static uint32_t next_random(struct soak *soak)
{
    soak->random = soak->random * 1664525U + 1013904223U; /* Numerical Recipes' generator */
    return soak->random >> 8;
}

static size_t next_size(struct soak *soak, size_t round)
{
    if (round % HUGE_EVERY == HUGE_EVERY / 2) {
        return MIB(6);
    }
    uint32_t bits = next_random(soak) % (USUAL_BITS + 1);
    return bits == 0 ? 0 : next_random(soak) % (1U << bits);
}

static void make_noise(struct soak *soak)
{
    char *bytes = ARENA_ARRAY(&soak->fake.arena, char, MIB(6));
    for (size_t i = 0; i < MIB(6); i++) {
        bytes[i] = (char)next_random(soak);
    }
    soak->noise = (struct str){.ptr = bytes, .len = MIB(6)};
    soak->in = ARENA_ARRAY(&soak->fake.arena, char, MIB(7));
}

/* One whole request: its body, a view into `in`. */
static struct str take_request(struct soak *soak)
{
    size_t len = 0;
    struct wire wire = {0};
    int64_t length = -1;
    while (length < 0 || wire.body.len < (size_t)length) {
        ssize_t got = recv(soak->fake.conn, soak->in + len, MIB(7) - len, 0);
        if (got <= 0) {
            fake_give_up(&soak->fake, "a request was cut");
        }
        len += (size_t)got;
        struct str bytes = {.ptr = soak->in, .len = len};
        size_t end = length < 0 ? str_find(bytes, STR("\r\n\r\n")) : wire.head.len - 4;
        if (end != SIZE_MAX) {
            wire.head = str_slice(bytes, 0, end + 4);
            wire.body = str_slice(bytes, end + 4, len);
        }
        if (end != SIZE_MAX && length < 0) {
            struct str declared = wire_header(&wire, "content-length");
            length = 0;
            assert_true(declared.len == 0 || str_to_i64(declared, &length));
        }
    }
    assert_int_equal(wire.body.len, length);
    return wire.body;
}

static void send_all(struct soak *soak, struct str head, struct str body)
{
    struct str parts[] = {head, body};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        int flags = MSG_NOSIGNAL | (i == 0 && body.len > 0 ? MSG_MORE : 0);
        while (parts[i].len > 0) {
            ssize_t sent = send(soak->fake.conn, parts[i].ptr, parts[i].len, flags);
            if (sent <= 0) {
                fake_give_up(&soak->fake, "the program takes no answer");
            }
            parts[i] = str_slice(parts[i], (size_t)sent, parts[i].len);
        }
    }
}

/* An event of that size goes round. */
static void go_round(struct soak *soak, size_t size)
{
    char head[256];
    (void)take_request(soak);
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 200 OK\r\n" ID_HEADER "Content-Length: %zu\r\n\r\n", size);
    size_t from = next_random(soak) % (MIB(6) - size + 1);
    struct str event = str_slice(soak->noise, from, from + size);
    send_all(soak, (struct str){.ptr = head, .len = (size_t)len}, event);
    struct str echo = take_request(soak);
    assert_true(str_eq(echo, event));
    send_all(soak, STR("HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"),
             (struct str){0});
}

/* "VmRSS:  1234 kB" of /proc/<pid>/status. */
static int64_t memory_kib(struct soak *soak, const char *field)
{
    char path[64], text[KIB(4)];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)soak->fake.pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct str rest = {.ptr = text, .len = fread(text, 1, sizeof text, file)};
    assert_int_equal(fclose(file), 0);
    struct str line = {0};
    while (str_split_next(&rest, '\n', &line)) {
        int64_t kib = 0;
        if (str_skip_prefix(&line, str_from_cstr(field))) {
            struct str number = str_trim(line);
            number = str_slice(number, 0, str_find_char(number, ' '));
            assert_true(str_to_i64(number, &kib));
            return kib;
        }
    }
    fake_give_up(&soak->fake, "no such field");
    return 0;
}

static void a_hundred_thousand_events_leave_memory_flat(void **state)
{
    (void)state;
    struct soak soak = {.random = 1};
    fake_listen(&soak.fake);
    make_noise(&soak);
    fake_start_program(&soak.fake, "release/tests/conformance/counted", NULL);
    fake_accept(&soak.fake);
    for (size_t i = 0; i < WARM_UP; i++) {
        go_round(&soak, i % 1000 == 0 ? MIB(6) : next_size(&soak, 0));
    }
    int64_t rss = memory_kib(&soak, "VmRSS:");
    int64_t peak = memory_kib(&soak, "VmHWM:");
    int64_t start_us = clock_mono_us();
    for (size_t i = 0; i < ROUNDS; i++) {
        go_round(&soak, next_size(&soak, i));
    }
    int64_t rss_after = memory_kib(&soak, "VmRSS:");
    int64_t peak_after = memory_kib(&soak, "VmHWM:");
    print_message(
        "# %d events in %lld ms; resident %lld KiB, then %lld; peak %lld KiB, then %lld\n", ROUNDS,
        (long long)(clock_mono_us() - start_us) / 1000, (long long)rss, (long long)rss_after,
        (long long)peak, (long long)peak_after);
    assert_true(rss_after <= rss + ROOM_KIB);
    assert_true(peak_after <= peak + ROOM_KIB);
    CHECK_I64("connections", soak.fake.connections, 1);
    fake_close(&soak.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_events_leave_memory_flat),
    };
    return cmocka_run_group_tests_name("conformance soak", tests, NULL, NULL);
}
