// The two sums of the log, in the machine's own instructions where it has them: CRC-32C and the
// block function of SHA-256. `CRC32C` and `EventLog/SHA256` call this; both have, or find here, a
// portable way that gives the same. Nothing here allocates, and nothing reads beyond `count`.
#ifndef CHASH_H
#define CHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this machine computes CRC-32C in hardware: SSE4.2, ARMv8 CRC.
bool chash_has_crc32c(void);

/// The inner state (the inverted checksum) after `count` more bytes. Only where
/// `chash_has_crc32c`.
uint32_t chash_crc32c(uint32_t state, const void *_Nullable bytes, size_t count);

/// Whether this machine computes SHA-256 in hardware: SHA-NI, ARMv8 SHA2.
bool chash_has_sha256(void);

/// Takes `count` blocks of 64 bytes into the eight words of `state` (FIPS 180-4, 6.2.2). Only where
/// `chash_has_sha256`.
void chash_sha256(uint32_t *_Nonnull state, const void *_Nonnull blocks, size_t count);

/// The same, on any machine.
void chash_sha256_portable(uint32_t *_Nonnull state, const void *_Nonnull blocks, size_t count);

#endif
