// What needs _GNU_SOURCE, which the header cannot have.
#define _GNU_SOURCE
#include "clinux.h"

#include <linux/futex.h>
#include <malloc.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int clinux_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

int clinux_last_processor(int onto) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return errno;
    if (CPU_COUNT(&set) < 2) return ENODEV;
    int last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &set)) last--;
    if (onto) CPU_ZERO(&set);
    if (onto) CPU_SET(last, &set);
    else CPU_CLR(last, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

void clinux_one_heap(void) {
    mallopt(M_ARENA_MAX, 1);
    /* A fixed value: otherwise what was large once is kept in the heap ever after. */
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

void clinux_trim_heap(void) { malloc_trim(0); }

int clinux_futex_wait(const void *word, uint32_t expected, int64_t nanoseconds) {
    struct timespec limit = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    /* Not FUTEX_PRIVATE_FLAG: the one who wakes is another process. */
    long status = syscall(
        SYS_futex, word, FUTEX_WAIT, expected, nanoseconds < 0 ? 0 : &limit, 0, 0);
    return status == 0 ? 0 : errno;
}

void clinux_futex_wake(const void *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, 0x7fffffff, 0, 0, 0);
}

int clinux_lock_file(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int clinux_file_is_locked(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int clinux_open_direct(int directory, const char *name, int flags) {
    return openat(directory, name, flags | O_DIRECT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

int clinux_unnamed_direct(int directory) {
    return openat(directory, ".", O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
}

int clinux_direct_alignment(int fd) {
#ifdef STATX_DIOALIGN
    struct statx status;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return -1;
    if ((status.stx_mask & STATX_DIOALIGN) == 0) return -1;
    return (int)status.stx_dio_offset_align;
#else
    (void)fd;
    return -1;
#endif
}

int clinux_end_direct(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_DIRECT);
}

int clinux_rename_new(int directory, const char *from, const char *to) {
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (linkat(directory, from, directory, to, 0) != 0) return -1;
    return unlinkat(directory, from, 0);
}

int clinux_spawn_closes(void *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

int clinux_send_to(int socket, const void *address, socklen_t length, const void *bytes, size_t count,
                   int descriptor) {
    union {
        struct cmsghdr header;  /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights = {0};
    struct iovec text = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {
        .msg_name = (void *)address, .msg_namelen = length, .msg_iov = &text, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = &rights;
        message.msg_controllen = sizeof rights.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}
