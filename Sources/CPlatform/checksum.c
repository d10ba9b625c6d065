#include "platform.h"
#include <string.h>

// Sarwate's tables, eight of them, so that eight bytes go in one step. Made by the compiler's own rule of the polynomial
// 0x82F63B78 (0x1EDC6F41 with its bits turned around) before main runs, so that no thread can meet them half made.
static uint32_t tables[8][256];

__attribute__((constructor)) static void make_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = rest;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int table = 1; table < 8; table++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][before & 0xFF];
        }
    }
}

uint32_t platform_checksum_by_tables(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *place = bytes;
    uint32_t rest = ~seed;
    for (; count >= 8; count -= 8, place += 8) {
        uint64_t word;
        memcpy(&word, place, 8);
        word ^= rest;
        rest = 0;
        for (int byte = 0; byte < 8; byte++) rest ^= tables[7 - byte][word >> (8 * byte) & 0xFF];
    }
    for (; count > 0; count--, place++) rest = rest >> 8 ^ tables[0][(rest ^ *place) & 0xFF];
    return ~rest;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t seed, const void *bytes, size_t count) {
    const uint8_t *place = bytes;
    uint64_t rest = ~seed;
    for (; count >= 8; count -= 8, place += 8) {
        uint64_t word;
        memcpy(&word, place, 8);
        rest = _mm_crc32_u64(rest, word);
    }
    uint32_t last = (uint32_t)rest;
    for (; count > 0; count--, place++) last = _mm_crc32_u8(last, *place);
    return ~last;
}

uint32_t platform_checksum(uint32_t seed, const void *bytes, size_t count) {
    if (__builtin_cpu_supports("sse4.2")) return by_instruction(seed, bytes, count);
    return platform_checksum_by_tables(seed, bytes, count);
}
#else
uint32_t platform_checksum(uint32_t seed, const void *bytes, size_t count) {
    return platform_checksum_by_tables(seed, bytes, count);
}
#endif
