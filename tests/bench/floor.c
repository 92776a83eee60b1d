/*
 * The least a bootstrap can be: connects to the Runtime API, asks for the first event, waits. What
 * a real one's start is measured against; linked statically, so that nothing is loaded beside it.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    static const char next[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: floor\r\n\r\n";
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API"); /* NOLINT(concurrency-mt-unsafe) */
    const char *colon = api != NULL ? strchr(api, ':') : NULL;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (colon == NULL) {
        (void)fputs("floor: AWS_LAMBDA_RUNTIME_API is not host:port\n", stderr);
        return EXIT_FAILURE;
    }
    at.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
        write(fd, next, sizeof next - 1) != (ssize_t)sizeof next - 1) {
        perror("floor");
        return EXIT_FAILURE;
    }
    char byte = 0;
    (void)!read(fd, &byte, 1);
    return EXIT_SUCCESS;
}
