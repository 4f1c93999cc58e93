// SHA-256's block function in plain C (FIPS 180-4, 6.2.2): for machines without instructions for
// it, and what those are tested against.
#include "chash.h"
#include "sha256_constants.h"

static uint32_t right(uint32_t word, int by) { return word >> by | word << (32 - by); }

static uint32_t big(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

void chash_sha256_portable(uint32_t *state, const void *blocks, size_t count) {
    const uint8_t *bytes = blocks;
    for (; count > 0; count--, bytes += 64) {
        uint32_t w[64];
        for (int t = 0; t < 16; t++) w[t] = big(bytes + 4 * t);
        for (int t = 16; t < 64; t++) {
            uint32_t s0 = right(w[t - 15], 7) ^ right(w[t - 15], 18) ^ w[t - 15] >> 3;
            uint32_t s1 = right(w[t - 2], 17) ^ right(w[t - 2], 19) ^ w[t - 2] >> 10;
            w[t] = s1 + w[t - 7] + s0 + w[t - 16];
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int t = 0; t < 64; t++) {
            uint32_t sum1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
            uint32_t choice = (e & f) ^ (~e & g);
            uint32_t t1 = h + sum1 + choice + sha256_constants[t] + w[t];
            uint32_t sum0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
            uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
            h = g;
            g = f;
            f = e;
            e = d + t1;
            d = c;
            c = b;
            b = a;
            a = t1 + sum0 + majority;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
