// cgpiod_v2.c: cgpiod.h over libgpiod 2.x.
//
// A request is cut into parts, each one kernel request, because the kernel's version 2 interface
// takes at most 64 lines and ten attributes in one. Almost always there is one part.

#include <gpiod.h>

#ifndef GPIOD_LINE_BULK_MAX_LINES

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cgpiod_lines.h"

// A kernel request has ten attributes. A different setting takes one, the set of initial values
// one more.
enum { LINES_A_PART = 64, SETTINGS_A_PART = 8, EVENTS_A_LINE = 64, EVENTS_A_READ = 64 };

struct line_state {
    uint32_t offset;
    unsigned long last_sequence;  // of this line; the kernel counts from 1
};

struct part {
    struct gpiod_line_request *request;
    size_t first;  // its lines are lines[first ..< first + count]
    size_t count;
};

struct cgpiod_request {
    bool outputs;
    size_t count;
    struct line_state *lines;  // one an index
    size_t part_count;
    struct part *parts;
    size_t edges_count;
    size_t *edges;             // the parts with edges, as indices of `parts`
    struct gpiod_edge_event_buffer *buffer;
};

int cgpiod_major(void) { return 2; }

int cgpiod_chip_line_count(const char *chip_path) {
    struct gpiod_chip *chip = gpiod_chip_open(chip_path);
    if (chip == NULL) return -1;
    int count = -1;
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (info != NULL) count = (int)gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    gpiod_chip_close(chip);
    return count;
}

// ERROR, INACTIVE, ACTIVE as -1, 0, 1.
static int value_of(enum gpiod_line_value value) {
    return value == GPIOD_LINE_VALUE_ERROR ? -1 : value == GPIOD_LINE_VALUE_ACTIVE;
}

int cgpiod_as_found(const char *chip_path, const char *consumer, const struct cgpiod_line *line) {
    int value = -1;
    unsigned int offset = line->offset;
    struct gpiod_chip *chip = gpiod_chip_open(chip_path);
    if (chip == NULL) return -1;
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *config = gpiod_line_config_new();
    struct gpiod_request_config *options = gpiod_request_config_new();
    if (settings == NULL || config == NULL || options == NULL) goto done;

    gpiod_line_settings_set_active_low(settings, line->active_low);  // the direction stays as is
    if (gpiod_line_config_add_line_settings(config, &offset, 1, settings) < 0) goto done;
    gpiod_request_config_set_consumer(options, consumer);
    struct gpiod_line_request *request = gpiod_chip_request_lines(chip, options, config);
    if (request == NULL) goto done;
    value = value_of(gpiod_line_request_get_value(request, offset));
    gpiod_line_request_release(request);

done:;
    int reason = errno;
    gpiod_request_config_free(options);
    gpiod_line_config_free(config);
    gpiod_line_settings_free(settings);
    gpiod_chip_close(chip);
    errno = reason;
    return value;
}

static enum gpiod_line_bias bias_of(const struct cgpiod_line *line) {
    switch ((enum cgpiod_bias)line->bias) {
    case CGPIOD_BIAS_AS_IS: break;
    case CGPIOD_BIAS_DISABLED: return GPIOD_LINE_BIAS_DISABLED;
    case CGPIOD_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
    case CGPIOD_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

static int configure(struct gpiod_line_settings *settings, const struct cgpiod_line *line,
                     bool outputs) {
    gpiod_line_settings_reset(settings);
    gpiod_line_settings_set_active_low(settings, line->active_low);
    if (gpiod_line_settings_set_bias(settings, bias_of(line)) < 0) return -1;
    if (outputs) {
        enum gpiod_line_value value =
            line->initial_value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
        if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT) < 0) return -1;
        return gpiod_line_settings_set_output_value(settings, value);
    }
    if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0) return -1;
    if (!line->edges) return 0;
    return gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
}

static bool same_setting(const struct cgpiod_line *a, const struct cgpiod_line *b) {
    return a->bias == b->bias && a->active_low == b->active_low && a->edges == b->edges;
}

// How many of the lines from `lines` on fit into one kernel request.
static size_t length_of_part(const struct cgpiod_line *lines, size_t count) {
    size_t settings = 0;
    size_t length = 0;
    for (; length < count && length < LINES_A_PART; length++) {
        bool known = false;
        for (size_t i = 0; i < length && !known; i++) known = same_setting(&lines[i], &lines[length]);
        if (!known && ++settings > SETTINGS_A_PART) break;
    }
    return length;
}

static int take_edges(cgpiod_request *request, size_t part) {
    int fd = gpiod_line_request_get_fd(request->parts[part].request);
    int status = fcntl(fd, F_GETFL);
    if (status < 0 || fcntl(fd, F_SETFL, status | O_NONBLOCK) < 0) return -1;
    request->edges[request->edges_count++] = part;
    return 0;
}

static int take_part(cgpiod_request *request, struct gpiod_chip *chip, const char *consumer,
                     const struct cgpiod_line *lines, size_t first, size_t count) {
    int result = -1;
    bool any_edges = false;
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *config = gpiod_line_config_new();
    struct gpiod_request_config *options = gpiod_request_config_new();
    if (settings == NULL || config == NULL || options == NULL) goto done;

    for (size_t i = first; i < first + count; i++) {
        unsigned int offset = lines[i].offset;
        if (configure(settings, &lines[i], request->outputs) < 0) goto done;
        if (gpiod_line_config_add_line_settings(config, &offset, 1, settings) < 0) goto done;
        request->lines[i] = (struct line_state){.offset = offset};
        any_edges = any_edges || lines[i].edges;
    }
    gpiod_request_config_set_consumer(options, consumer);
    if (any_edges) gpiod_request_config_set_event_buffer_size(options, count * EVENTS_A_LINE);

    struct gpiod_line_request *taken = gpiod_chip_request_lines(chip, options, config);
    if (taken == NULL) goto done;
    size_t part = request->part_count++;
    request->parts[part] = (struct part){.request = taken, .first = first, .count = count};
    result = any_edges ? take_edges(request, part) : 0;

done:;
    int reason = errno;
    gpiod_request_config_free(options);
    gpiod_line_config_free(config);
    gpiod_line_settings_free(settings);
    errno = reason;
    return result;
}

static cgpiod_request *request_lines(const char *chip_path, const char *consumer,
                                     const struct cgpiod_line *lines, size_t count, bool outputs) {
    if (!cgpiod_lines_make_sense(lines, count, outputs)) {
        errno = EINVAL;
        return NULL;
    }
    struct gpiod_chip *chip = NULL;
    cgpiod_request *request = calloc(1, sizeof *request);
    if (request == NULL) return NULL;
    request->outputs = outputs;
    request->count = count;
    request->lines = calloc(count, sizeof *request->lines);
    request->parts = calloc(count, sizeof *request->parts);  // at worst a part a line
    request->edges = calloc(count, sizeof *request->edges);
    request->buffer = gpiod_edge_event_buffer_new(EVENTS_A_READ);
    if (request->lines == NULL || request->parts == NULL || request->edges == NULL
        || request->buffer == NULL) goto fail;
    chip = gpiod_chip_open(chip_path);
    if (chip == NULL) goto fail;
    for (size_t first = 0; first < count;) {
        size_t length = length_of_part(lines + first, count - first);
        if (take_part(request, chip, consumer, lines, first, length) < 0) goto fail;
        first += length;
    }
    gpiod_chip_close(chip);
    return request;

fail:;
    int reason = errno;
    if (chip != NULL) gpiod_chip_close(chip);
    cgpiod_release(request);
    errno = reason;
    return NULL;
}

cgpiod_request *cgpiod_request_inputs(const char *chip_path, const char *consumer,
                                      const struct cgpiod_line *lines, size_t count) {
    return request_lines(chip_path, consumer, lines, count, false);
}

cgpiod_request *cgpiod_request_outputs(const char *chip_path, const char *consumer,
                                       const struct cgpiod_line *lines, size_t count) {
    return request_lines(chip_path, consumer, lines, count, true);
}

// The parts hold consecutive lines, and there are few.
static struct gpiod_line_request *part_of(cgpiod_request *request, size_t index) {
    size_t part = 0;
    while (index >= request->parts[part].first + request->parts[part].count) part++;
    return request->parts[part].request;
}

int cgpiod_get(cgpiod_request *request, size_t index) {
    if (index >= request->count) {
        errno = EINVAL;
        return -1;
    }
    return value_of(
        gpiod_line_request_get_value(part_of(request, index), request->lines[index].offset));
}

int cgpiod_set(cgpiod_request *request, size_t index, bool value) {
    if (index >= request->count) {
        errno = EINVAL;
        return -1;
    }
    if (!request->outputs) {
        errno = EPERM;
        return -1;
    }
    return gpiod_line_request_set_value(part_of(request, index), request->lines[index].offset,
                                        value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}

size_t cgpiod_fd_count(const cgpiod_request *request) { return request->edges_count; }

int cgpiod_fd(const cgpiod_request *request, size_t which) {
    if (which >= request->edges_count) {
        errno = EINVAL;
        return -1;
    }
    return gpiod_line_request_get_fd(request->parts[request->edges[which]].request);
}

// Whether the kernel numbered edges of this line that it did not deliver.
static bool edges_were_lost(cgpiod_request *request, const struct part *part, uint32_t offset,
                            unsigned long sequence) {
    for (size_t i = part->first; i < part->first + part->count; i++) {
        struct line_state *line = &request->lines[i];
        if (line->offset != offset) continue;
        // The kernel counts in 32 bits and the count may wrap in 40 years.
        bool lost = (uint32_t)sequence != (uint32_t)(line->last_sequence + 1);
        line->last_sequence = sequence;
        return lost;
    }
    return false;
}

int cgpiod_read_edges(cgpiod_request *request, size_t which, struct cgpiod_edge *into,
                      size_t room) {
    if (which >= request->edges_count) {
        errno = EINVAL;
        return -1;
    }
    if (room == 0) return 0;
    struct part *part = &request->parts[request->edges[which]];
    size_t wanted = room < EVENTS_A_READ ? room : EVENTS_A_READ;
    int count;
    do {
        count = gpiod_line_request_read_edge_events(part->request, request->buffer, wanted);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    for (int i = 0; i < count; i++) {
        struct gpiod_edge_event *event =
            gpiod_edge_event_buffer_get_event(request->buffer, (unsigned long)i);
        uint32_t offset = gpiod_edge_event_get_line_offset(event);
        into[i] = (struct cgpiod_edge){
            .offset = offset,
            .rising = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
            .timestamp_ns = gpiod_edge_event_get_timestamp_ns(event),
            .lost_before = edges_were_lost(request, part, offset,
                                           gpiod_edge_event_get_line_seqno(event)),
        };
    }
    return count;
}

void cgpiod_release(cgpiod_request *request) {
    if (request == NULL) return;
    for (size_t i = 0; i < request->part_count; i++) {
        gpiod_line_request_release(request->parts[i].request);
    }
    if (request->buffer != NULL) gpiod_edge_event_buffer_free(request->buffer);
    free(request->edges);
    free(request->parts);
    free(request->lines);
    free(request);
}

#endif
