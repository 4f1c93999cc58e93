// cgpiod_v1.c: cgpiod.h over libgpiod 1.6.
//
// Every line is its own kernel request. A request for several lines at once would save descriptors,
// but with it 1.6 cannot set one line alone: the kernel's version 1 interface sets all lines of a
// request, and gpiod_line_set_value of one of them drives the others to 0. One valve would close
// its neighbours. Flags are per request as well. So: line by line, and no 64-line limit either.

#include <gpiod.h>

#ifdef GPIOD_LINE_BULK_MAX_LINES

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "cgpiod_lines.h"

// gpiod_line_event_read_fd_multiple never returns more: the kernel keeps 16 events a line.
enum { EVENTS_A_READ = 16 };

struct input_edges {
    struct gpiod_line *line;
    int fd;
    bool any_seen;
    bool last_rising;
};

struct cgpiod_request {
    struct gpiod_chip *chip;
    bool outputs;
    size_t count;
    struct gpiod_line **lines;  // one an index
    size_t edges_count;
    struct input_edges *edges;  // one a line with edges, in the order of the lines
};

int cgpiod_major(void) { return 1; }

int cgpiod_chip_line_count(const char *chip_path) {
    struct gpiod_chip *chip = gpiod_chip_open(chip_path);
    if (chip == NULL) return -1;
    int count = (int)gpiod_chip_num_lines(chip);
    gpiod_chip_close(chip);
    return count;
}

int cgpiod_as_found(const char *chip_path, const char *consumer, const struct cgpiod_line *line) {
    int value = -1;
    struct gpiod_chip *chip = gpiod_chip_open(chip_path);
    if (chip == NULL) return -1;
    struct gpiod_line_request_config options = {
        .consumer = consumer,
        .request_type = GPIOD_LINE_REQUEST_DIRECTION_AS_IS,
        .flags = line->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0,
    };
    struct gpiod_line *found = gpiod_chip_get_line(chip, line->offset);
    if (found != NULL && gpiod_line_request(found, &options, 0) == 0) {
        value = gpiod_line_get_value(found);
    }
    int reason = errno;
    gpiod_chip_close(chip);
    errno = reason;
    return value;
}

static int flags_of(const struct cgpiod_line *line) {
    int flags = line->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    switch ((enum cgpiod_bias)line->bias) {
    case CGPIOD_BIAS_AS_IS: break;
    case CGPIOD_BIAS_DISABLED: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE; break;
    case CGPIOD_BIAS_PULL_UP: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP; break;
    case CGPIOD_BIAS_PULL_DOWN: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN; break;
    }
    return flags;
}

static int take_edges(cgpiod_request *request, struct gpiod_line *line) {
    int fd = gpiod_line_event_get_fd(line);
    if (fd < 0) return -1;
    int status = fcntl(fd, F_GETFL);
    if (status < 0 || fcntl(fd, F_SETFL, status | O_NONBLOCK) < 0) return -1;
    request->edges[request->edges_count++] = (struct input_edges){.line = line, .fd = fd};
    return 0;
}

static int take_line(cgpiod_request *request, const char *consumer, const struct cgpiod_line *wanted,
                     size_t index) {
    struct gpiod_line *line = gpiod_chip_get_line(request->chip, wanted->offset);
    if (line == NULL) return -1;
    request->lines[index] = line;
    int flags = flags_of(wanted);
    if (request->outputs) {
        return gpiod_line_request_output_flags(line, consumer, flags, wanted->initial_value);
    }
    if (wanted->edges) {
        if (gpiod_line_request_both_edges_events_flags(line, consumer, flags) < 0) return -1;
        return take_edges(request, line);
    }
    return gpiod_line_request_input_flags(line, consumer, flags);
}

static cgpiod_request *request_lines(const char *chip_path, const char *consumer,
                                     const struct cgpiod_line *lines, size_t count, bool outputs) {
    if (!cgpiod_lines_make_sense(lines, count, outputs)) {
        errno = EINVAL;
        return NULL;
    }
    cgpiod_request *request = calloc(1, sizeof *request);
    if (request == NULL) return NULL;
    request->outputs = outputs;
    request->count = count;
    request->lines = calloc(count, sizeof *request->lines);
    request->edges = calloc(count, sizeof *request->edges);
    if (request->lines == NULL || request->edges == NULL) goto fail;
    request->chip = gpiod_chip_open(chip_path);
    if (request->chip == NULL) goto fail;
    for (size_t i = 0; i < count; i++) {
        if (take_line(request, consumer, &lines[i], i) < 0) goto fail;
    }
    return request;

fail:;
    int reason = errno;
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

int cgpiod_get(cgpiod_request *request, size_t index) {
    if (index >= request->count) {
        errno = EINVAL;
        return -1;
    }
    return gpiod_line_get_value(request->lines[index]);
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
    return gpiod_line_set_value(request->lines[index], value);
}

size_t cgpiod_fd_count(const cgpiod_request *request) { return request->edges_count; }

int cgpiod_fd(const cgpiod_request *request, size_t which) {
    if (which >= request->edges_count) {
        errno = EINVAL;
        return -1;
    }
    return request->edges[which].fd;
}

static uint64_t nanoseconds(struct timespec time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t now(clockid_t clock) {
    struct timespec time = {0};
    clock_gettime(clock, &time);
    return nanoseconds(time);
}

// A kernel before 5.7 stamps with the wall clock. That stamp lies decades ahead of the monotonic
// clock; its age by the wall clock gives the monotonic stamp.
static uint64_t monotonic(uint64_t stamp) {
    uint64_t monotonic_now = now(CLOCK_MONOTONIC);
    if (stamp <= monotonic_now) return stamp;
    uint64_t wall_now = now(CLOCK_REALTIME);
    uint64_t age = stamp < wall_now ? wall_now - stamp : 0;
    return age < monotonic_now ? monotonic_now - age : monotonic_now;
}

int cgpiod_read_edges(cgpiod_request *request, size_t which, struct cgpiod_edge *into,
                      size_t room) {
    if (which >= request->edges_count) {
        errno = EINVAL;
        return -1;
    }
    if (room == 0) return 0;
    struct input_edges *edges = &request->edges[which];
    struct gpiod_line_event events[EVENTS_A_READ];
    unsigned wanted = room < EVENTS_A_READ ? (unsigned)room : EVENTS_A_READ;
    int count;
    do {
        count = gpiod_line_event_read_fd_multiple(edges->fd, events, wanted);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    for (int i = 0; i < count; i++) {
        bool rising = events[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        into[i] = (struct cgpiod_edge){
            .offset = gpiod_line_offset(edges->line),
            .rising = rising,
            .timestamp_ns = monotonic(nanoseconds(events[i].ts)),
            .lost_before = edges->any_seen && edges->last_rising == rising,
        };
        edges->any_seen = true;
        edges->last_rising = rising;
    }
    return count;
}

void cgpiod_release(cgpiod_request *request) {
    if (request == NULL) return;
    if (request->chip != NULL) gpiod_chip_close(request->chip);  // releases its lines as well
    free(request->edges);
    free(request->lines);
    free(request);
}

#endif
