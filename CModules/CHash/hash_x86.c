// The two sums with x86-64's instructions: SSE4.2 and PCLMULQDQ for CRC-32C, SHA-NI for SHA-256.
// Only the functions that use them are compiled for them; which there are is asked at run time.
#if defined(__x86_64__)

#include "chash.h"
#include "crc32c_lanes.h"
#include "sha256_constants.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <string.h>

enum { asked = 1, has_crc = 2, has_multiply = 4, has_sha = 8 };

static unsigned ask(void) {
    unsigned found = asked, a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
    if (c & bit_SSE4_2) found |= has_crc;
    if (c & bit_SSE4_2 && c & bit_PCLMUL) found |= has_multiply;
    unsigned basic = bit_SSSE3 | bit_SSE4_1, leaf7b;
    if ((c & basic) == basic && __get_cpuid_count(7, 0, &a, &leaf7b, &c, &d) && leaf7b & 1u << 29)
        found |= has_sha;
    return found;
}

/// What the processor has; asked once. Threads that ask at the same time find the same.
static unsigned features(void) {
    static _Atomic unsigned known;
    unsigned found = atomic_load_explicit(&known, memory_order_relaxed);
    if (found == 0) {
        found = ask();
        atomic_store_explicit(&known, found, memory_order_relaxed);
    }
    return found;
}

bool chash_has_crc32c(void) { return features() & has_crc; }
bool chash_has_sha256(void) { return features() & has_sha; }

static inline uint64_t word(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t moved(uint32_t state, uint32_t power) {
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)state), _mm_cvtsi32_si128((int)power), 0);
    return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t three_lanes(
    uint32_t state, const uint8_t *bytes, struct lane lane) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t at = 0; at < lane.bytes; at += 8) {
        a = _mm_crc32_u64(a, word(bytes + at));
        b = _mm_crc32_u64(b, word(bytes + lane.bytes + at));
        c = _mm_crc32_u64(c, word(bytes + 2 * lane.bytes + at));
    }
    return moved((uint32_t)a, lane.twice) ^ moved((uint32_t)b, lane.once) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) uint32_t chash_crc32c(
    uint32_t state, const void *start, size_t count) {
    const uint8_t *bytes = start;
    if (features() & has_multiply) {
        for (; count >= 3 * long_lane.bytes; count -= 3 * long_lane.bytes) {
            state = three_lanes(state, bytes, long_lane);
            bytes += 3 * long_lane.bytes;
        }
        for (; count >= 3 * short_lane.bytes; count -= 3 * short_lane.bytes) {
            state = three_lanes(state, bytes, short_lane);
            bytes += 3 * short_lane.bytes;
        }
    }
    uint64_t wide = state;
    for (; count >= 8; count -= 8, bytes += 8) wide = _mm_crc32_u64(wide, word(bytes));
    state = (uint32_t)wide;
    for (; count > 0; count--, bytes++) state = _mm_crc32_u8(state, *bytes);
    return state;
}

__attribute__((target("sha,sse4.1,ssse3"))) void chash_sha256(
    uint32_t *state, const void *blocks, size_t count) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const uint8_t *bytes = blocks;
    // The instructions want the words as A B E F and C D G H, highest first.
    __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xF0);
    for (; count > 0; count--, bytes += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        // Four words of the message schedule a step; `w` holds the last sixteen.
        __m128i w[4];
#pragma clang loop unroll(full)
        for (int step = 0; step < 16; step++) {
            __m128i next;
            if (step < 4) {
                next = _mm_loadu_si128((const __m128i *)(bytes + 16 * step));
                next = _mm_shuffle_epi8(next, swap);
            } else {
                __m128i newest = w[(step + 3) & 3];
                next = _mm_sha256msg1_epu32(w[step & 3], w[(step + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(newest, w[(step + 2) & 3], 4));
                next = _mm_sha256msg2_epu32(next, newest);
            }
            w[step & 3] = next;
            __m128i mixed = _mm_add_epi32(
                next, _mm_load_si128((const __m128i *)(sha256_constants + 4 * step)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, mixed);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(mixed, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#endif
