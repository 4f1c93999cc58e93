/* Redis streams: XADD in RESP2. The server runs with `appendfsync always`. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void open(struct connection *c) { (void)c; }

static size_t record(struct connection *c, char *out) {
    (void)c;
    int head = sprintf(
        out, "*5\r\n$4\r\nXADD\r\n$6\r\nstream\r\n$1\r\n*\r\n$1\r\nv\r\n$%d\r\n", record_bytes);
    memset(out + head, 'v', record_bytes);
    memcpy(out + head + record_bytes, "\r\n", 2);
    return (size_t)head + record_bytes + 2;
}

/* An answer is the id as a bulk string: `$15\r\n1700000000000-0\r\n`. */
static size_t take(struct connection *c) {
    size_t taken = 0;
    for (;;) {
        char *line = c->in + taken, *end = memmem(line, c->held - taken, "\r\n", 2);
        if (!end) return taken;
        if (*line != '$') die("redis", line);
        size_t whole = (size_t)(end - line) + 4 + (size_t)atoi(line + 1);
        if (c->held - taken < whole) return taken;
        taken += whole;
        c->answered++;
    }
}

const struct protocol redis = {"redis", open, record, take};
