// What needs _GNU_SOURCE, which the header cannot have.
#define _GNU_SOURCE
#include "clinux.h"

#include <malloc.h>
#include <sys/mman.h>

int clinux_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

void clinux_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

void clinux_trim_heap(void) { malloc_trim(0); }
