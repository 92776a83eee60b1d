/*
 * The least a bootstrap can be: asks the Runtime API for events over a bare socket and posts each
 * back. What a real one's start and its time per event are measured against; linked statically, so
 * that nothing is loaded beside it. It trusts the emulator: sized bodies, a few headers, no errors.
 * AWS_LAMBDA_MAX_CONCURRENCY threads, if that is set.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REPLY_MAX = 128 * 1024, HEAD_MAX = 512, SLOTS_MAX = 64, DECIMAL = 10 };

static struct sockaddr_in address = {.sin_family = AF_INET};

/* A view of one reply in its buffer. */
struct reply {
    const char *id;
    size_t id_len;
    char *body;
    size_t body_len;
};

/* The value of a header whose name is written as the emulator writes it. */
static const char *header(const char *head, const char *name)
{
    const char *at = strstr(head, name);
    return at == NULL ? "" : at + strlen(name);
}

/* Reads one reply; false once the Runtime API has ended or says anything but 2xx. */
static int reply_read(int fd, char *bytes, struct reply *reply)
{
    size_t len = 0;
    char *end = NULL;
    do {
        ssize_t n = read(fd, bytes + len, REPLY_MAX - len - 1);
        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
        bytes[len] = '\0';
    } while ((end = strstr(bytes, "\r\n\r\n")) == NULL);
    end[2] = '\0'; /* the head ends here: no search runs into the body */
    reply->body = end + 4;
    reply->body_len = strtoul(header(bytes, "Content-Length: "), NULL, DECIMAL);
    reply->id = header(bytes, "Lambda-Runtime-Aws-Request-Id: ");
    reply->id_len = strcspn(reply->id, "\r");
    for (char *whole = reply->body + reply->body_len; bytes + len < whole;) {
        ssize_t n = read(fd, bytes + len, (size_t)(whole - (bytes + len)));
        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
    }
    return bytes[9] == '2';
}

static int reply_post(int fd, const struct reply *reply)
{
    char head[HEAD_MAX];
    int len =
        snprintf(head, sizeof head,
                 "POST /2018-06-01/runtime/invocation/%.*s/response HTTP/1.1\r\nHost: floor\r\n"
                 "Content-Length: %zu\r\n\r\n",
                 (int)reply->id_len, reply->id, reply->body_len);
    const struct iovec parts[] = {{head, (size_t)len}, {reply->body, reply->body_len}};
    return writev(fd, parts, 2) == (ssize_t)(reply->body_len + (size_t)len);
}

static void *serve(void *bytes)
{
    static const char next[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: floor\r\n\r\n";
    struct reply reply;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0) {
        perror("floor");
        return NULL;
    }
    while (write(fd, next, sizeof next - 1) == (ssize_t)sizeof next - 1 &&
           reply_read(fd, bytes, &reply) && reply_post(fd, &reply) &&
           reply_read(fd, bytes, &reply)) {
    }
    (void)close(fd);
    return NULL;
}

int main(void)
{
    static char bytes[SLOTS_MAX][REPLY_MAX]; /* a page that nobody touches costs nothing */
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");       /* NOLINT(concurrency-mt-unsafe) */
    const char *slots = getenv("AWS_LAMBDA_MAX_CONCURRENCY"); /* NOLINT(concurrency-mt-unsafe) */
    const char *colon = api != NULL ? strchr(api, ':') : NULL;
    if (colon == NULL) {
        (void)fputs("floor: AWS_LAMBDA_RUNTIME_API is not host:port\n", stderr);
        return EXIT_FAILURE;
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, DECIMAL));
    size_t count = slots == NULL ? 1 : strtoul(slots, NULL, DECIMAL);
    pthread_t threads[SLOTS_MAX];
    for (size_t i = 1; i < count && i < SLOTS_MAX; i++) {
        (void)pthread_create(&threads[i], NULL, serve, bytes[i]);
    }
    (void)serve(bytes[0]);
    return EXIT_SUCCESS;
}
