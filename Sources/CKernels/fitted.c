// Postings in fitted Huffman codes (see `FittedModel` for the format): models are fitted to a shard's lists, lists are
// coded and decoded a block of 256 at a time. Integers only, so that every machine writes the same bytes.
// Overflow: counts are 64-bit; costs are 1/256 bits in 16 bits, summed in 64.
#include "ckernels.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK CK_FITTED_BLOCK
enum { GAP_CLASSES = 16, GAP_STATES = 7, IMPACT_STATES = 5, MOST_CLASSES = 32, GAP_SYMBOLS = 128, LIMIT = 11 };
enum { MOST_TABLES = (GAP_CLASSES + 1) * (GAP_STATES + 1) + (MOST_CLASSES + 1) * (IMPACT_STATES + 1) };
enum { TABLE = 1 << LIMIT, POOL = 512, NEAR = 6 };

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
  uint16_t (*decode)[TABLE]; // (tables): length << 8 | symbol, by the next LIMIT bits; length 15: no code
};

static inline uint32_t log2_floor(uint32_t x) { return 31 - (uint32_t)__builtin_clz(x); }

// 256 * log2(x), truncated: one bit of the fraction a squaring.
static uint32_t log2_fixed(uint64_t x) {
  uint32_t whole = 63 - (uint32_t)__builtin_clzll(x);
  uint64_t m = whole > 31 ? x >> (whole - 31) : x << (31 - whole);
  uint32_t result = whole;
  for (int bit = 0; bit < 8; bit++) {
    m = m * m >> 31;
    uint32_t set = (uint32_t)(m >> 32);
    result = result << 1 | set;
    m >>= set;
  }
  return result;
}

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

static uint32_t density_class(uint64_t documents, uint64_t frequency) {
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

size_t ck_spool(const uint32_t *documents, const float *impacts, size_t count, uint32_t base, uint8_t *out) {
  uint8_t *p = out;
  for (size_t i = 0; i < count; i++) {
    p = put(p, documents[i] - base);
    p = put(p, (uint32_t)impacts[i] - 1);
    base = documents[i];
  }
  return (size_t)(p - out);
}

// MARK: Huffman codes

static void code_lengths(const uint64_t *counts, uint32_t symbols, uint8_t *lengths) {
  uint64_t weight[512];
  uint16_t parent[512], leaf[256];
  uint64_t scaled[256];
  memcpy(scaled, counts, symbols * sizeof *scaled);
  memset(lengths, 0, 256);
  for (;;) {
    uint32_t n = 0;
    for (uint32_t s = 0; s < symbols; s++) if (scaled[s]) leaf[n++] = (uint16_t)s;
    if (n < 2) return;
    // Insertion sort by weight, then symbol: two queues then give the tree.
    for (uint32_t i = 1; i < n; i++) {
      uint16_t s = leaf[i]; uint32_t j = i;
      for (; j && scaled[leaf[j - 1]] > scaled[s]; j--) leaf[j] = leaf[j - 1];
      leaf[j] = s;
    }
    for (uint32_t i = 0; i < n; i++) weight[i] = scaled[leaf[i]];
    uint32_t next_leaf = 0, next_node = n, nodes = n;
    while (nodes < 2 * n - 1) {
      uint32_t pair[2];
      for (int k = 0; k < 2; k++)
        pair[k] = next_node >= nodes || (next_leaf < n && weight[next_leaf] <= weight[next_node]) ? next_leaf++ : next_node++;
      weight[nodes] = weight[pair[0]] + weight[pair[1]];
      parent[pair[0]] = parent[pair[1]] = (uint16_t)nodes++;
    }
    uint32_t longest = 0;
    uint8_t depth[512];
    depth[nodes - 1] = 0;
    for (uint32_t i = nodes - 1; i-- > 0;) {
      depth[i] = depth[parent[i]] + 1;
      if (i < n) { lengths[leaf[i]] = depth[i]; if (depth[i] > longest) longest = depth[i]; }
    }
    if (longest <= LIMIT) return;
    for (uint32_t i = 0; i < n; i++) scaled[leaf[i]] = (scaled[leaf[i]] + 1) / 2;
  }
}

// Canonical codes and the decoding table; 0 where the lengths are of no prefix code.
static int make_codes(const uint8_t *lengths, uint16_t *codes, uint16_t *decode) {
  uint32_t count[16] = {0};
  for (uint32_t s = 0; s < 256; s++) {
    if (lengths[s] > LIMIT) return 0;
    if (lengths[s]) count[lengths[s]]++;
  }
  for (uint32_t i = 0; i < TABLE; i++) decode[i] = 15 << 8;
  uint32_t code = 0, next[16] = {0};
  for (uint32_t l = 1; l <= LIMIT; l++) { code = (code + count[l - 1]) << 1; next[l] = code; }
  uint64_t kraft = 0;
  for (uint32_t l = 1; l <= LIMIT; l++) kraft += (uint64_t)count[l] << (LIMIT - l);
  if (kraft > TABLE) return 0;
  for (uint32_t s = 0; s < 256; s++) {
    uint32_t l = lengths[s];
    if (!l) continue;
    uint32_t c = next[l]++, reversed = 0;
    for (uint32_t b = 0; b < l; b++) reversed |= (c >> b & 1) << (l - 1 - b);
    codes[s] = (uint16_t)reversed;
    for (uint32_t i = reversed; i < TABLE; i += 1u << l) decode[i] = (uint16_t)(l << 8 | s);
  }
  return 1;
}

static struct ck_fitted *new_model(uint32_t tables) {
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

static void fill_gap_states(struct ck_fitted *m) {
  for (int c = 0; c < GAP_CLASSES; c++)
    for (uint32_t x = 0; x < 96; x++) {
      uint32_t state = 1;
      for (int b = 0; b < GAP_STATES - 2; b++) state += x >= m->gap_bounds[c][b];
      m->gap_state[c][x] = (uint8_t)state;
    }
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

// MARK: fitting

typedef struct { uint64_t key; uint32_t list; } keyed;
static int by_key(const void *a, const void *b) {
  const keyed *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->list < y->list ? -1 : x->list > y->list;
}

// What a symbol costs in each class, in 1/256 bits, from smoothed counts.
static void class_costs(uint64_t (*histogram)[256], uint32_t classes, uint16_t (*costs)[MOST_CLASSES]) {
  for (uint32_t c = 0; c < classes; c++) {
    uint64_t smooth[256], sum = 0;
    for (int s = 0; s < 256; s++) {
      const uint64_t *h = histogram[c];
      smooth[s] = 1 + 48 * h[s] + 32 * ((s > 0 ? h[s - 1] : 0) + (s < 255 ? h[s + 1] : 0)) +
                  16 * ((s > 1 ? h[s - 2] : 0) + (s < 254 ? h[s + 2] : 0));
      sum += smooth[s];
    }
    uint32_t all = log2_fixed(sum);
    for (int s = 0; s < 256; s++) costs[s][c] = (uint16_t)(all - log2_fixed(smooth[s]));
  }
}

static uint32_t cheapest(const uint32_t *histogram, uint16_t (*costs)[MOST_CLASSES], uint32_t classes) {
  uint64_t total[MOST_CLASSES] = {0};
  for (int s = 0; s < 256; s++)
    if (histogram[s]) for (int c = 0; c < MOST_CLASSES; c++) total[c] += (uint64_t)histogram[s] * costs[s][c];
  uint32_t best = 0;
  for (uint32_t c = 1; c < classes; c++) if (total[c] < total[best]) best = c;
  return best;
}

static void list_histogram(const uint8_t *p, uint32_t count, uint32_t *histogram) {
  memset(histogram, 0, 256 * sizeof *histogram);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t gap, code, extra, bits;
    p = get(get(p, &gap), &code);
    histogram[impact_symbol(code, &extra, &bits)]++;
  }
}

static void quantiles(const uint64_t *histogram, uint32_t size, uint32_t parts, uint8_t *bounds) {
  uint64_t sum = 0, seen = 0;
  for (uint32_t i = 0; i < size; i++) sum += histogram[i];
  uint32_t part = 1;
  for (uint32_t i = 0; i < size && part < parts; i++) {
    seen += histogram[i];
    while (part < parts && seen * parts >= sum * part) bounds[part++ - 1] = (uint8_t)(i + 1 < 256 ? i + 1 : 255);
  }
}

// Gives each context a table: its own where it has enough symbols, its class's or one of all where not.
static uint32_t pool(uint64_t (*counts)[256], uint32_t classes, uint32_t states, uint16_t *table, uint64_t (*tables)[256],
                     uint32_t next) {
  uint64_t (*shared)[256] = calloc(2, sizeof *shared);  // 0: of the class, 1: of all
  if (!shared) return UINT32_MAX;
  uint16_t of_all[MOST_CLASSES * GAP_STATES];
  uint32_t waiting = 0, first = next;
  for (uint32_t c = 0; c < classes; c++) {
    memset(shared[0], 0, sizeof *shared);
    uint16_t small[GAP_STATES];
    uint32_t n = 0;
    uint64_t total = 0;
    for (uint32_t s = 0; s < states; s++) {
      uint32_t context = c * states + s;
      uint64_t sum = 0;
      for (int i = 0; i < 256; i++) sum += counts[context][i];
      table[context] = (uint16_t)first;
      if (sum >= POOL) {
        memcpy(tables[next], counts[context], sizeof *tables);
        table[context] = (uint16_t)next++;
      } else if (sum) {
        for (int i = 0; i < 256; i++) shared[0][i] += counts[context][i];
        small[n++] = (uint16_t)context;
        total += sum;
      }
    }
    if (total >= POOL) {
      memcpy(tables[next], shared[0], sizeof *tables);
      for (uint32_t i = 0; i < n; i++) table[small[i]] = (uint16_t)next;
      next++;
    } else {
      for (int i = 0; i < 256; i++) shared[1][i] += shared[0][i];
      for (uint32_t i = 0; i < n; i++) of_all[waiting++] = small[i];
    }
  }
  if (waiting || next == first) {
    memcpy(tables[next], shared[1], sizeof *tables);
    for (uint32_t i = 0; i < waiting; i++) table[of_all[i]] = (uint16_t)next;
    next++;
  }
  free(shared);
  return next;
}

struct ck_fitted *ck_fitted_fit(const uint8_t *spool, const uint64_t *starts, const uint32_t *frequencies, size_t lists,
                                uint64_t documents, uint8_t *classes) {
  uint64_t postings = 0;
  for (size_t l = 0; l < lists; l++) postings += frequencies[l];
  size_t stride = (size_t)(postings / (6u << 20)) + 1;
  uint64_t wanted = postings / 16384 + 1;
  uint32_t count = wanted > MOST_CLASSES ? MOST_CLASSES : (uint32_t)wanted;
  struct ck_fitted *m = NULL;
  keyed *order = malloc((lists / stride + 1) * sizeof *order);
  uint64_t (*histogram)[256] = calloc(MOST_CLASSES, sizeof *histogram);
  uint16_t (*costs)[MOST_CLASSES] = calloc(256, sizeof *costs);
  uint64_t (*gaps)[256] = calloc(GAP_CLASSES * GAP_STATES, sizeof *gaps);
  uint64_t (*impacts)[256] = calloc(MOST_CLASSES * IMPACT_STATES, sizeof *impacts);
  uint64_t (*tables)[256] = calloc(MOST_TABLES, sizeof *tables);
  uint64_t (*logs)[256] = calloc(GAP_CLASSES, sizeof *logs);
  if (!order || !histogram || !costs || !gaps || !impacts || !tables || !logs) goto done;

  // Classes of impacts: from lists in the order of their mean logarithm, then k-means by the length of code.
  size_t sampled = 0;
  uint64_t sample_postings = 0, seen = 0;
  uint32_t of_list[256];
  for (size_t l = 0; l < lists; l += stride) {
    list_histogram(spool + starts[l], frequencies[l], of_list);
    uint64_t sum = 0;
    for (int s = 0; s < 256; s++) if (of_list[s]) sum += (uint64_t)of_list[s] * log2_fixed((uint64_t)s + 1);
    order[sampled++] = (keyed){sum * 64 / frequencies[l], (uint32_t)l};
    sample_postings += frequencies[l];
  }
  qsort(order, sampled, sizeof *order, by_key);
  for (size_t i = 0; i < sampled; i++) {
    classes[order[i].list] = (uint8_t)(seen * count / sample_postings);
    seen += frequencies[order[i].list];
  }
  for (int round = 0; round < 10; round++) {
    uint64_t (*next)[256] = calloc(MOST_CLASSES, sizeof *next);
    if (!next) goto done;
    for (size_t l = 0; l < lists; l += stride) {
      list_histogram(spool + starts[l], frequencies[l], of_list);
      if (round) classes[l] = (uint8_t)cheapest(of_list, costs, count);
      for (int s = 0; s < 256; s++) next[classes[l]][s] += of_list[s];
    }
    free(histogram);
    histogram = next;
    class_costs(histogram, count, costs);
  }

  struct ck_fitted shape = {.documents = documents, .classes = count};
  for (uint32_t c = 0; c < count; c++) quantiles(histogram[c], 256, IMPACT_STATES - 1, shape.impact_bounds[c]);
  for (size_t l = 0; l < lists; l += stride) {
    const uint8_t *p = spool + starts[l];
    walk w = {0};
    uint64_t *of_class = logs[density_class(documents, frequencies[l])];
    for (uint32_t i = 0; i < frequencies[l]; i++) {
      uint32_t gap, code, extra, bits;
      p = get(get(p, &gap), &code);
      uint32_t lg = symbol_log(gap_symbol(gap, &extra, &bits));
      if (w.position) of_class[2 * w.lg1 + (w.position > 1 ? w.lg2 : w.lg1)]++;
      step(&w, lg, 0);
    }
  }
  for (int c = 0; c < GAP_CLASSES; c++) quantiles(logs[c], 96, GAP_STATES - 1, shape.gap_bounds[c]);
  fill_gap_states(&shape);

  // All lists: their classes, and what each context counts.
  for (size_t l = 0; l < lists; l++) {
    if (l % stride) {
      list_histogram(spool + starts[l], frequencies[l], of_list);
      classes[l] = (uint8_t)cheapest(of_list, costs, count);
    }
    const uint8_t *p = spool + starts[l], *bounds = shape.impact_bounds[classes[l]];
    uint32_t gap_class = density_class(documents, frequencies[l]);
    walk w = {0};
    for (uint32_t i = 0; i < frequencies[l]; i++) {
      uint32_t gap, code, extra, bits;
      p = get(get(p, &gap), &code);
      uint32_t symbol = gap_symbol(gap, &extra, &bits), lg = symbol_log(symbol);
      uint32_t impact = impact_symbol(code, &extra, &bits);
      gaps[gap_class * GAP_STATES + gap_context(&shape, gap_class, &w)][symbol]++;
      impacts[classes[l] * IMPACT_STATES + impact_context(bounds, &w, lg)][impact]++;
      step(&w, lg, impact);
    }
  }
  uint32_t gap_tables = pool(gaps, GAP_CLASSES, GAP_STATES, &shape.gap_table[0][0], tables, 0);
  if (gap_tables == UINT32_MAX) goto done;
  uint32_t all = pool(impacts, count, IMPACT_STATES, &shape.impact_table[0][0], tables, gap_tables);
  if (all == UINT32_MAX) goto done;
  m = new_model(all);
  if (!m) goto done;
  shape.gap_tables = gap_tables; shape.tables = all;
  shape.lengths = m->lengths; shape.codes = m->codes; shape.decode = m->decode;
  *m = shape;
  for (uint32_t t = 0; t < all; t++) {
    // A table of one symbol has a code of one bit for it.
    code_lengths(tables[t], 256, m->lengths[t]);
    uint32_t used = 0, last = 0;
    for (uint32_t s = 0; s < 256; s++) if (tables[t][s]) { used++; last = s; }
    if (used == 1) m->lengths[t][last] = 1;
    make_codes(m->lengths[t], m->codes[t], m->decode[t]);
  }
done:
  free(order); free(histogram); free(costs); free(gaps); free(impacts); free(tables); free(logs);
  return m;
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
  fill_gap_states(&head);
  struct ck_fitted *m = new_model(head.tables);
  if (!m) return NULL;
  head.lengths = m->lengths; head.codes = m->codes; head.decode = m->decode;
  *m = head;
  for (uint32_t t = 0; t < m->tables; t++) {
    for (uint32_t s = 0; s < (t < m->gap_tables ? GAP_SYMBOLS : 256); s += 2, p++) {
      m->lengths[t][s] = *p & 15;
      m->lengths[t][s + 1] = *p >> 4;
    }
    if (!make_codes(m->lengths[t], m->codes[t], m->decode[t])) { ck_fitted_free(m); return NULL; }
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
  uint32_t document = base, lg1 = 0, bad = 0, state = 0;
  const uint8_t *end = buffer + PAD + length - 8;
  for (uint32_t i = 0; i < count; i++) {
    if (forward > limit || backward > limit) return 0;
    uint64_t bits = load(buffer + PAD + (forward >> 3)) >> (forward & 7);
    uint32_t entry = gap_table[bits & (TABLE - 1)], used = entry >> 8, symbol = entry & 255, lg, value;
    bad |= used == 15;
    bits >>= used;
    if (symbol < 16) {
      value = symbol;
      lg = log2_floor(symbol + 1);
    } else {
      lg = 4 + (symbol - 16) / 4;
      uint32_t extra = lg - 2;
      value = (4 | (symbol & 3)) << extra | ((uint32_t)bits & ((1u << extra) - 1));
      used += extra;
    }
    forward += used;
    document += value + 1;
    documents[i] = document;
    gap_table = gap_tables[states[2 * lg + (i ? lg1 : lg)]];
    lg1 = lg;

    bits = __builtin_bswap64(load(end - (backward >> 3))) >> (backward & 7);
    entry = impact_tables[lg > NEAR ? 0 : state][bits & (TABLE - 1)];
    used = entry >> 8;
    symbol = entry & 255;
    bad |= used == 15;
    value = symbol;
    if (symbol >= 240) {
      uint32_t extra = symbol - 240;
      value = 239 + (1u << extra) + ((uint32_t)(bits >> used) & ((1u << extra) - 1));
      used += extra;
    }
    backward += used;
    impacts[i] = (float)(value + 1);
    state = 1 + (symbol >= b0) + (symbol >= b1) + (symbol >= b2);
  }
  return !bad && forward + backward <= limit;
}
