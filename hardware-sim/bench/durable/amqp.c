/* RabbitMQ: AMQP 0-9-1, a durable quorum queue, persistent messages, publisher confirms. */
#include "load.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { method = 1, header = 2, body = 3, frame_end = 0xCE };

static char *put16(char *at, unsigned value) {
    at[0] = (char)(value >> 8);
    at[1] = (char)value;
    return at + 2;
}

static char *put32(char *at, uint32_t value) { return put16(put16(at, value >> 16), value & 0xFFFF); }

static char *put_short(char *at, const char *text) {
    *at = (char)strlen(text);
    return stpcpy(at + 1, text);
}

static char *put_long(char *at, const char *text, size_t size) {
    at = put32(at, (uint32_t)size);
    memcpy(at, text, size);
    return at + size;
}

static uint32_t get(const char *at, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | (uint8_t)at[i];
    return value;
}

/* A frame begins with type, channel and size; the size is known at its end. */
static char *begin(char *at, int type, unsigned channel) {
    *at = (char)type;
    return put16(at + 1, channel) + 4;
}

static char *finish(char *start, char *at) {
    put32(start + 3, (uint32_t)(at - start - 7));
    *at = (char)frame_end;
    return at + 1;
}

static char *call(char *at, unsigned channel, unsigned class, unsigned number) {
    return put16(put16(begin(at, method, channel), class), number);
}

/* Waits for the method of this class and number, and drops it. */
static void expect(struct connection *c, unsigned class, unsigned number) {
    await(c, 7);
    size_t size = get(c->in + 3, 4) + 8;
    await(c, size);
    if (get(c->in + 7, 2) != class || get(c->in + 9, 2) != number) {
        char why[80];
        sprintf(why, "method %u.%u came, not %u.%u", get(c->in + 7, 2), get(c->in + 9, 2), class,
                number);
        die("amqp", why);
    }
    drop(c, size);
}

static void open(struct connection *c) {
    char out[500], *at;
    tell(c, "AMQP\0\0\x09\x01", 8);
    expect(c, 10, 10); /* start */
    at = put32(call(out, 0, 10, 11), 0);
    at = put_long(put_short(at, "PLAIN"), "\0guest\0guest", 12);
    at = finish(out, put_short(at, "en_US"));
    tell(c, out, (size_t)(at - out));
    expect(c, 10, 30); /* tune; the answer has no heartbeat */
    at = put16(put32(put16(call(out, 0, 10, 31), 2047), 131072), 0);
    at = finish(out, at);
    char *next = at;
    at = put_short(put_short(call(next, 0, 10, 40), "/"), "");
    *at++ = 0;
    at = finish(next, at);
    tell(c, out, (size_t)(at - out));
    expect(c, 10, 41); /* open-ok */
    at = finish(out, put_short(call(out, 1, 20, 10), ""));
    tell(c, out, (size_t)(at - out));
    expect(c, 20, 11); /* channel.open-ok */
    at = put_short(put16(call(out, 1, 50, 10), 0), "load");
    *at++ = 2; /* durable */
    char table[64], *cell = put_short(table, "x-queue-type");
    *cell++ = 'S';
    cell = put_long(cell, "quorum", 6);
    at = finish(out, put_long(at, table, (size_t)(cell - table)));
    tell(c, out, (size_t)(at - out));
    expect(c, 50, 11); /* queue.declare-ok */
    at = call(out, 1, 85, 10);
    *at++ = 0;
    at = finish(out, at);
    tell(c, out, (size_t)(at - out));
    expect(c, 85, 11); /* confirm.select-ok */
}

static size_t record(struct connection *c, char *out) {
    (void)c;
    char *at = put_short(put_short(put16(call(out, 1, 60, 40), 0), ""), "load");
    *at++ = 0;
    at = finish(out, at);
    char *next = at;
    at = put16(put16(begin(at, header, 1), 60), 0);
    at = put32(put32(at, 0), record_bytes);
    at = put16(at, 0x1000); /* delivery mode alone: persistent */
    *at++ = 2;
    at = next = finish(next, at);
    at = begin(at, body, 1);
    memset(at, 'v', record_bytes);
    return (size_t)(finish(next, at + record_bytes) - out);
}

/* basic.ack: delivery tag (8 bytes) and whether it stands for all before it. */
static size_t take(struct connection *c) {
    size_t taken = 0;
    for (;;) {
        const char *frame = c->in + taken;
        if (c->held - taken < 7) return taken;
        size_t whole = get(frame + 3, 4) + 8;
        if (c->held - taken < whole) return taken;
        if (frame[0] != method || get(frame + 7, 2) != 60 || get(frame + 9, 2) != 80)
            die("amqp", "something else than a confirm");
        long tag = get(frame + 15, 4);
        if (!(frame[19] & 1) && tag != c->answered + 1) die("amqp", "a confirm out of order");
        if (tag > c->answered) c->answered = tag;
        taken += whole;
    }
}

const struct protocol amqp = {"amqp", open, record, take};
