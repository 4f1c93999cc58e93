// Machines without instructions for the two sums that this code knows: the portable ways are used.
#if !defined(__x86_64__) && !defined(__aarch64__)

#include "chash.h"

bool chash_has_crc32c(void) { return false; }
bool chash_has_sha256(void) { return false; }

uint32_t chash_crc32c(uint32_t state, const void *bytes, size_t count) {
    (void)bytes, (void)count;
    __builtin_trap();
    return state;
}

void chash_sha256(uint32_t *state, const void *blocks, size_t count) {
    chash_sha256_portable(state, blocks, count);
}

#endif
