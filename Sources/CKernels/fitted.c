// Postings in fitted Huffman codes (see `FittedModel` for the format): a list's blocks of 256 are coded and decoded by a
// model, which `fitting.c` makes. Integers only, so that every machine writes the same bytes.
#include "fitted.h"

struct ck_fitted *ck_fitted_new(uint32_t tables) {
  struct ck_fitted *m = calloc(1, sizeof *m);
  if (!m) return NULL;
  m->tables = tables;
  m->lengths = calloc(tables ? tables : 1, sizeof *m->lengths);
  m->codes = calloc(tables ? tables : 1, sizeof *m->codes);
  m->decode = calloc(tables ? tables : 1, sizeof *m->decode);
  if (!m->lengths || !m->codes || !m->decode) { ck_fitted_free(m); return NULL; }
  return m;
}

void ck_fitted_free(struct ck_fitted *m) {
  if (!m) return;
  free(m->lengths); free(m->codes); free(m->decode); free(m);
}

void ck_fitted_fill_gap_states(struct ck_fitted *m) {
  for (int c = 0; c < GAP_CLASSES; c++)
    for (uint32_t x = 0; x < 96; x++) {
      uint32_t state = 1;
      for (int b = 0; b < GAP_STATES - 2; b++) state += x >= m->gap_bounds[c][b];
      m->gap_state[c][x] = (uint8_t)state;
    }
}

// MARK: the model's bytes

size_t ck_fitted_size(const struct ck_fitted *m) {
  return 8 + sizeof m->gap_bounds + m->classes * (IMPACT_STATES - 2) + 2 * GAP_CLASSES * GAP_STATES +
         2 * m->classes * IMPACT_STATES + m->gap_tables * (GAP_SYMBOLS / 2) + (m->tables - m->gap_tables) * 128;
}

static uint8_t *put16(uint8_t *p, uint32_t v) { *p++ = (uint8_t)v; *p++ = (uint8_t)(v >> 8); return p; }
static uint32_t get16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }

void ck_fitted_write(const struct ck_fitted *m, uint8_t *p) {
  p = put16(p, m->classes);
  p = put16(p, m->gap_tables);
  p = put16(p, m->tables);
  p = put16(p, BLOCK);
  memcpy(p, m->gap_bounds, sizeof m->gap_bounds); p += sizeof m->gap_bounds;
  memcpy(p, m->impact_bounds, m->classes * (IMPACT_STATES - 2)); p += m->classes * (IMPACT_STATES - 2);
  for (int i = 0; i < GAP_CLASSES * GAP_STATES; i++) p = put16(p, (&m->gap_table[0][0])[i]);
  for (uint32_t i = 0; i < m->classes * IMPACT_STATES; i++) p = put16(p, (&m->impact_table[0][0])[i]);
  for (uint32_t t = 0; t < m->tables; t++)
    for (uint32_t s = 0; s < (t < m->gap_tables ? GAP_SYMBOLS : 256); s += 2)
      *p++ = m->lengths[t][s] | (uint8_t)(m->lengths[t][s + 1] << 4);
}

struct ck_fitted *ck_fitted_read(const uint8_t *p, size_t length, uint64_t documents) {
  if (length < 8) return NULL;
  struct ck_fitted head = {.documents = documents, .classes = get16(p), .gap_tables = get16(p + 2), .tables = get16(p + 4)};
  if (get16(p + 6) != BLOCK || head.classes < 1 || head.classes > MOST_CLASSES || head.tables > MOST_TABLES ||
      head.gap_tables < 1 || head.gap_tables >= head.tables || ck_fitted_size(&head) != length)
    return NULL;
  p += 8;
  memcpy(head.gap_bounds, p, sizeof head.gap_bounds); p += sizeof head.gap_bounds;
  memcpy(head.impact_bounds, p, head.classes * (IMPACT_STATES - 2)); p += head.classes * (IMPACT_STATES - 2);
  for (int i = 0; i < GAP_CLASSES * GAP_STATES; i++, p += 2)
    if (((&head.gap_table[0][0])[i] = (uint16_t)get16(p)) >= head.gap_tables) return NULL;
  for (uint32_t i = 0; i < head.classes * IMPACT_STATES; i++, p += 2) {
    uint32_t t = get16(p);
    if (t < head.gap_tables || t >= head.tables) return NULL;
    (&head.impact_table[0][0])[i] = (uint16_t)t;
  }
  ck_fitted_fill_gap_states(&head);
  struct ck_fitted *m = ck_fitted_new(head.tables);
  if (!m) return NULL;
  head.lengths = m->lengths; head.codes = m->codes; head.decode = m->decode;
  *m = head;
  for (uint32_t t = 0; t < m->tables; t++) {
    for (uint32_t s = 0; s < (t < m->gap_tables ? GAP_SYMBOLS : 256); s += 2, p++) {
      m->lengths[t][s] = *p & 15;
      m->lengths[t][s + 1] = *p >> 4;
    }
    if (!ck_prefix_codes(m->lengths[t], m->codes[t], m->decode[t])) { ck_fitted_free(m); return NULL; }
  }
  return m;
}

// MARK: blocks

typedef struct { uint8_t *bytes; uint64_t bits; uint32_t filled, length; } bit_writer;
static inline void put_bits(bit_writer *w, uint32_t value, uint32_t count) {
  w->bits |= (uint64_t)value << w->filled;
  w->filled += count;
  while (w->filled >= 8) { w->bytes[w->length++] = (uint8_t)w->bits; w->bits >>= 8; w->filled -= 8; }
}

size_t ck_fitted_encode(const struct ck_fitted *m, uint32_t class, const uint8_t *spool, uint32_t frequency, uint8_t *out,
                        uint32_t *lasts, uint32_t *lengths, uint32_t *maxima) {
  uint32_t gap_class = density_class(m->documents, frequency), document = UINT32_MAX, done = 0, block = 0;
  const uint8_t *bounds = m->impact_bounds[class];
  uint8_t *start = out, forward[BLOCK * 6], backward[BLOCK * 4];
  while (done < frequency) {
    uint32_t count = frequency - done < BLOCK ? frequency - done : BLOCK, most = 0;
    bit_writer f = {.bytes = forward}, b = {.bytes = backward};
    walk w = {0};
    for (uint32_t i = 0; i < count; i++) {
      uint32_t gap, code, extra, bits, extra2, bits2;
      spool = get(get(spool, &gap), &code);
      document += gap;
      if (code + 1 > most) most = code + 1;
      uint32_t symbol = gap_symbol(gap, &extra, &bits), lg = symbol_log(symbol);
      uint32_t impact = impact_symbol(code, &extra2, &bits2);
      uint32_t t = m->gap_table[gap_class][gap_context(m, gap_class, &w)];
      put_bits(&f, m->codes[t][symbol], m->lengths[t][symbol]);
      put_bits(&f, extra, bits);
      t = m->impact_table[class][impact_context(bounds, &w, lg)];
      put_bits(&b, m->codes[t][impact], m->lengths[t][impact]);
      put_bits(&b, extra2, bits2);
      step(&w, lg, impact);
    }
    if (f.filled) f.bytes[f.length++] = (uint8_t)f.bits;
    if (b.filled) b.bytes[b.length++] = (uint8_t)b.bits;
    uint32_t length = f.length + b.length;
    memcpy(out, forward, f.length);
    for (uint32_t i = 0; i < b.length; i++) out[length - 1 - i] = backward[i];
    lasts[block] = document;
    lengths[block] = length;
    maxima[block++] = most;
    out += length;
    done += count;
  }
  return (size_t)(out - start);
}

static inline uint64_t load(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

int ck_fitted_decode(const struct ck_fitted *m, uint32_t class, uint32_t frequency, const uint8_t *bytes, size_t length,
                     uint32_t count, uint32_t base, uint32_t *documents, float *impacts) {
  enum { PAD = 16, MOST = BLOCK * 9 };
  if (length > MOST || count > BLOCK || class >= m->classes) return 0;
  uint8_t buffer[MOST + 2 * PAD];
  memset(buffer, 0, PAD);
  memcpy(buffer + PAD, bytes, length);
  memset(buffer + PAD + length, 0, PAD);
  uint32_t gap_class = density_class(m->documents, frequency);
  const uint8_t *states = m->gap_state[gap_class], *bounds = m->impact_bounds[class];
  const uint16_t *gap_tables[GAP_STATES], *impact_tables[IMPACT_STATES];
  for (int s = 0; s < GAP_STATES; s++) gap_tables[s] = m->decode[m->gap_table[gap_class][s]];
  for (int s = 0; s < IMPACT_STATES; s++) impact_tables[s] = m->decode[m->impact_table[class][s]];
  const uint16_t *gap_table = gap_tables[0];
  uint32_t b0 = bounds[0], b1 = bounds[1], b2 = bounds[2];
  uint64_t forward = 0, backward = 0, limit = 8 * length;
  uint64_t document = (uint32_t)(base + 1);  // one more than the document before; 64 bits, so that no sum begins anew
  uint32_t lg1 = 0, bad = 0, state = 0;
  const uint8_t *end = buffer + PAD + length - 8;
  for (uint32_t i = 0; i < count; i++) {
    if (forward > limit || backward > limit) return 0;
    uint64_t bits = load(buffer + PAD + (forward >> 3)) >> (forward & 7);
    uint32_t entry = gap_table[bits & (TABLE - 1)], used = entry >> 8, lg;
    bad |= used == 15;
    uint32_t value = gap_value(entry & 255, bits >> used, &used, &lg);
    forward += used;
    document += (uint64_t)value + 1;
    documents[i] = (uint32_t)(document - 1);
    gap_table = gap_tables[states[2 * lg + (i ? lg1 : lg)]];
    lg1 = lg;

    bits = __builtin_bswap64(load(end - (backward >> 3))) >> (backward & 7);
    entry = impact_tables[lg > NEAR ? 0 : state][bits & (TABLE - 1)];
    used = entry >> 8;
    bad |= used == 15;
    uint32_t symbol = entry & 255;
    value = impact_value(symbol, bits >> used, &used);
    bad |= value >= MOST_IMPACT;
    backward += used;
    impacts[i] = (float)(value + 1);
    state = 1 + (symbol >= b0) + (symbol >= b1) + (symbol >= b2);
  }
  return !bad && forward + backward <= limit && document <= m->documents;
}
