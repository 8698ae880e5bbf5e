// Numbers to buckets, of which contexts are made.
#pragma once
#include <math.h>

#include "lists.h"

enum { DENSITIES = 30, GAPS = 28, SHORT_GAPS = 9, PROBABILITIES = 28, COUNTS = 6 };

/// First bucket whose limit is at least `value`, or the number of limits.
#define BUCKET(value, ...) bucket_of(value, (const int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))
static inline int bucket_of(int value, const int *limits, int count) {
  for (int i = 0; i < count; i++) if (value <= limits[i]) return i;
  return count;
}
static inline int clamp(int value, int count) { return value < 0 ? 0 : value >= count ? count - 1 : value; }
static inline float clampf(float value, float low, float high) { return fminf(fmaxf(value, low), high); }
/// `count` buckets of width 1 / scale around 0.
static inline int around(float value, float scale, int count) {
  return clamp((int)floorf(value * scale) + count / 2, count);
}
/// A gap of 1 or more: 1 to 8 exactly, then in half-octaves.
static inline int gap_bucket(int gap) {
  if (gap <= 8) return gap - 1;
  int exponent = 31 - __builtin_clz(gap);
  return clamp(8 + (exponent - 3) * 2 + ((gap >> (exponent - 1)) & 1), GAPS);
}
static inline int short_gap_bucket(int gap) { return BUCKET(gap, 0, 1, 2, 4, 8, 16, 48, 200); }
static inline int density_bucket(int count) { return clamp((int)(2 * log2((double)documents / count)), DENSITIES); }
static inline int count_bucket(int count) { return BUCKET(count, 0, 2, 7, 29, 119); }
static inline int probability_bucket(float log_odds) { return clamp((int)((log_odds + 10.5f) * 2.4f), PROBABILITIES); }
