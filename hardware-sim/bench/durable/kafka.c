/* Kafka: Produce version 7, acks -1, one record a batch (magic 2, CRC-32C). */
#include "load.h"
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char *put(char *at, int bytes, int64_t value) {
    for (int i = bytes - 1; i >= 0; i--) *at++ = (char)(value >> 8 * i);
    return at;
}

static char *put_string(char *at, const char *text) {
    at = put(at, 2, (int64_t)strlen(text));
    return stpcpy(at, text);
}

static uint32_t get(const char *at, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | (uint8_t)at[i];
    return value;
}

static uint32_t crc32c(const char *bytes, size_t count) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < count; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
    }
    return ~crc;
}

/* Size, API, version, correlation id, client. The size is set by `finish`. */
static char *begin(char *out, int api, int version) {
    return put_string(put(put(put(out + 4, 2, api), 2, version), 4, 1), "load");
}

static size_t finish(char *out, const char *at) {
    put(out, 4, at - out - 4);
    return (size_t)(at - out);
}

/* The batch is the same for every record: the broker gives the offset. */
static size_t batch(char *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t milliseconds = (int64_t)now.tv_sec * 1000;
    char *at = put(out + 21, 2, 0);         /* attributes, behind offset, length, epoch, magic, CRC */
    at = put(put(put(at, 4, 0), 8, milliseconds), 8, milliseconds);
    at = put(put(put(put(at, 8, -1), 2, -1), 4, -1), 4, 1);
    /* The record: length 207 as a zigzag varint; attributes, deltas, no key, 200 bytes, no header. */
    memcpy(at, "\x9E\x03\0\0\0\x01\x90\x03", 8);
    memset(at + 8, 'v', record_bytes);
    at += 8 + record_bytes;
    *at++ = 0;
    put(put(put(put(out, 8, 0), 4, at - out - 12), 4, -1), 1, 2);
    put(out + 17, 4, crc32c(out + 21, (size_t)(at - out - 21)));
    return (size_t)(at - out);
}

static size_t record(struct connection *c, char *out) {
    static char made[1000];
    static size_t size;
    (void)c;
    if (size == 0) {
        char *at = put(put(put(begin(made, 0, 7), 2, -1), 2, -1), 4, 30000);
        at = put(put(put_string(put(at, 4, 1), "load"), 4, 1), 4, 0);
        size_t bytes = batch(at + 4);
        at = put(at, 4, (int64_t)bytes) + bytes;
        size = finish(made, at);
    }
    memcpy(out, made, size);
    return size;
}

/* The error code of the one partition of a Produce answer. */
static int error_code(const char *answer) { return (int16_t)get(answer + 4 + 4 + 4 + 6 + 4 + 4, 2); }

static void open(struct connection *c) {
    char out[1000];
    if (c->number > 0) return;
    /* Asking for the topic makes it. */
    char *at = put_string(put(begin(out, 3, 4), 4, 1), "load");
    *at++ = 1;
    tell(c, out, finish(out, at));
    await(c, 4);
    size_t whole = get(c->in, 4) + 4;
    await(c, whole);
    drop(c, whole);
    for (int tries = 0; tries < 100; tries++) {
        tell(c, out, record(c, out));
        await(c, 4);
        whole = get(c->in, 4) + 4;
        await(c, whole);
        int error = error_code(c->in);
        drop(c, whole);
        if (error == 0) return;
        usleep(20000);
    }
    die("kafka", "the topic does not take records");
}

static size_t take(struct connection *c) {
    size_t taken = 0;
    for (;;) {
        const char *answer = c->in + taken;
        if (c->held - taken < 4) return taken;
        size_t whole = get(answer, 4) + 4;
        if (c->held - taken < whole) return taken;
        if (error_code(answer)) die("kafka", "a record was refused");
        taken += whole;
        c->answered++;
    }
}

const struct protocol kafka = {"kafka", open, record, take};
