// SIMD-BP128's vertical layout with plain loops over four lanes, which the compiler turns into 128-bit operations.
// Overflow: none; every value is masked to `width` bits, gaps are summed modulo 2^32.
#include "ckernels.h"
#include <string.h>

void ck_pack128(const uint32_t *values, uint32_t width, uint8_t *packed) {
  if (width == 0) return;
  uint32_t mask = width == 32 ? 0xffffffffu : (1u << width) - 1;
  uint32_t word[4] = {0, 0, 0, 0};
  uint32_t filled = 0;
  for (int row = 0; row < 32; row++) {
    for (int lane = 0; lane < 4; lane++) word[lane] |= (values[4 * row + lane] & mask) << filled;
    filled += width;
    if (filled >= 32) {
      memcpy(packed, word, 16);
      packed += 16;
      filled -= 32;
      for (int lane = 0; lane < 4; lane++)
        word[lane] = filled ? (values[4 * row + lane] & mask) >> (width - filled) : 0;
    }
  }
}

// One row of four values: `width` and `row` are constants after inlining, so each width is straight-line code.
static inline __attribute__((always_inline)) void unpack_width(const uint8_t *packed, uint32_t width, uint32_t *values) {
  uint32_t mask = width == 32 ? 0xffffffffu : (1u << width) - 1;
#pragma clang loop unroll(full)
  for (uint32_t row = 0; row < 32; row++) {
    uint32_t bit = row * width, word = bit / 32, shift = bit % 32;
    uint32_t low[4], high[4];
    memcpy(low, packed + 16 * word, 16);
    if (shift + width > 32) {
      memcpy(high, packed + 16 * (word + 1), 16);
      for (int lane = 0; lane < 4; lane++)
        values[4 * row + lane] = ((low[lane] >> shift) | (high[lane] << (32 - shift))) & mask;
    } else {
      for (int lane = 0; lane < 4; lane++) values[4 * row + lane] = (low[lane] >> shift) & mask;
    }
  }
}

void ck_unpack128(const uint8_t *packed, uint32_t width, uint32_t *values) {
  switch (width) {
    case 0: memset(values, 0, 128 * sizeof(uint32_t)); return;
#define CASE(w) case w: unpack_width(packed, w, values); return;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
    CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15) CASE(16)
    CASE(17) CASE(18) CASE(19) CASE(20) CASE(21) CASE(22) CASE(23) CASE(24)
    CASE(25) CASE(26) CASE(27) CASE(28) CASE(29) CASE(30) CASE(31) CASE(32)
#undef CASE
    default: memset(values, 0, 128 * sizeof(uint32_t));
  }
}

void ck_unpack128_delta(const uint8_t *packed, uint32_t width, uint32_t base, uint32_t *values) {
  ck_unpack128(packed, width, values);
  uint32_t sum = base;
  for (int i = 0; i < 128; i++) {
    sum += values[i];
    values[i] = sum;
  }
}
