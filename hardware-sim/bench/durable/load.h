/* One load for every broker that the gateway is compared with: the same connections, the same records,
 * the same loop, and for each broker the few bytes of its own protocol. A client library would measure
 * the library: librdkafka with one record in flight ends at 4,800 a second against a broker in memory. */
#ifndef DURABLE_LOAD_H
#define DURABLE_LOAD_H

#include <stddef.h>

enum { record_bytes = 200, room = 1 << 16 };

/* One connection. Bytes that have come and are no whole answer yet stay in `in`. */
struct connection {
    int descriptor, number;
    long sent, answered;
    size_t held;
    char in[room];
};

struct protocol {
    const char *name;
    /* Log-in and what the broker asks before the first record, waiting for each answer. The first
     * connection also makes the topic, stream or queue, on the disk. */
    void (*open)(struct connection *);
    /* The request for one record of `record_bytes`, at most 1,000 bytes. Returns its size. */
    size_t (*record)(struct connection *, char *);
    /* Takes whole answers from the front of `in`, adds to `answered`. Returns the bytes taken.
     * Ends the program when the broker refuses one. */
    size_t (*take)(struct connection *);
};

extern const struct protocol kafka, redis, nats, amqp;

void die(const char *what, const char *why);
/* Sends all of it. */
void tell(struct connection *, const void *, size_t);
/* Waits until `in` holds at least so many bytes. */
void await(struct connection *, size_t);
/* Drops bytes from the front of `in`. */
void drop(struct connection *, size_t);

#endif
