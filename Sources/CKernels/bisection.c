// Recursive graph bisection (see `DocumentBisection`): one level, and all below it.
// Accumulators: gains are sums of floats in the order of a document's terms, never fused, so that every machine finds
// the same order.
#include "ckernels.h"
#include <stdlib.h>
#pragma STDC FP_CONTRACT OFF

typedef struct { float gain; uint32_t document; } moved;
struct ck_bisection {
  uint32_t *left, *right, *touched;  // (terms): documents of each half that have the term; the terms that are there
  float *to_right, *to_left;         // (terms): what moving one of its documents gains
  moved *items;                      // (documents)
  const float *logs;                 // (documents + 2): log2
};

struct ck_bisection *ck_bisection_new(uint32_t terms, uint32_t documents, const float *logs) {
  struct ck_bisection *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  size_t n = terms ? terms : 1;
  s->left = calloc(n, sizeof *s->left);
  s->right = calloc(n, sizeof *s->right);
  s->touched = malloc(n * sizeof *s->touched);
  s->to_right = malloc(n * sizeof *s->to_right);
  s->to_left = malloc(n * sizeof *s->to_left);
  s->items = malloc((documents ? documents : 1) * sizeof *s->items);
  s->logs = logs;
  if (s->left && s->right && s->touched && s->to_right && s->to_left && s->items) return s;
  ck_bisection_free(s);
  return NULL;
}

void ck_bisection_free(struct ck_bisection *s) {
  if (!s) return;
  free(s->left); free(s->right); free(s->touched); free(s->to_right); free(s->to_left); free(s->items);
  free(s);
}

// Integer logarithms by squaring, 16 bits of the fraction: the same on every machine.
void ck_bisection_logs(float *logs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint64_t x = i ? i : 1;
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x), result = whole;
    uint64_t m = x << (31 - whole);
    for (int bit = 0; bit < 16; bit++) {
      m = m * m >> 31;
      uint32_t set = (uint32_t)(m >> 32);
      result = result << 1 | set;
      m >>= set;
    }
    logs[i] = (float)result / 65536;
  }
}

static int descending(const void *a, const void *b) {
  const moved *x = a, *y = b;
  if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
  return x->document < y->document ? -1 : x->document > y->document;
}

// Bits of `degree` gaps among 2^log documents.
static inline float cost(const float *logs, uint32_t degree, float log) {
  return degree ? (float)degree * (log - logs[degree + 1]) : 0;
}

void ck_bisect(struct ck_bisection *s, uint32_t *documents, uint32_t count, const uint64_t *offsets,
               const uint32_t *terms, uint32_t rounds) {
  uint32_t half = count / 2;
  float log_left = s->logs[half], log_right = s->logs[count - half];
  for (uint32_t round = 0; round < rounds; round++) {
    uint32_t touched = 0;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t *degrees = i < half ? s->left : s->right;
      for (uint64_t p = offsets[documents[i]]; p < offsets[documents[i] + 1]; p++) {
        uint32_t term = terms[p];
        if (!(s->left[term] | s->right[term])) s->touched[touched++] = term;
        degrees[term]++;
      }
    }
    for (uint32_t i = 0; i < touched; i++) {
      uint32_t term = s->touched[i], l = s->left[term], r = s->right[term];
      float now = cost(s->logs, l, log_left) + cost(s->logs, r, log_right);
      s->to_right[term] = l ? now - cost(s->logs, l - 1, log_left) - cost(s->logs, r + 1, log_right) : 0;
      s->to_left[term] = r ? now - cost(s->logs, l + 1, log_left) - cost(s->logs, r - 1, log_right) : 0;
      s->left[term] = s->right[term] = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
      const float *gains = i < half ? s->to_right : s->to_left;
      float gain = 0;
      for (uint64_t p = offsets[documents[i]]; p < offsets[documents[i] + 1]; p++) gain += gains[terms[p]];
      s->items[i] = (moved){gain, documents[i]};
    }
    qsort(s->items, half, sizeof *s->items, descending);
    qsort(s->items + half, count - half, sizeof *s->items, descending);
    uint32_t swaps = 0;
    for (; swaps < half && s->items[swaps].gain + s->items[half + swaps].gain > 0; swaps++) {
      moved item = s->items[swaps];
      s->items[swaps] = s->items[half + swaps];
      s->items[half + swaps] = item;
    }
    for (uint32_t i = 0; i < count; i++) documents[i] = s->items[i].document;
    if (swaps <= count / 1000) return;
  }
}

void ck_bisect_all(struct ck_bisection *s, uint32_t *documents, uint32_t count, const uint64_t *offsets,
                   const uint32_t *terms, uint32_t rounds, uint32_t leaf) {
  if (count <= leaf) return;
  ck_bisect(s, documents, count, offsets, terms, rounds);
  ck_bisect_all(s, documents, count / 2, offsets, terms, rounds, leaf);
  ck_bisect_all(s, documents + count / 2, count - count / 2, offsets, terms, rounds, leaf);
}
