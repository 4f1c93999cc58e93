// cgpiod-test.c: proves CModules/CGpiod against the kernel's own GPIO simulator, inside the rig.
//
// Compiled twice, against libgpiod 1.6 and 2.x; both must say the same. The test pulls inputs and
// reads outputs through sysfs, behind the library's back. Prints one line a check and at the end
// `N passed, N failed`; the exit status is 0 when none failed.

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgpiod.h"
#include "cgpiod_held.h"

#define SIM0 "/run/rig/sim0.dev"  // 64 lines
#define SIM1 "/run/rig/sim1.dev"  // 96 lines
#define ME "cgpiod-test"

static int passed, failed;

static void check(bool holds, const char *sentence) {
    int reason = errno;
    if (holds) {
        passed++;
    } else {
        failed++;
    }
    printf("%s  %s", holds ? "ok  " : "FAIL", sentence);
    if (!holds) printf(" (errno now: %s)", strerror(reason));
    printf("\n");
    fflush(stdout);
}

// The far side of the lines.

static void line_path(char *into, size_t room, const char *chip, unsigned line, const char *what) {
    snprintf(into, room, "/run/rig/%s/sim_gpio%u/%s", chip, line, what);
}

static void pull(const char *chip, unsigned line, bool up) {
    char path[128];
    line_path(path, sizeof path, chip, line, "pull");
    int fd = open(path, O_WRONLY);
    const char *text = up ? "pull-up" : "pull-down";
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        perror(path);
        exit(2);
    }
    close(fd);
}

static int level(const char *chip, unsigned line) {
    char path[128];
    line_path(path, sizeof path, chip, line, "value");
    char digit = '?';
    int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, &digit, 1) != 1) {
        perror(path);
        exit(2);
    }
    close(fd);
    return digit - '0';
}

static void settle(void) { usleep(30000); }  // the kernel's timer tick is 10 ms

static uint64_t monotonic_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Waits for the next edge on any descriptor of the request.
static bool next_edge(cgpiod_request *request, struct cgpiod_edge *edge) {
    for (int attempt = 0; attempt < 50; attempt++) {
        for (size_t which = 0; which < cgpiod_fd_count(request); which++) {
            int count = cgpiod_read_edges(request, which, edge, 1);
            if (count < 0) return false;
            if (count == 1) return true;
        }
        usleep(10000);
    }
    return false;
}

static int count_edges(cgpiod_request *request, struct cgpiod_edge *into, int room) {
    int total = 0;
    settle();
    for (size_t which = 0; which < cgpiod_fd_count(request); which++) {
        int count;
        while (total < room
               && (count = cgpiod_read_edges(request, which, into + total, room - total)) > 0) {
            total += count;
        }
    }
    return total;
}

static void the_chip_tells_its_size(void) {
    check(cgpiod_major() == EXPECTED_MAJOR, "cgpiod_major names the library compiled against");
    check(cgpiod_chip_line_count(SIM0) == 64, "a chip of 64 lines says 64");
    check(cgpiod_chip_line_count(SIM1) == 96, "a chip of 96 lines says 96");
    errno = 0;
    check(cgpiod_chip_line_count("/dev/no-such-chip") == -1 && errno == ENOENT,
          "a missing chip is ENOENT");
    errno = 0;
    check(cgpiod_chip_line_count("/dev/null") == -1 && (errno == ENOTTY || errno == ENODEV),
          "a device that is no chip is ENOTTY or ENODEV");
}

static void inputs_are_read(void) {
    struct cgpiod_line lines[] = {{.offset = 3}, {.offset = 7}, {.offset = 5, .active_low = true}};
    pull("sim0", 3, false);
    pull("sim0", 7, true);
    pull("sim0", 5, true);
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, lines, 3);
    check(r != NULL, "three inputs are granted");
    if (r == NULL) return;
    check(cgpiod_get(r, 0) == 0, "an input pulled down reads 0");
    check(cgpiod_get(r, 1) == 1, "an input pulled up reads 1");
    check(cgpiod_get(r, 2) == 0, "an active-low input pulled up reads 0");
    pull("sim0", 3, true);
    pull("sim0", 5, false);
    check(cgpiod_get(r, 0) == 1, "an input follows its pull");
    check(cgpiod_get(r, 1) == 1, "its neighbour does not");
    check(cgpiod_get(r, 2) == 1, "an active-low input pulled down reads 1");
    errno = 0;
    check(cgpiod_get(r, 3) == -1 && errno == EINVAL, "reading beyond the request is EINVAL");
    errno = 0;
    check(cgpiod_set(r, 0, true) == -1 && errno == EPERM, "driving an input is EPERM");
    check(cgpiod_fd_count(r) == 0, "inputs without edges have no descriptor");
    errno = 0;
    check(cgpiod_fd(r, 0) == -1 && errno == EINVAL, "a descriptor beyond the last is EINVAL");
    struct cgpiod_edge edge;
    errno = 0;
    check(cgpiod_read_edges(r, 0, &edge, 1) == -1 && errno == EINVAL,
          "reading edges where there are none to come is EINVAL");
    cgpiod_release(r);
    pull("sim0", 7, false);
}

static void edges_arrive(void) {
    // Line 11 has no edges on purpose, so that descriptors and indices do not run in step.
    struct cgpiod_line lines[] = {{.offset = 11},
                                  {.offset = 10, .edges = true},
                                  {.offset = 12, .edges = true, .active_low = true}};
    struct cgpiod_edge edge = {0}, many[64];
    pull("sim0", 10, false);
    pull("sim0", 12, true);
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, lines, 3);
    check(r != NULL, "inputs with and without edges are granted together");
    if (r == NULL) return;
    check(cgpiod_fd_count(r) == (EXPECTED_MAJOR == 1 ? 2 : 1),
          "there is one descriptor a line with edges (1.6) or one for all (2.x)");
    int fd = cgpiod_fd(r, 0);
    check(fd >= 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK), "its descriptor does not block");
    check(fcntl(fd, F_GETFD) & FD_CLOEXEC, "its descriptor is not inherited by other programs");
    check(cgpiod_read_edges(r, 0, &edge, 1) == 0, "no edge is reported before one happened");
    check(cgpiod_read_edges(r, 0, &edge, 0) == 0, "no room for edges is not an error");

    uint64_t before = monotonic_now();
    pull("sim0", 10, true);
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    check(poll(&waiting, 1, 1000) == 1 && (waiting.revents & POLLIN), "an edge wakes poll");
    bool got = next_edge(r, &edge);
    uint64_t after = monotonic_now();
    check(got && edge.offset == 10 && edge.rising, "pulling up is a rising edge of that line");
    check(got && edge.timestamp_ns >= before && edge.timestamp_ns <= after,
          "its time stamp is of the monotonic clock, between cause and reading");
    check(got && !edge.lost_before, "nothing was lost before it");
    check(poll(&waiting, 1, 0) == 0, "a read edge is gone");
    settle();
    pull("sim0", 10, false);
    got = next_edge(r, &edge);
    check(got && edge.offset == 10 && !edge.rising, "pulling down is a falling edge");
    settle();
    pull("sim0", 12, false);
    got = next_edge(r, &edge);
    check(got && edge.offset == 12 && edge.rising,
          "an active-low line that is pulled down becomes active: rising");
    check(cgpiod_get(r, 2) == 1, "and reads 1");
    settle();
    pull("sim0", 12, true);
    got = next_edge(r, &edge);
    check(got && edge.offset == 12 && !edge.rising && !edge.lost_before, "pulled up it falls");
    pull("sim0", 11, true);
    check(count_edges(r, many, 64) == 0, "a line requested without edges reports none");
    pull("sim0", 11, false);

    for (int i = 0; i < 6; i++) {
        pull("sim0", 10, i % 2 == 0);
        settle();
    }
    int count = count_edges(r, many, 64);
    bool in_order = count == 6;
    for (int i = 0; i < count; i++) {
        in_order = in_order && many[i].rising == (i % 2 == 0) && !many[i].lost_before;
        if (i > 0) in_order = in_order && many[i].timestamp_ns > many[i - 1].timestamp_ns;
    }
    check(in_order, "six edges that waited are read in one go, oldest first, in order");
    cgpiod_release(r);
}

static void lost_edges_are_told(void) {
    struct cgpiod_line line = {.offset = 20, .edges = true};
    struct cgpiod_edge edge, many[128];
    pull("sim0", 20, false);
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, &line, 1);
    check(r != NULL, "an input with edges is granted");
    if (r == NULL) return;
    // More than the kernel keeps (16 or 64), and an odd number, so that the last level is 1.
    for (int i = 0; i < 81; i++) {
        pull("sim0", 20, i % 2 == 0);
        usleep(12000);
    }
    int kept = count_edges(r, many, 128);
    check(kept == (EXPECTED_MAJOR == 1 ? 16 : 64), "the kernel keeps a bounded number of edges");
    check(cgpiod_get(r, 0) == 1, "the level is right whatever was lost");
    pull("sim0", 20, false);
    bool got = next_edge(r, &edge);
    if (EXPECTED_MAJOR == 1) {
        check(got && edge.lost_before, "a lost edge shows at the next one (1.6: the newest are lost)");
    } else {
        check(kept > 0 && many[0].lost_before, "lost edges show at the next one (2.x: the oldest are lost)");
        check(got && !edge.lost_before, "and only there");
    }
    cgpiod_release(r);
}

static void outputs_are_driven(void) {
    struct cgpiod_line lines[] = {{.offset = 30, .initial_value = true},
                                  {.offset = 31},
                                  {.offset = 32, .active_low = true, .initial_value = true},
                                  {.offset = 33, .active_low = true},
                                  {.offset = 34}};
    pull("sim0", 30, false);
    pull("sim0", 31, true);
    cgpiod_request *r = cgpiod_request_outputs(SIM0, ME, lines, 5);
    check(r != NULL, "five outputs of mixed polarity are granted");
    if (r == NULL) return;
    check(level("sim0", 30) == 1, "an initial value of 1 drives high");
    check(level("sim0", 31) == 0, "an initial value of 0 drives low, against a pull-up");
    check(level("sim0", 32) == 0, "an active-low initial value of 1 drives low");
    check(level("sim0", 33) == 1, "an active-low initial value of 0 drives high");
    check(cgpiod_get(r, 0) == 1 && cgpiod_get(r, 1) == 0 && cgpiod_get(r, 2) == 1
              && cgpiod_get(r, 3) == 0,
          "outputs read back as driven");
    check(cgpiod_set(r, 4, true) == 0 && level("sim0", 34) == 1, "set drives high");
    check(level("sim0", 30) == 1 && level("sim0", 31) == 0 && level("sim0", 32) == 0
              && level("sim0", 33) == 1,
          "setting one output moves no other of the request");
    check(cgpiod_set(r, 0, false) == 0 && level("sim0", 30) == 0, "set drives low");
    check(level("sim0", 34) == 1, "and no other");
    check(cgpiod_set(r, 3, true) == 0 && level("sim0", 33) == 0, "active-low set drives low");
    pull("sim0", 34, false);
    check(level("sim0", 34) == 1, "a driven line does not follow its pull");
    check(cgpiod_fd_count(r) == 0, "outputs have no descriptor");
    errno = 0;
    check(cgpiod_set(r, 5, true) == -1 && errno == EINVAL, "driving beyond the request is EINVAL");

    errno = 0;
    struct cgpiod_line two[] = {{.offset = 36, .initial_value = true}, {.offset = 34}};
    pull("sim0", 36, false);
    check(cgpiod_request_outputs(SIM0, "other", two, 2) == NULL && errno == EBUSY,
          "a line that another request holds is EBUSY");
    check(level("sim0", 36) == 0, "a request that failed leaves none of its lines driven");
    cgpiod_request *free_now = cgpiod_request_inputs(SIM0, ME, &(struct cgpiod_line){.offset = 36}, 1);
    check(free_now != NULL, "and none held");
    cgpiod_release(free_now);
    errno = 0;
    check(cgpiod_request_inputs(SIM0, "other", &lines[1], 1) == NULL && errno == EBUSY,
          "nor can it be had as an input");

    pull("sim0", 31, true);
    pull("sim0", 34, false);
    cgpiod_release(r);
    settle();
    check(level("sim0", 34) == 0, "a released line that drove high falls to its pull-down");
    check(level("sim0", 31) == 1, "a released line that drove low rises to its pull-up");
    r = cgpiod_request_outputs(SIM0, ME, lines, 5);
    check(r != NULL, "released lines can be had again");
    cgpiod_release(r);
    cgpiod_release(NULL);
    check(true, "releasing NULL does nothing");
    pull("sim0", 31, false);
}

static void a_line_is_read_as_found(void) {
    struct cgpiod_line line = {.offset = 38, .initial_value = true};
    struct cgpiod_line low = {.offset = 38, .active_low = true};
    pull("sim0", 38, true);
    check(cgpiod_as_found(SIM0, ME, &line) == 1, "a line found high reads 1");
    check(cgpiod_as_found(SIM0, ME, &low) == 0, "and 0 if it is active-low");
    pull("sim0", 38, false);
    check(cgpiod_as_found(SIM0, ME, &line) == 0 && level("sim0", 38) == 0,
          "a line found low reads 0 and is not driven");
    cgpiod_request *r = cgpiod_request_outputs(SIM0, ME, &line, 1);
    check(r != NULL, "it is free afterwards");
    errno = 0;
    check(cgpiod_as_found(SIM0, ME, &line) == -1 && errno == EBUSY, "a line that is held is EBUSY");
    check(level("sim0", 38) == 1, "and is not disturbed");
    cgpiod_release(r);
    errno = 0;
    check(cgpiod_as_found(SIM0, ME, &(struct cgpiod_line){.offset = 64}) == -1 && errno == EINVAL,
          "a line that the chip does not have is EINVAL as found, too");
}

static void requests_that_make_no_sense(void) {
    struct cgpiod_line twice[] = {{.offset = 40}, {.offset = 40}};
    errno = 0;
    check(cgpiod_request_inputs(SIM0, ME, twice, 2) == NULL && errno == EINVAL,
          "a line named twice is EINVAL");
    errno = 0;
    check(cgpiod_request_inputs(SIM0, ME, twice, 0) == NULL && errno == EINVAL, "no lines is EINVAL");
    errno = 0;
    check(cgpiod_request_inputs(SIM0, ME, &(struct cgpiod_line){.offset = 64}, 1) == NULL
              && errno == EINVAL,
          "a line that the chip does not have is EINVAL");
    errno = 0;
    check(cgpiod_request_outputs(SIM0, ME, &(struct cgpiod_line){.offset = 41, .edges = true}, 1) == NULL
              && errno == EINVAL,
          "an output with edges is EINVAL");
    errno = 0;
    check(cgpiod_request_inputs(SIM0, ME, &(struct cgpiod_line){.offset = 41, .bias = 9}, 1) == NULL
              && errno == EINVAL,
          "an unknown bias is EINVAL");
    errno = 0;
    check(cgpiod_request_inputs("/dev/no-such-chip", ME, twice, 1) == NULL && errno == ENOENT,
          "a request of a missing chip is ENOENT");
    struct cgpiod_line last_wrong[] = {{.offset = 42}, {.offset = 500}};
    errno = 0;
    check(cgpiod_request_inputs(SIM0, ME, last_wrong, 2) == NULL && errno == EINVAL,
          "one wrong line among good ones is EINVAL");
    cgpiod_request *r = cgpiod_request_outputs(SIM0, ME, last_wrong, 1);
    check(r != NULL, "and the good ones stay free");
    cgpiod_release(r);
}

static void the_bias_takes_effect(void) {
    struct cgpiod_line lines[] = {{.offset = 44, .bias = CGPIOD_BIAS_PULL_UP},
                                  {.offset = 45, .bias = CGPIOD_BIAS_PULL_DOWN},
                                  {.offset = 46, .bias = CGPIOD_BIAS_AS_IS},
                                  {.offset = 47, .bias = CGPIOD_BIAS_DISABLED},
                                  {.offset = 48, .bias = CGPIOD_BIAS_PULL_UP, .active_low = true}};
    pull("sim0", 44, false);
    pull("sim0", 45, true);
    pull("sim0", 46, true);
    pull("sim0", 47, true);
    pull("sim0", 48, false);
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, lines, 5);
    check(r != NULL, "five inputs of mixed bias are granted");
    if (r == NULL) return;
    check(cgpiod_get(r, 0) == 1, "bias pull-up pulls the line up");
    check(cgpiod_get(r, 1) == 0, "bias pull-down pulls the line down");
    check(cgpiod_get(r, 2) == 1, "bias as-is leaves the pull alone");
    check(cgpiod_get(r, 3) == 1, "bias disabled is granted");
    check(cgpiod_get(r, 4) == 0, "an active-low line with a pull-up rests at 0");
    cgpiod_release(r);
    for (unsigned line = 44; line <= 48; line++) pull("sim0", line, false);
}

// All 16 kinds of input at once: more different settings than one kernel request can carry.
static void every_kind_of_input_at_once(void) {
    struct cgpiod_line lines[16];
    for (unsigned i = 0; i < 16; i++) {
        lines[i] = (struct cgpiod_line){.offset = i, .bias = (uint8_t)(i & 3),
                                        .active_low = i & 4, .edges = i & 8};
    }
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, lines, 16);
    check(r != NULL, "sixteen inputs, each of another kind, are granted in one request");
    if (r == NULL) return;
    for (unsigned i = 0; i < 16; i++) pull("sim0", i, i % 3 == 0);
    bool right = true;
    for (unsigned i = 0; i < 16; i++) {
        right = right && cgpiod_get(r, i) == ((i % 3 == 0) != lines[i].active_low);
    }
    check(right, "and each reads by its own polarity");
    cgpiod_release(r);
    for (unsigned i = 0; i < 16; i++) pull("sim0", i, false);
}

// What a valve line must do at a restart: the line already has the level, nobody may see another.
static atomic_bool sampling;
static atomic_int moves;

static void *watch_line_50(void *unused) {
    (void)unused;
    while (atomic_load(&sampling)) {
        if (level("sim0", 50) != 1) atomic_fetch_add(&moves, 1);
    }
    return NULL;
}

static void no_glitch_at_request(void) {
    pull("sim0", 50, true);
    atomic_store(&sampling, true);
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch_line_50, NULL);
    struct cgpiod_line line = {.offset = 50, .initial_value = true};
    bool granted = true;
    for (int i = 0; i < 200 && granted; i++) {
        cgpiod_request *r = cgpiod_request_outputs(SIM0, ME, &line, 1);
        granted = r != NULL;
        sched_yield();
        cgpiod_release(r);
    }
    atomic_store(&sampling, false);
    pthread_join(watcher, NULL);
    check(granted && atomic_load(&moves) == 0,
          "200 requests of a high line with initial value 1: the line was never seen low");
    pull("sim0", 50, false);
}

static void seventy_lines_in_one_request(void) {
    struct cgpiod_line lines[70];
    struct cgpiod_edge edge;
    for (unsigned i = 0; i < 70; i++) {
        lines[i] = (struct cgpiod_line){.offset = 10 + i, .active_low = i % 2, .edges = true};
        pull("sim1", 10 + i, false);
    }
    cgpiod_request *r = cgpiod_request_inputs(SIM1, ME, lines, 70);
    check(r != NULL, "70 inputs with edges are granted in one request");
    if (r == NULL) return;
    check(cgpiod_fd_count(r) == (EXPECTED_MAJOR == 1 ? 70 : 2),
          "they need 70 descriptors (1.6) or 2 (2.x)");
    pull("sim1", 79, true);
    bool got = next_edge(r, &edge);
    check(got && edge.offset == 79 && !edge.rising, "the 70th reports its edge, by its polarity");
    pull("sim1", 12, true);
    got = next_edge(r, &edge);
    check(got && edge.offset == 12 && edge.rising, "the third reports its edge");
    bool right = true;
    for (unsigned i = 0; i < 70; i++) {
        bool up = i == 69 || i == 2;
        right = right && cgpiod_get(r, i) == (up != (i % 2 == 1));
    }
    check(right, "all 70 read by their pull and polarity");
    cgpiod_release(r);

    for (unsigned i = 0; i < 70; i++) {
        lines[i].edges = false;
        lines[i].initial_value = i % 3 == 0;
        pull("sim1", 10 + i, false);
    }
    r = cgpiod_request_outputs(SIM1, ME, lines, 70);
    check(r != NULL, "70 outputs are granted in one request");
    if (r == NULL) return;
    right = true;
    for (unsigned i = 0; i < 70; i++) {
        right = right && level("sim1", 10 + i) == ((i % 3 == 0) != (i % 2 == 1));
    }
    check(right, "all 70 start at their initial value");
    right = cgpiod_set(r, 68, true) == 0 && cgpiod_set(r, 3, false) == 0;
    for (unsigned i = 0; i < 70; i++) {
        bool on = i == 68 || (i % 3 == 0 && i != 3);
        right = right && level("sim1", 10 + i) == (on != (i % 2 == 1));
    }
    check(right, "setting two of 70 moves two of 70");

    struct cgpiod_line all[96];
    for (unsigned i = 0; i < 96; i++) all[i] = (struct cgpiod_line){.offset = 95 - i};
    errno = 0;
    check(cgpiod_request_inputs(SIM1, "other", all, 96) == NULL && errno == EBUSY,
          "a big request that meets a busy line in its second half is EBUSY");
    cgpiod_release(r);
    r = cgpiod_request_inputs(SIM1, ME, all, 96);
    check(r != NULL, "and has released its first half: all 96 can be had");
    cgpiod_release(r);
}

static void the_loop_calls_do_not_allocate(void) {
    struct cgpiod_line in = {.offset = 60, .edges = true}, out = {.offset = 61};
    struct cgpiod_edge edges[16];
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, &in, 1);
    cgpiod_request *w = cgpiod_request_outputs(SIM0, ME, &out, 1);
    check(r != NULL && w != NULL, "an input and an output are granted side by side");
    if (r == NULL || w == NULL) return;
    size_t before = mallinfo2().uordblks;
    extern size_t allocations;
    size_t calls = allocations;
    bool worked = true;
    for (int i = 0; i < 20; i++) {
        worked = worked && cgpiod_set(w, 0, i % 2 == 0) == 0;
        pull("sim0", 60, i % 2 == 0);
        usleep(12000);
        worked = worked && cgpiod_get(r, 0) == (i % 2 == 0);
        worked = worked && cgpiod_read_edges(r, 0, edges, 16) == 1;
    }
    check(worked && allocations == calls && mallinfo2().uordblks == before,
          "get, set and read_edges allocate nothing");
    cgpiod_release(w);
    cgpiod_release(r);
}

static unsigned long edges_of(unsigned line) {
    char path[128];
    line_path(path, sizeof path, "sim0", line, "edges");
    FILE *file = fopen(path, "r");
    unsigned long count = 0;
    if (file == NULL || fscanf(file, "%lu", &count) != 1) exit(2);
    fclose(file);
    return count;
}

static void a_line_is_held(void) {
    struct cgpiod_line line = {.offset = 58, .initial_value = true};
    struct cgpiod_line_state state;
    char name[CGPIOD_CHIP_NAME_ROOM];
    check(cgpiod_chip_name(SIM0, name) == 0 && strcmp(name, "gpiochip0") == 0,
          "the chip has the kernel's name, whatever path led to it");
    check(cgpiod_line_state(SIM0, 58, &state) == 0 && !state.used, "a free line is free");
    unsigned long before = edges_of(58);
    int fd = cgpiod_hold(SIM0, ME, &line);
    check(fd >= 0 && level("sim0", 58) == 1 && edges_of(58) == before + 1,
          "a held line has its initial value, after one edge");
    check(cgpiod_line_state(SIM0, 58, &state) == 0 && state.used && state.output
              && !state.active_low && state.bias == CGPIOD_BIAS_AS_IS,
          "the chip says that it is driven");
    check(fcntl(fd, F_GETFD) == FD_CLOEXEC, "its descriptor is close-on-exec");
    check(cgpiod_hold(SIM0, ME, &line) == -1 && errno == EBUSY, "nobody else can hold it");
    check(cgpiod_held_get(fd) == 1, "it reads as driven");
    check(cgpiod_held_set(fd, false) == 0 && level("sim0", 58) == 0 && cgpiod_held_get(fd) == 0,
          "it is driven low");
    check(cgpiod_held_set(fd, true) == 0 && level("sim0", 58) == 1, "and high");

    before = edges_of(58);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    close(fd);
    check(level("sim0", 58) == 1 && edges_of(58) == before, "a copy of the descriptor holds it");
    check(cgpiod_held_set(copy, true) == 0 && edges_of(58) == before,
          "to drive what is driven already is no edge");
    line.active_low = true;
    line.initial_value = false;  // the same level
    check(cgpiod_held_configure(copy, &line) == 0 && level("sim0", 58) == 1 && edges_of(58) == before
              && cgpiod_held_get(copy) == 0,
          "another polarity and value with the same level are no edge");
    check(cgpiod_line_state(SIM0, 58, &state) == 0 && state.active_low, "the chip says so");
    close(copy);
    check(level("sim0", 58) == 0 && edges_of(58) == before + 1,
          "without a holder it falls to its pull, and the counter has it");

    struct cgpiod_line input = {.offset = 59};
    cgpiod_request *r = cgpiod_request_inputs(SIM0, ME, &input, 1);
    check(cgpiod_line_state(SIM0, 59, &state) == 0 && state.used && !state.output,
          "an input is used and not driven");
    cgpiod_release(r);
    int file = open("/proc/version", O_RDONLY);
    check(cgpiod_held_get(file) == -1 && errno != ENODEV, "a file is no line");
    check(cgpiod_held_set(file, true) == -1, "nor can it be driven");
    close(file);
    line.offset = 64;
    check(cgpiod_hold(SIM0, ME, &line) == -1 && errno == EINVAL, "line 64 of 64 cannot be held");
    check(cgpiod_line_state(SIM0, 64, &state) == -1 && errno == EINVAL, "nor asked about");
    check(cgpiod_hold("/dev/nothing", ME, &line) == -1 && errno == ENOENT, "nor can nothing");
    check(cgpiod_hold("/dev/null", ME, &line) == -1, "nor /dev/null");
}

// Counts the heap calls of the whole program, the library's included.
size_t allocations;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

int main(void) {
    the_chip_tells_its_size();
    inputs_are_read();
    edges_arrive();
    lost_edges_are_told();
    outputs_are_driven();
    a_line_is_read_as_found();
    requests_that_make_no_sense();
    the_bias_takes_effect();
    every_kind_of_input_at_once();
    no_glitch_at_request();
    seventy_lines_in_one_request();
    a_line_is_held();
    the_loop_calls_do_not_allocate();
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
