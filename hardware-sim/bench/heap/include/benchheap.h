// Counts every call of malloc, calloc, realloc and their relatives in the program that links this.
// Only `standpipe-bench-controller` does: the benchmark reads how many there were a signal.
#ifndef BENCHHEAP_H
#define BENCHHEAP_H

#include <stdint.h>

/// Counts from here on in `counts`: [0] all threads, [1] the thread that calls this.
void benchheap_publish(uint64_t *counts);

/// prctl(PR_SET_PDEATHSIG): the kernel kills this program when its parent ends.
void benchheap_end_with_parent(void);

#endif
