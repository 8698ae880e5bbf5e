// Lists of one block as one string of bits, for the dictionary: no padding, no length, and no bytes of their own.
#include "fitted.h"

static inline void put_bits(uint8_t *out, size_t *at, uint64_t value, uint32_t count) {
  for (uint32_t done = 0; done < count;) {
    uint32_t shift = *at & 7, part = 8 - shift < count - done ? 8 - shift : count - done;
    uint8_t bits = (uint8_t)((value >> done & ((1u << part) - 1)) << shift);
    if (shift) out[*at >> 3] |= bits; else out[*at >> 3] = bits;
    *at += part;
    done += part;
  }
}

size_t ck_fitted_encode_short(const struct ck_fitted *m, uint32_t class, const uint8_t *spool, uint32_t frequency,
                              uint8_t *out) {
  uint32_t gap_class = density_class(m->documents, frequency);
  const uint8_t *bounds = m->impact_bounds[class];
  size_t at = 0;
  walk w = {0};
  for (uint32_t i = 0; i < frequency; i++) {
    uint32_t gap, code, extra, bits;
    spool = get(get(spool, &gap), &code);
    uint32_t symbol = gap_symbol(gap, &extra, &bits), lg = symbol_log(symbol);
    uint32_t t = m->gap_table[gap_class][gap_context(m, gap_class, &w)];
    put_bits(out, &at, m->codes[t][symbol], m->lengths[t][symbol]);
    put_bits(out, &at, extra, bits);
    uint32_t impact = impact_symbol(code, &extra, &bits);
    t = m->impact_table[class][impact_context(bounds, &w, lg)];
    put_bits(out, &at, m->codes[t][impact], m->lengths[t][impact]);
    put_bits(out, &at, extra, bits);
    step(&w, lg, impact);
  }
  return at;
}

// At least 57 bits from `bit` on, zeros behind the end.
static inline uint64_t peek(const uint8_t *bytes, size_t length, uint64_t bit) {
  size_t place = bit >> 3;
  uint64_t v = 0;
  if (place + 8 <= length) memcpy(&v, bytes + place, 8);
  else if (place < length) memcpy(&v, bytes + place, length - place);
  return v >> (bit & 7);
}

uint64_t ck_fitted_decode_short(const struct ck_fitted *m, uint32_t class, uint32_t frequency, const uint8_t *bytes,
                                size_t length, uint64_t bit, uint32_t *documents, float *impacts) {
  enum { PEEKED = 57, IMPACT_BITS = CK_PREFIX_BITS + 15 };
  if (frequency > BLOCK || class >= m->classes) return 0;
  uint32_t gap_class = density_class(m->documents, frequency), state = 0, lg1 = 0, bad = 0;
  const uint8_t *states = m->gap_state[gap_class], *bounds = m->impact_bounds[class];
  const uint16_t *gap_table = m->decode[m->gap_table[gap_class][0]];
  uint32_t b0 = bounds[0], b1 = bounds[1], b2 = bounds[2];
  uint64_t limit = 8 * (uint64_t)length, document = 0;  // one more than the document before
  for (uint32_t i = 0; i < frequency; i++) {
    if (bit > limit) return 0;
    uint64_t bits = peek(bytes, length, bit);
    uint32_t entry = gap_table[bits & (TABLE - 1)], used = entry >> 8, lg;
    bad |= used == 15;
    uint32_t value = gap_value(entry & 255, bits >> used, &used, &lg);
    document += (uint64_t)value + 1;
    documents[i] = (uint32_t)(document - 1);
    gap_table = m->decode[m->gap_table[gap_class][states[2 * lg + (i ? lg1 : lg)]]];
    lg1 = lg;

    bits >>= used;
    if (used > PEEKED - IMPACT_BITS) bits = peek(bytes, length, bit + used);
    entry = m->decode[m->impact_table[class][lg > NEAR ? 0 : state]][bits & (TABLE - 1)];
    uint32_t impact = entry & 255, code = entry >> 8, behind = code;
    bad |= code == 15;
    value = impact_value(impact, bits >> code, &behind);
    bad |= value >= MOST_IMPACT;
    bit += used + behind;
    impacts[i] = (float)(value + 1);
    state = 1 + (impact >= b0) + (impact >= b1) + (impact >= b2);
  }
  return bad || bit > limit || document > m->documents ? 0 : bit;
}
