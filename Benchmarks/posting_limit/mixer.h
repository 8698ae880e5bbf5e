// Adaptive probabilities of bits and symbols, and the mixers that join them. In the header: every bit goes through.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "buckets.h"

/// A probability, learned: of 22 bits, moved by 1 / (times seen + 1.6), and not more slowly than 1 / limit.
typedef struct { uint32_t probability, seen; } Cell;
enum { ONE = 4194303 };
extern float stretch_of[65536], rate_of[1024];

/// Before all else here.
void make_tables(void);
Cell *cells(size_t count, float probability);

static inline float squash(float x) { return 1 / (1 + expf(-x)); }
static inline float stretched(const Cell *cell) { return stretch_of[cell->probability >> 6]; }
static inline void learn(Cell *cell, int bit, uint32_t limit) {
  float rate = rate_of[cell->seen];
  if (bit) cell->probability += (uint32_t)((ONE - cell->probability) * rate);
  else cell->probability -= (uint32_t)(cell->probability * rate);
  if (cell->seen < limit) cell->seen++;
}

enum { INPUTS = 20 };
typedef struct { float weight[INPUTS]; } Mixer;
/// Two mixers, chosen by different contexts, vote in the logistic domain. Missing inputs are 0.
static inline float mix(const Mixer *a, const Mixer *b, const float *input, float limit, float votes[2]) {
  votes[0] = votes[1] = 0;
  for (int i = 0; i < INPUTS; i++) votes[0] += a->weight[i] * input[i], votes[1] += b->weight[i] * input[i];
  votes[0] = clampf(votes[0], -limit, limit), votes[1] = clampf(votes[1], -limit, limit);
  return (votes[0] + votes[1]) / 2;
}
static inline void learn_mix(Mixer *a, Mixer *b, const float *input, const float votes[2], int bit, float rate) {
  float error_a = (bit - squash(votes[0])) * rate, error_b = (bit - squash(votes[1])) * rate;
  for (int i = 0; i < INPUTS; i++) a->weight[i] += error_a * input[i], b->weight[i] += error_b * input[i];
}

/// Bits of a symbol under the counts so far (add-a-half), which then learn it.
double adaptive_bits(double *counts, int symbols, int symbol);
