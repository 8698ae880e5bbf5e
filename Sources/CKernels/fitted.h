// What fitting and coding of postings share: the model, its symbols, and the walk that gives a posting its context.
// Private to `fitted.c` and `fitting.c`.
#ifndef CK_FITTED_H
#define CK_FITTED_H

#include "ckernels.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK CK_FITTED_BLOCK
enum { GAP_CLASSES = 16, GAP_STATES = 7, IMPACT_STATES = 5, MOST_CLASSES = 32, GAP_SYMBOLS = 128 };
enum { MOST_TABLES = (GAP_CLASSES + 1) * (GAP_STATES + 1) + (MOST_CLASSES + 1) * (IMPACT_STATES + 1) };
enum { TABLE = CK_PREFIX_TABLE, POOL = 512, NEAR = 6, MOST_IMPACT = 65535 };

struct ck_fitted {
  uint64_t documents;
  uint32_t classes, gap_tables, tables;
  uint8_t gap_bounds[GAP_CLASSES][GAP_STATES - 2];       // ascending: 2 * lg1 + lg2 from which the next state counts
  uint8_t gap_state[GAP_CLASSES][96];                    // of 2 * lg1 + lg2
  uint8_t impact_bounds[MOST_CLASSES][IMPACT_STATES - 2];  // ascending symbols
  uint16_t gap_table[GAP_CLASSES][GAP_STATES];
  uint16_t impact_table[MOST_CLASSES][IMPACT_STATES];
  uint8_t (*lengths)[256];   // (tables): code length of each symbol, 0 for those that never occur
  uint16_t (*codes)[256];    // (tables): codes, first bit lowest
  uint16_t (*decode)[TABLE]; // (tables): length << 8 | symbol, by the next CK_PREFIX_BITS bits; length 15: no code
};

static inline uint32_t log2_floor(uint32_t x) { return 31 - (uint32_t)__builtin_clz(x); }

// Symbols: gap - 1 below 16 as it is, above by exponent and two bits; impact - 1 below 240 as it is, above by exponent.
static inline uint32_t gap_symbol(uint32_t gap, uint32_t *extra, uint32_t *bits) {
  uint32_t value = gap - 1;
  if (value < 16) { *bits = 0; *extra = 0; return value; }
  uint32_t e = log2_floor(value);
  *bits = e - 2;
  *extra = value & ((1u << (e - 2)) - 1);
  return 16 + (e - 4) * 4 + (value >> (e - 2) & 3);
}
static inline uint32_t symbol_log(uint32_t symbol) { return symbol < 16 ? log2_floor(symbol + 1) : 4 + (symbol - 16) / 4; }
static inline uint32_t impact_symbol(uint32_t code, uint32_t *extra, uint32_t *bits) {
  if (code < 240) { *bits = 0; *extra = 0; return code; }
  uint32_t value = code - 239, e = log2_floor(value);
  *bits = e;
  *extra = value - (1u << e);
  return 240 + e;
}

// A symbol decoded: `bits` are those behind its code; moves `used` behind its own, and gives the gap less one, with `lg` of
// its magnitude, or the impact less one, MOST_IMPACT or more where there is no such impact.
static inline uint32_t gap_value(uint32_t symbol, uint64_t bits, uint32_t *used, uint32_t *lg) {
  *lg = symbol_log(symbol);
  if (symbol < 16) return symbol;
  uint32_t extra = *lg - 2;
  *used += extra;
  return (4 | (symbol & 3)) << extra | ((uint32_t)bits & ((1u << extra) - 1));
}
static inline uint32_t impact_value(uint32_t symbol, uint64_t bits, uint32_t *used) {
  if (symbol < 240) return symbol;
  uint32_t extra = symbol - 240;
  *used += extra;
  return 239 + (1u << extra) + ((uint32_t)bits & ((1u << extra) - 1));
}

static inline uint32_t density_class(uint64_t documents, uint64_t frequency) {
  uint64_t ratio = documents / (frequency ? frequency : 1);
  uint32_t c = ratio ? 64 - (uint32_t)__builtin_clzll(ratio) : 0;
  return c < GAP_CLASSES ? c : GAP_CLASSES - 1;
}

// MARK: spool

static inline uint8_t *put(uint8_t *out, uint32_t value) {
  while (value >= 128) { *out++ = (uint8_t)(value | 128); value >>= 7; }
  *out++ = (uint8_t)value;
  return out;
}
static inline const uint8_t *get(const uint8_t *in, uint32_t *value) {
  uint32_t byte = *in++, v = byte & 127;
  for (uint32_t shift = 7; byte & 128; shift += 7) { byte = *in++; v |= (byte & 127) << shift; }
  *value = v;
  return in;
}

// MARK: walking a list

typedef struct { uint32_t lg1, lg2, previous, position; } walk;

static inline uint32_t gap_context(const struct ck_fitted *m, uint32_t gap_class, const walk *w) {
  if (!w->position) return 0;
  return m->gap_state[gap_class][2 * w->lg1 + (w->position > 1 ? w->lg2 : w->lg1)];
}
static inline uint32_t impact_context(const uint8_t *bounds, const walk *w, uint32_t lg) {
  if (!w->position || lg > NEAR) return 0;
  return 1 + (w->previous >= bounds[0]) + (w->previous >= bounds[1]) + (w->previous >= bounds[2]);
}
static inline void step(walk *w, uint32_t lg, uint32_t impact) {
  w->lg2 = w->lg1; w->lg1 = lg; w->previous = impact;
  if (++w->position == BLOCK) w->position = 0;
}

// MARK: of a model, in `fitted.c`

// A model with room for so many tables, all 0; NULL without memory.
struct ck_fitted *ck_fitted_new(uint32_t tables);
// `gap_state` from `gap_bounds`.
void ck_fitted_fill_gap_states(struct ck_fitted *m);

#endif
