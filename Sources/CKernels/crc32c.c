// CRC-32C. Portable: slicing by eight (Kounavis and Berry, 2005). x86-64: the SSE 4.2 instruction.
#include "ckernels.h"
#include <string.h>

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t crc = n;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    table[0][n] = crc;
  }
  for (uint32_t n = 0; n < 256; n++)
    for (int k = 1; k < 8; k++) table[k][n] = (table[k - 1][n] >> 8) ^ table[0][table[k - 1][n] & 0xff];
}

uint32_t ck_crc32c_portable(uint32_t crc, const uint8_t *p, size_t length) {
  crc = ~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= crc;
    crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff] ^
          table[4][(word >> 24) & 0xff] ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff] ^
          table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
    p += 8;
    length -= 8;
  }
  while (length--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p, size_t length) {
  uint64_t state = ~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    state = _mm_crc32_u64(state, word);
    p += 8;
    length -= 8;
  }
  uint32_t low = (uint32_t)state;
  while (length--) low = _mm_crc32_u8(low, *p++);
  return ~low;
}

uint32_t ck_crc32c(uint32_t crc, const uint8_t *bytes, size_t length) {
  return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, bytes, length) : ck_crc32c_portable(crc, bytes, length);
}
#else
uint32_t ck_crc32c(uint32_t crc, const uint8_t *bytes, size_t length) { return ck_crc32c_portable(crc, bytes, length); }
#endif
