// The two sums with ARMv8's instructions: CRC32 and PMULL for CRC-32C, SHA2 for SHA-256. Only the
// functions that use them are compiled for them; which there are is asked at run time. A Raspberry
// Pi 4 has the first and neither of the others.
#if defined(__aarch64__)

#include "chash.h"
#include "crc32c_lanes.h"
#include "sha256_constants.h"

#include <arm_acle.h>
#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

// From the kernel's asm/hwcap.h.
enum { has_multiply = 1 << 4, has_sha = 1 << 6, has_crc = 1 << 7 };

bool chash_has_crc32c(void) { return getauxval(AT_HWCAP) & has_crc; }
bool chash_has_sha256(void) { return getauxval(AT_HWCAP) & has_sha; }

static inline uint64_t word(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

__attribute__((target("crc,aes"))) static uint32_t moved(uint32_t state, uint32_t power) {
    return __crc32cd(0, (uint64_t)vmull_p64(state, power));
}

__attribute__((target("crc,aes"))) static uint32_t three_lanes(
    uint32_t state, const uint8_t *bytes, struct lane lane) {
    uint32_t a = state, b = 0, c = 0;
    for (size_t at = 0; at < lane.bytes; at += 8) {
        a = __crc32cd(a, word(bytes + at));
        b = __crc32cd(b, word(bytes + lane.bytes + at));
        c = __crc32cd(c, word(bytes + 2 * lane.bytes + at));
    }
    return moved(a, lane.twice) ^ moved(b, lane.once) ^ c;
}

__attribute__((target("crc"))) uint32_t chash_crc32c(
    uint32_t state, const void *start, size_t count) {
    const uint8_t *bytes = start;
    if (count >= 3 * short_lane.bytes && getauxval(AT_HWCAP) & has_multiply) {
        for (; count >= 3 * long_lane.bytes; count -= 3 * long_lane.bytes) {
            state = three_lanes(state, bytes, long_lane);
            bytes += 3 * long_lane.bytes;
        }
        for (; count >= 3 * short_lane.bytes; count -= 3 * short_lane.bytes) {
            state = three_lanes(state, bytes, short_lane);
            bytes += 3 * short_lane.bytes;
        }
    }
    for (; count >= 8; count -= 8, bytes += 8) state = __crc32cd(state, word(bytes));
    for (; count > 0; count--, bytes++) state = __crc32cb(state, *bytes);
    return state;
}

__attribute__((target("sha2"))) void chash_sha256(
    uint32_t *state, const void *blocks, size_t count) {
    const uint8_t *bytes = blocks;
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; count > 0; count--, bytes += 64) {
        const uint32x4_t abcd_before = abcd, efgh_before = efgh;
        // Four words of the message schedule a step; `w` holds the last sixteen.
        uint32x4_t w[4];
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) {
            uint32x4_t next;
            if (step < 4) {
                next = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * step)));
            } else {
                next = vsha256su0q_u32(w[step & 3], w[(step + 1) & 3]);
                next = vsha256su1q_u32(next, w[(step + 2) & 3], w[(step + 3) & 3]);
            }
            w[step & 3] = next;
            uint32x4_t mixed = vaddq_u32(next, vld1q_u32(sha256_constants + 4 * step));
            uint32x4_t abcd_old = abcd;
            abcd = vsha256hq_u32(abcd, efgh, mixed);
            efgh = vsha256h2q_u32(efgh, abcd_old, mixed);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        efgh = vaddq_u32(efgh, efgh_before);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}

#endif
