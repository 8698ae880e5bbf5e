// Long rows of floats at the speed of memory: compares and bits, no sums, so every machine finds the same.
#include "vectors.h"
#include <math.h>
#include <string.h>

typedef float lanes __attribute__((ext_vector_type(4)));
typedef lanes lanes_anywhere __attribute__((aligned(1), may_alias));

// What is no number is larger than nothing.
static inline lanes larger(lanes v, lanes than) { return v > than ? v : than; }

static float largest_of_block(const float *values) {
  lanes m = (lanes)-INFINITY;
  for (size_t i = 0; i < CK_MAXIMA_BLOCK; i += 4) m = larger(*(const lanes_anywhere *)(values + i), m);
  m = larger(__builtin_shufflevector(m, m, 2, 3, 2, 3), m);
  m = larger(__builtin_shufflevector(m, m, 1, 1, 1, 1), m);
  return m[0];
}

void ck_block_maxima(const float *values, size_t count, float *maxima) {
  size_t whole = count / CK_MAXIMA_BLOCK, i = whole * CK_MAXIMA_BLOCK;
  for (size_t block = 0; block < whole; block++) maxima[block] = largest_of_block(values + block * CK_MAXIMA_BLOCK);
  if (i == count) return;
  maxima[whole] = -INFINITY;
  for (; i < count; i++) if (values[i] > maxima[whole]) maxima[whole] = values[i];
}

int ck_all_finite(const float *values, size_t count) {
  uint32_t other = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, 4);
    other |= (bits & 0x7f800000) == 0x7f800000;
  }
  return !other;
}
