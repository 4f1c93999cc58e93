/* panel-load PORT PANELS SECONDS
 *
 * So many panels open at once: connections to the gateway's live feed (server-sent events over HTTP/1.1)
 * that take everything that comes, in one thread. Prints how many changes came to all of them in each of
 * so many seconds. As a browser elsewhere would, it leaves alone the processor that the gateway leaves
 * alone. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what, const char *why) {
    fprintf(stderr, "panel-load: %s: %s\n", what, why);
    exit(1);
}

static void leave_last_processor(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) || CPU_COUNT(&set) < 2) return;
    int last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &set)) last--;
    CPU_CLR(last, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int dial(int port) {
    static const char request[] =
        "GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int made = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(made, (struct sockaddr *)&address, sizeof address)) die("connect", strerror(errno));
    if (send(made, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1)
        die("send", strerror(errno));
    return made;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int count, char **words) {
    if (count != 4) die("usage", "panel-load PORT PANELS SECONDS");
    int panels = atoi(words[2]), seconds = atoi(words[3]), poll = epoll_create1(0);
    leave_last_processor();
    for (int i = 0; i < panels; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = dial(atoi(words[1]))};
        epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    static char bytes[65537];
    static const char mark[] = "event: change";
    long changes = 0;
    double second = now() + 1;
    while (seconds > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            ssize_t some = recv(events[i].data.fd, bytes, sizeof bytes - 1, 0);
            if (some <= 0) die("receive", some == 0 ? "the gateway closed" : strerror(errno));
            bytes[some] = 0;
            if (strstr(bytes, "HTTP/1.1 ") == bytes && strncmp(bytes + 9, "200", 3))
                die("refused", bytes);
            for (char *at = bytes; (at = strstr(at, mark)); at++) changes++;
        }
        if (now() < second) continue;
        printf("%ld\n", changes);
        fflush(stdout);
        changes = 0;
        second += 1;
        seconds--;
    }
    return 0;
}
