// Postings on their way into runs and lists: checked, turned into gaps, written as varints or packed blocks.
// Overflow: none; gaps are differences modulo 2^32, impacts are whole numbers below 2^16.
#include "ckernels.h"
#include <string.h>

// Whether a posting may not follow `last`: 2^32 - 1 is followed by any document.
static inline int is_unfit(uint32_t document, float impact, uint32_t last, uint32_t documents, int integers) {
  int order = (document < last + 1) | (document >= documents);
  if (integers) return order | !(impact >= 1 && impact <= 65535 && impact == (float)(int32_t)impact);
  uint32_t bits;
  memcpy(&bits, &impact, 4);
  return order | ((bits & 0x7f800000u) == 0x7f800000u);
}

// Without a branch, so that the compiler makes vectors of it.
static inline int any_unfit(const uint32_t *documents, const float *impacts, size_t count, uint32_t last,
                            uint32_t total, int integers) {
  uint32_t bad = (uint32_t)is_unfit(documents[0], impacts[0], last, total, integers);
  if (integers) {
    for (size_t i = 1; i < count; i++) {
      // The smallest and largest first: the conversion is then defined.
      float impact = impacts[i] >= 1 ? impacts[i] : 0.5f;
      impact = impact <= 65535 ? impact : 0.5f;
      bad |= (uint32_t)(documents[i] <= documents[i - 1]) | (uint32_t)(documents[i] >= total) |
             (uint32_t)(impact != (float)(int32_t)impact);
    }
  } else {
    for (size_t i = 1; i < count; i++) {
      uint32_t bits;
      memcpy(&bits, impacts + i, 4);
      bad |= (uint32_t)(documents[i] <= documents[i - 1]) | (uint32_t)(documents[i] >= total) |
             (uint32_t)((bits & 0x7f800000u) == 0x7f800000u);
    }
  }
  return bad != 0;
}

size_t ck_posting_check(const uint32_t *documents, const float *impacts, size_t count, uint32_t last, uint32_t total,
                        int integers) {
  if (count == 0 || !any_unfit(documents, impacts, count, last, total, integers)) return count;
  for (size_t i = 0; i < count; i++) {
    if (is_unfit(documents[i], impacts[i], last, total, integers)) return i;
    last = documents[i];
  }
  return count;
}

static inline size_t varints(const uint32_t *values, size_t count, uint8_t *out) {
  uint8_t *start = out;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const uint32_t *v = values + i;
    if ((v[0] | v[1] | v[2] | v[3] | v[4] | v[5] | v[6] | v[7]) < 0x80) {
      for (int k = 0; k < 8; k++) out[k] = (uint8_t)v[k];
      out += 8;
      continue;
    }
    for (int k = 0; k < 8; k++) {
      uint32_t rest = v[k];
      while (rest >= 0x80) {
        *out++ = (uint8_t)(rest | 0x80);
        rest >>= 7;
      }
      *out++ = (uint8_t)rest;
    }
  }
  for (; i < count; i++) {
    uint32_t rest = values[i];
    while (rest >= 0x80) {
      *out++ = (uint8_t)(rest | 0x80);
      rest >>= 7;
    }
    *out++ = (uint8_t)rest;
  }
  return (size_t)(out - start);
}

size_t ck_varints(const uint32_t *values, size_t count, uint8_t *out) { return varints(values, count, out); }

static inline void gaps_of(const uint32_t *documents, size_t count, uint32_t last, uint32_t *gaps) {
  if (count == 0) return;
  gaps[0] = documents[0] - last;
  for (size_t i = 1; i < count; i++) gaps[i] = documents[i] - documents[i - 1];
}

enum { PART = 128 };

size_t ck_posting_gaps(const uint32_t *documents, size_t count, uint32_t last, uint8_t *out) {
  uint32_t gaps[PART];
  uint8_t *start = out;
  for (size_t done = 0; done < count; done += PART) {
    size_t part = count - done < PART ? count - done : PART;
    gaps_of(documents + done, part, last, gaps);
    last = documents[done + part - 1];
    out += varints(gaps, part, out);
  }
  return (size_t)(out - start);
}

size_t ck_posting_impacts(const float *impacts, size_t count, uint8_t *out) {
  uint32_t codes[PART];
  uint8_t *start = out;
  for (size_t done = 0; done < count; done += PART) {
    size_t part = count - done < PART ? count - done : PART;
    for (size_t i = 0; i < part; i++) codes[i] = (uint32_t)((int32_t)impacts[done + i] - 1);
    out += varints(codes, part, out);
  }
  return (size_t)(out - start);
}

static uint32_t width_of(const uint32_t *values) {
  uint32_t all = 0;
  for (int i = 0; i < PART; i++) all |= values[i];
  return all ? 32 - (uint32_t)__builtin_clz(all) : 0;
}

size_t ck_posting_block(const uint32_t *documents, const float *impacts, uint32_t base, int integers, uint8_t *out) {
  uint32_t gaps[PART], codes[PART];
  gaps_of(documents, PART, base, gaps);
  uint32_t gap_width = width_of(gaps), width = 32;
  uint8_t *at = out + 2;
  ck_pack128(gaps, gap_width, at);
  at += 16 * gap_width;
  if (integers) {
    for (int i = 0; i < PART; i++) codes[i] = (uint32_t)((int32_t)impacts[i] - 1);
    width = width_of(codes);
    ck_pack128(codes, width, at);
    at += 16 * width;
  } else {
    memcpy(at, impacts, PART * sizeof(float));
    at += PART * sizeof(float);
  }
  out[0] = (uint8_t)gap_width;
  out[1] = (uint8_t)width;
  return (size_t)(at - out);
}

void ck_float_range(const float *values, size_t count, float *lowest, float *highest) {
  float low = values[0], high = values[0];
  for (size_t i = 1; i < count; i++) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  *lowest = low;
  *highest = high;
}

size_t ck_read_varints(const uint8_t *bytes, size_t length, size_t position, uint32_t *values, size_t count) {
  size_t i = 0;
  while (i < count) {
    // Eight of one byte each, as most are.
    uint64_t word;
    while (i + 8 <= count && position + 8 <= length && (memcpy(&word, bytes + position, 8), !(word & 0x8080808080808080u))) {
      for (int k = 0; k < 8; k++) values[i + (size_t)k] = bytes[position + (size_t)k];
      i += 8;
      position += 8;
    }
    for (size_t end = i + 8 < count ? i + 8 : count; i < end; i++) {
      uint32_t value = 0, shift = 0;
      for (;;) {
        if (position >= length || shift >= 35) return SIZE_MAX;
        uint32_t byte = bytes[position++];
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
        shift += 7;
      }
      values[i] = value;
    }
  }
  return position;
}

#define INVERT(count, place, type, keeps)                                                                              \
  void count(const uint32_t *terms, const type *impacts, size_t postings, uint32_t *counts) {                         \
    (void)impacts;                                                                                                     \
    for (size_t i = 0; i < postings; i++) counts[terms[i]] += keeps;                                                   \
  }                                                                                                                    \
  void place(const uint32_t *offsets, size_t documents, const uint32_t *terms, const type *impacts, uint32_t *next,    \
             uint32_t *out, float *weights) {                                                                          \
    for (size_t document = 0; document < documents; document++)                                                        \
      for (size_t i = offsets[document]; i < offsets[document + 1]; i++)                                               \
        if (keeps) {                                                                                                   \
          uint32_t at = next[terms[i]]++;                                                                              \
          out[at] = (uint32_t)document;                                                                                \
          weights[at] = (float)impacts[i];                                                                             \
        }                                                                                                              \
  }

INVERT(ck_count_integers, ck_place_integers, uint16_t, impacts[i] != 0)
INVERT(ck_count_floats, ck_place_floats, float, 1)
