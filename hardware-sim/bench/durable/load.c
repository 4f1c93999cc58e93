/* durable-load PROTOCOL PORT CONNECTIONS IN_FLIGHT RECORDS
 *
 * Appends records of 200 bytes to a broker on loopback over so many connections, each with so many
 * records on their way, in one thread. Prints records a second, from the first record to the last
 * answer. Each broker is set up to answer when a record is on the disk. */
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static const struct protocol *const protocols[] = {&kafka, &redis, &nats, &amqp};

void die(const char *what, const char *why) {
    fprintf(stderr, "durable-load: %s: %s\n", what, why);
    exit(1);
}

void tell(struct connection *c, const void *bytes, size_t count) {
    const char *next = bytes;
    while (count > 0) {
        ssize_t some = send(c->descriptor, next, count, MSG_NOSIGNAL);
        if (some <= 0) die("send", strerror(errno));
        next += some;
        count -= (size_t)some;
    }
}

static void receive(struct connection *c) {
    if (c->held == room) die("receive", "an answer is longer than 64 KiB");
    ssize_t some = recv(c->descriptor, c->in + c->held, room - c->held, 0);
    if (some <= 0) die("receive", some == 0 ? "the broker closed the connection" : strerror(errno));
    c->held += (size_t)some;
}

void await(struct connection *c, size_t count) {
    while (c->held < count) receive(c);
}

void drop(struct connection *c, size_t count) {
    memmove(c->in, c->in + count, c->held - count);
    c->held -= count;
}

static void dial(struct connection *c, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    c->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->descriptor, (struct sockaddr *)&address, sizeof address))
        die("connect", strerror(errno));
    setsockopt(c->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* Sends so many records in one call to the kernel, as far as they fit into its buffer. */
static void push(const struct protocol *protocol, struct connection *c, long count) {
    static char out[1000 * 64];
    while (count > 0) {
        size_t size = 0;
        for (int some = 0; some < 64 && count > 0; some++, count--) {
            c->sent++;
            size += protocol->record(c, out + size);
        }
        tell(c, out, size);
    }
}

int main(int count, char **words) {
    if (count != 6) die("usage", "durable-load PROTOCOL PORT CONNECTIONS IN_FLIGHT RECORDS");
    const struct protocol *protocol = NULL;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (!strcmp(words[1], protocols[i]->name)) protocol = protocols[i];
    if (!protocol) die(words[1], "is not kafka, redis, nats or amqp");
    int connections = atoi(words[3]);
    long in_flight = atol(words[4]), records = atol(words[5]), sent = 0, answered = 0;
    if (connections < 1 || in_flight < 1 || records < connections * in_flight)
        die("usage", "at least one connection, and a record for each place in flight");

    struct connection *all = calloc((size_t)connections, sizeof *all);
    int poll = epoll_create1(0);
    if (!all || poll < 0) die("start", strerror(errno));
    for (int i = 0; i < connections; i++) {
        all[i].number = i;
        dial(&all[i], atoi(words[2]));
        protocol->open(&all[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].descriptor, &event);
    }

    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < connections; i++, sent += in_flight) push(protocol, &all[i], in_flight);
    while (answered < records) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 30000);
        if (ready == 0) die("wait", "no answer in 30 s");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            long before = c->answered;
            receive(c);
            drop(c, protocol->take(c));
            long more = c->answered - before;
            answered += more;
            if (more > records - sent) more = records - sent;
            sent += more;
            push(protocol, c, more);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%.0f\n", (double)records / seconds);
    return 0;
}
