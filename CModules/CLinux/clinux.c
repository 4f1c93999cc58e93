// What needs _GNU_SOURCE, which the header cannot have.
#define _GNU_SOURCE
#include "clinux.h"

#include <linux/futex.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int clinux_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

void clinux_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

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
