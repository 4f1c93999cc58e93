// Kernel interfaces that the Glibc module of Swift 6.0 does not import, or imports differently from
// version to version. Each function below is one C call.
#ifndef CLINUX_H
#define CLINUX_H

// Not with _GNU_SOURCE: it changes fd_set, and Swift finds two of them as soon as a module that
// imports this one imports Foundation as well. What glibc hides without it is declared here.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

int pthread_setname_np(pthread_t thread, const char *name);

/// eventfd(2), close-on-exec, non-blocking; -1 and errno.
static inline int clinux_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/// Adds one to an eventfd.
static inline void clinux_wake(int fd) {
    uint64_t one = 1;
    (void)!write(fd, &one, sizeof one);
}

/// Takes what an eventfd has counted: 0 when nothing.
static inline uint64_t clinux_take(int fd) {
    uint64_t count = 0;
    return read(fd, &count, sizeof count) == sizeof count ? count : 0;
}

/// epoll_create1(2), close-on-exec.
static inline int clinux_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Watches `fd` for reading; epoll_wait gives `tag` back.
static inline int clinux_watch(int epoll, int fd, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static inline int clinux_unwatch(int epoll, int fd) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, 0);
}

/// epoll_pwait2(2) with nanoseconds; writes the tags of what is ready. -1 and errno.
static inline int clinux_wait(int epoll, uint64_t *tags, int room, int64_t nanoseconds) {
    struct epoll_event events[64];
    if (room > 64) room = 64;
    struct timespec timeout = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, room, nanoseconds < 0 ? 0 : &timeout, 0);
    if (count < 0 && errno == ENOSYS) {
        /* Kernels before 5.11: milliseconds, rounded up. */
        count = epoll_wait(epoll, events, room,
                           nanoseconds < 0 ? -1 : (int)((nanoseconds + 999999) / 1000000));
    }
    for (int i = 0; i < count; i++) tags[i] = events[i].data.u64;
    return count;
}

/// accept(2), then close-on-exec and non-blocking; -1 and errno.
static inline int clinux_accept(int listener) {
    int fd = accept(listener, 0, 0);
    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    return fd;
}

/// prctl(PR_SET_NAME): the calling thread's name in ps and top, 15 bytes.
static inline void clinux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// prctl(PR_SET_TIMERSLACK): how late the calling thread's sleeps may end, in nanoseconds.
static inline void clinux_timer_slack(unsigned long nanoseconds) {
    prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

/// mlockall(2) with MCL_ONFAULT: what has been touched stays in memory, and what never is costs
/// none. 0, or -1 and errno.
int clinux_lock_memory(void);

/// sched_setaffinity(2): the calling thread, and those that it starts, on the last processor that it
/// may use (`onto`), or on all but that one. 0, or errno; ENODEV where there is only one.
int clinux_last_processor(int onto);

/// mallopt(3): one heap for all threads instead of one each, and large pieces go back to the kernel
/// when they are freed.
void clinux_one_heap(void);

/// malloc_trim(3): gives back what the start needed.
void clinux_trim_heap(void);

/// A descriptor that becomes readable at SIGTERM and SIGINT, which no longer kill; -1 and errno.
static inline int clinux_stop_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, 0) != 0) return -1;
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// futex(2) FUTEX_WAIT, shared between processes: sleeps while `*word` is `expected`, at most
/// `nanoseconds` (negative: without limit). Reading access to the page is enough. 0 when woken, or
/// errno: EAGAIN when the word has moved, ETIMEDOUT, EINTR.
int clinux_futex_wait(const void *word, uint32_t expected, int64_t nanoseconds);

/// futex(2) FUTEX_WAKE of all who sleep on `word`, in any process.
void clinux_futex_wake(const void *word);

/// fcntl(2) F_OFD_SETLK, F_WRLCK of the whole file: 0, or errno (EAGAIN: another one holds it).
int clinux_lock_file(int fd);

/// fcntl(2) F_OFD_GETLK: whether anybody holds `clinux_lock_file`. Takes no lock itself.
int clinux_file_is_locked(int fd);

/// openat(2) with O_DIRECT, O_CLOEXEC and O_NOFOLLOW: past the page cache. -1 and errno.
int clinux_open_direct(int directory, const char *name, int flags);

/// An unnamed file in `directory` (O_TMPFILE), opened with O_DIRECT; -1 and errno.
int clinux_unnamed_direct(int directory);

/// statx(2), STATX_DIOALIGN: what offsets of direct writes to `fd` are multiples of. 0: it takes
/// none, -1: the kernel does not tell.
int clinux_direct_alignment(int fd);

/// Takes O_DIRECT off an open file.
int clinux_end_direct(int fd);

/// renameat2(2) with RENAME_NOREPLACE, or link and unlink where the file system has none. -1 and
/// errno; EEXIST when `to` is there.
int clinux_rename_new(int directory, const char *from, const char *to);

/// sendmsg(2) of one datagram to `address`, with `descriptor` as SCM_RIGHTS unless it is negative.
/// Never waits. 0, or errno: EAGAIN when the receiver's queue is full.
int clinux_send_to(int socket, const void *address, socklen_t length, const void *bytes, size_t count,
                   int descriptor);

/// posix_spawn_file_actions_addclosefrom_np(3): the child closes every descriptor from `from` on. 0 or
/// an error. `actions` are a posix_spawn_file_actions_t: with <spawn.h> here Swift would find
/// sched_param in this module.
int clinux_spawn_closes(void *actions, int from);

#endif
