/* NATS JetStream: PUB with a reply subject; the stream answers on it when the message is stored. The
 * server runs with `sync_interval: always`. */
#include "load.h"
#include <stdio.h>
#include <string.h>

/* Waits for a line and drops it with what stands before it. */
static void expect(struct connection *c, const char *start) {
    for (;;) {
        char *end;
        while (!(end = memmem(c->in, c->held, "\r\n", 2))) await(c, c->held + 1);
        int found = !strncmp(c->in, start, strlen(start));
        if (!strncmp(c->in, "-ERR", 4)) die("nats", c->in);
        drop(c, (size_t)(end - c->in) + 2);
        if (found) return;
    }
}

static void open(struct connection *c) {
    char text[400];
    expect(c, "INFO");
    int size = sprintf(
        text, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB i.%d 1\r\nPING\r\n", c->number);
    tell(c, text, (size_t)size);
    expect(c, "PONG");
    if (c->number > 0) return;
    const char *stream = "{\"name\":\"load\",\"subjects\":[\"load\"],\"storage\":\"file\"}";
    size = sprintf(
        text, "PUB $JS.API.STREAM.CREATE.load i.0 %zu\r\n%s\r\n", strlen(stream), stream);
    tell(c, text, (size_t)size);
    expect(c, "MSG");
    while (!memmem(c->in, c->held, "\r\n", 2)) await(c, c->held + 1);
    if (memmem(c->in, c->held, "\"error\"", 7)) die("nats", c->in);
    expect(c, "{");
}

static size_t record(struct connection *c, char *out) {
    int head = sprintf(out, "PUB load i.%d %d\r\n", c->number, record_bytes);
    memset(out + head, 'v', record_bytes);
    memcpy(out + head + record_bytes, "\r\n", 2);
    return (size_t)head + record_bytes + 2;
}

/* `MSG i.0 1 30\r\n{"stream":"load","seq":1}\r\n`, and now and then `PING\r\n`. */
static size_t take(struct connection *c) {
    size_t taken = 0;
    for (;;) {
        char *line = c->in + taken, *end = memmem(line, c->held - taken, "\r\n", 2);
        if (!end) return taken;
        size_t whole = (size_t)(end - line) + 2;
        if (!strncmp(line, "PING", 4)) {
            tell(c, "PONG\r\n", 6);
        } else if (!strncmp(line, "MSG", 3)) {
            size_t body = 0;
            if (sscanf(line, "MSG %*s %*s %zu", &body) != 1) die("nats", line);
            if (c->held - taken < whole + body + 2) return taken;
            if (memmem(line + whole, body, "\"error\"", 7)) die("nats", line);
            whole += body + 2;
            c->answered++;
        } else {
            die("nats", line);
        }
        taken += whole;
    }
}

const struct protocol nats = {"nats", open, record, take};
