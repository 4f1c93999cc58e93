/* A Kafka client under load, with Debian's librdkafka: the peer that the gateway's benchmark talks to
 * with. Prints one number, records a second.
 *
 *   kafka-load BROKER TOPIC one N        one record in flight, each acknowledged before the next
 *   kafka-load BROKER TOPIC many P N     P producers, each with one record in flight
 *   kafka-load BROKER TOPIC batch P N    P producers, as fast as it goes, in batches
 *   kafka-load BROKER TOPIC consume N    N records from the beginning
 *   kafka-load BROKER TOPIC rest C S     C consumers, each of a topic of its own (TOPIC0 and on) that
 *                                        got one record, at rest for S seconds
 *   kafka-load BROKER TOPIC flood N      like batch without end; prints the records that were
 *                                        acknowledged in each of N seconds
 *   kafka-load BROKER signals flood N I  signals of the detectors I (4,1004,…), each in a request of
 *                                        its own
 *
 * Records have 200 bytes. acks is -1 throughout. */
#define _GNU_SOURCE
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { record_bytes = 200 };

static const char *broker, *topic;
static atomic_long failed;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why) {
    fprintf(stderr, "kafka-load: %s: %s\n", what, why);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) die(name, why);
}

static void delivered(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque) {
    (void)kafka;
    (void)opaque;
    if (message->err) failed++;
    if (message->_private) ++*(long *)message->_private;
}

static rd_kafka_t *producer(const char *linger) {
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    set(conf, "linger.ms", linger);
    set(conf, "acks", "all");
    set(conf, "batch.num.messages", "10000");
    set(conf, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!kafka) die("rd_kafka_new", why);
    return kafka;
}

static void produce(rd_kafka_t *kafka, long *done) {
    static char value[record_bytes];
    rd_kafka_resp_err_t error;
    do {
        error = rd_kafka_producev(
            kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
            RD_KAFKA_V_VALUE(value, record_bytes), RD_KAFKA_V_OPAQUE(done), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(kafka, 1);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    if (error) die("produce", rd_kafka_err2str(error));
}

struct load {
    rd_kafka_t *kafka;
    long count;
};

static void *one_at_a_time(void *argument) {
    struct load *load = argument;
    long done = 0;
    for (long sent = 1; sent <= load->count; sent++) {
        produce(load->kafka, &done);
        while (done < sent) rd_kafka_poll(load->kafka, 100);
    }
    return NULL;
}

/* `work` on so many threads, each with a producer of its own. */
static double many(int producers, long count, const char *linger, void *(*work)(void *)) {
    struct load loads[producers];
    pthread_t threads[producers];
    for (int i = 0; i < producers; i++) {
        /* The first record waits for connections and metadata: it does not count. */
        loads[i] = (struct load){producer(linger), 1};
        one_at_a_time(&loads[i]);
        loads[i].count = count / producers;
    }
    double begin = now();
    for (int i = 0; i < producers; i++)
        pthread_create(&threads[i], NULL, work, &loads[i]);
    for (int i = 0; i < producers; i++) pthread_join(threads[i], NULL);
    double rate = (double)(count / producers * producers) / (now() - begin);
    for (int i = 0; i < producers; i++) rd_kafka_destroy(loads[i].kafka);
    return rate;
}

static void *at_full_speed(void *argument) {
    static char value[record_bytes];
    struct load *load = argument;
    rd_kafka_topic_t *place = rd_kafka_topic_new(load->kafka, topic, NULL);
    if (!place) die("rd_kafka_topic_new", topic);
    long done = 0;
    for (long sent = 0; sent < load->count; sent++) {
        while (rd_kafka_produce(place, 0, RD_KAFKA_MSG_F_COPY, value, record_bytes, NULL, 0, &done))
            rd_kafka_poll(load->kafka, 1);
        if (sent % 1000 == 0) rd_kafka_poll(load->kafka, 0);
    }
    while (done < load->count) rd_kafka_poll(load->kafka, 100);
    rd_kafka_topic_destroy(place);
    return NULL;
}

static atomic_long taken;

static void told(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque) {
    (void)kafka;
    (void)opaque;
    if (!message->err) taken++;
}

/* Without `detectors` batches of records, else their signals: normal, one by one. What is refused is
 * not sent again by us. */
static void flood(int seconds, char *detectors) {
    char why[256], value[record_bytes] = {0};
    cpu_set_t processors;
    /* On a board it would be elsewhere: it leaves alone the processor that the gateway leaves alone. */
    if (!sched_getaffinity(0, sizeof processors, &processors) && CPU_COUNT(&processors) > 1) {
        int last = CPU_SETSIZE - 1;
        while (!CPU_ISSET(last, &processors)) last--;
        CPU_CLR(last, &processors);
        sched_setaffinity(0, sizeof processors, &processors);
    }
    unsigned char keys[256][4];
    int known = 0;
    for (char *id = detectors ? strtok(detectors, ",") : NULL; id && known < 256;
         id = strtok(NULL, ","), known++)
        for (int i = 0; i < 4; i++) keys[known][i] = (unsigned char)(atol(id) >> (24 - 8 * i));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    set(conf, "acks", "all");
    set(conf, "linger.ms", known ? "0" : "5");
    set(conf, "batch.num.messages", known ? "1" : "10000");
    set(conf, "queue.buffering.max.messages", known ? "2000" : "500000");
    set(conf, "message.timeout.ms", "5000");
    set(conf, "reconnect.backoff.ms", "20");
    set(conf, "reconnect.backoff.max.ms", "100");
    set(conf, "log_level", "0");
    rd_kafka_conf_set_dr_msg_cb(conf, told);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!kafka) die("rd_kafka_new", why);
    rd_kafka_topic_t *place = rd_kafka_topic_new(kafka, topic, NULL);
    if (!place) die("rd_kafka_topic_new", topic);
    long before = 0, sent = 0;
    double second = now() + 1;
    while (seconds > 0) {
        void *key = known ? keys[sent % known] : NULL;
        if (rd_kafka_produce(place, 0, RD_KAFKA_MSG_F_COPY, value, known ? 1 : record_bytes, key,
                             known ? 4 : 0, NULL))
            rd_kafka_poll(kafka, 1);
        if (++sent % 1000 == 0) rd_kafka_poll(kafka, 0);
        if (sent % 64 == 0 && now() >= second) {
            printf("%ld\n", taken - before);
            fflush(stdout);
            before = taken;
            second += 1;
            seconds--;
        }
    }
    exit(0);
}

static double consume(long count) {
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker);
    set(conf, "group.id", "kafka-load");
    set(conf, "enable.auto.commit", "false");
    set(conf, "fetch.message.max.bytes", "4194304");
    set(conf, "queued.min.messages", "1000000");
    set(conf, "check.crcs", "false");
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!kafka) die("rd_kafka_new", why);
    rd_kafka_topic_partition_list_t *places = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(places, topic, 0)->offset = 0;
    rd_kafka_assign(kafka, places);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(kafka);
    static rd_kafka_message_t *messages[10000];
    double begin = 0;
    long got = 0, first = 0;
    while (got < count) {
        ssize_t some = rd_kafka_consume_batch_queue(queue, 1000, messages, 10000);
        if (some < 0) die("consume", "no answer");
        for (ssize_t i = 0; i < some; i++) {
            if (!messages[i]->err) got++;
            rd_kafka_message_destroy(messages[i]);
        }
        if (begin == 0 && got > 0) {
            begin = now();
            first = got;
        }
    }
    return (double)(got - first) / (now() - begin);
}

static double rest(int clients, int seconds) {
    rd_kafka_t *consumers[clients];
    rd_kafka_t *kafka = producer("0");
    long done = 0;
    for (int i = 0; i < clients; i++) {
        char name[64], why[256];
        snprintf(name, sizeof name, "%s%d", topic, i);
        rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_PARTITION(0),
                          RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_OPAQUE(&done), RD_KAFKA_V_END);
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        set(conf, "bootstrap.servers", broker);
        set(conf, "group.id", name);
        set(conf, "log_level", "0");
        consumers[i] = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
        if (!consumers[i]) die("rd_kafka_new", why);
        rd_kafka_topic_partition_list_t *places = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(places, name, 0)->offset = 0;
        rd_kafka_assign(consumers[i], places);
        rd_kafka_topic_partition_list_destroy(places);
    }
    double end = now() + seconds;
    long got = 0;
    while (now() < end) {
        rd_kafka_poll(kafka, 0);
        for (int i = 0; i < clients; i++) {
            rd_kafka_message_t *message = rd_kafka_consumer_poll(consumers[i], 1);
            if (message) {
                if (!message->err) got++;
                rd_kafka_message_destroy(message);
            }
        }
    }
    if (done != clients || got != clients) die("rest", "not every client got its record");
    for (int i = 0; i < clients; i++) rd_kafka_destroy(consumers[i]);
    rd_kafka_destroy(kafka);
    return (double)got;
}

int main(int count, char **words) {
    if (count < 5) die("usage", "kafka-load BROKER TOPIC one|many|batch|consume|rest|flood N");
    broker = words[1];
    topic = words[2];
    double rate = 0;
    if (!strcmp(words[3], "one")) rate = many(1, atol(words[4]), "0", one_at_a_time);
    else if (!strcmp(words[3], "many") && count == 6) 
        rate = many(atoi(words[4]), atol(words[5]), "0", one_at_a_time);
    else if (!strcmp(words[3], "batch") && count == 6)
        rate = many(atoi(words[4]), atol(words[5]), "5", at_full_speed);
    else if (!strcmp(words[3], "consume")) rate = consume(atol(words[4]));
    else if (!strcmp(words[3], "rest") && count == 6) rate = rest(atoi(words[4]), atoi(words[5]));
    else if (!strcmp(words[3], "flood")) flood(atoi(words[4]), count == 6 ? words[5] : NULL);
    else die("usage", "one, many, batch, consume, rest or flood");
    if (failed) die("records failed", "see the broker");
    printf("%.0f\n", rate);
    return 0;
}
