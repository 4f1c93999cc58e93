// Three lanes of CRC-32C side by side. One crc32 instruction takes 8 bytes and a new one can begin
// each cycle, but each needs the result of the one before, which takes three cycles or so.
//
// What a lane's state is worth `n` bytes later is that state times x^(8n) modulo the polynomial: a
// carry-less product with a constant, which another crc32 instruction reduces. Reducing multiplies
// by x^32 itself, and a reflected product by x, hence x^(8n - 33) below.
#ifndef CHASH_CRC32C_LANES_H
#define CHASH_CRC32C_LANES_H

#include <stddef.h>
#include <stdint.h>

struct lane {
    size_t bytes;
    /// x^(8n - 33) modulo Castagnoli's polynomial, reflected, for n = `bytes` and n = 2 * `bytes`.
    uint32_t once, twice;
};

static const struct lane long_lane = {1024, 0x170076fa, 0xa51b6135};
static const struct lane short_lane = {128, 0xd3b6092, 0xb9e02b86};

#endif
