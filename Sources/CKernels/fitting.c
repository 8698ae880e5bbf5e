// Fits the model of postings to a shard's lists (see `FittedModel`): classes of impacts, bounds of contexts, and a Huffman
// code for each context that has enough postings. Integers only, so that every machine writes the same bytes.
// Overflow: counts are 64-bit; costs are 1/256 bits in 16 bits, summed in 64.
#include "fitted.h"

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

size_t ck_spool(const uint32_t *documents, const float *impacts, size_t count, uint32_t base, uint8_t *out) {
  uint8_t *p = out;
  for (size_t i = 0; i < count; i++) {
    p = put(p, documents[i] - base);
    p = put(p, (uint32_t)impacts[i] - 1);
    base = documents[i];
  }
  return (size_t)(p - out);
}

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

// The class whose code is the shortest for a list, with what its name costs.
static uint32_t cheapest(const uint32_t *histogram, uint16_t (*costs)[MOST_CLASSES], uint32_t classes,
                         const uint16_t *names) {
  uint64_t total[MOST_CLASSES] = {0};
  for (uint32_t c = 0; c < classes; c++) total[c] = names[c];
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

enum { FREQUENCIES = 12 };
// As the dictionary codes a list's class: by the exponent of its frequency.
static uint32_t frequency_class(uint32_t frequency) {
  uint32_t e = log2_floor(frequency);
  return e < FREQUENCIES ? e : FREQUENCIES - 1;
}

// The lists, and what a fit finds of them. Every `stride`th list is a sample.
typedef struct {
  const uint8_t *spool;
  const uint64_t *starts;
  const uint32_t *frequencies;
  size_t lists, stride;
  uint64_t documents;
  uint8_t *classes;         // (lists): the class of its impacts
  uint32_t count;           // classes of impacts
  uint64_t (*histogram)[256];  // (classes): symbols of impacts in the sample
  uint16_t (*costs)[MOST_CLASSES];
  uint16_t names[FREQUENCIES][MOST_CLASSES];  // by frequency_class: what a class costs in the dictionary, in 1/256 bits
} fit;

static void name_costs(uint64_t (*lists)[MOST_CLASSES], uint32_t classes, uint16_t (*names)[MOST_CLASSES]) {
  for (int f = 0; f < FREQUENCIES; f++) {
    uint64_t sum = 0;
    for (uint32_t c = 0; c < classes; c++) sum += lists[f][c] + 1;
    for (uint32_t c = 0; c < classes; c++) names[f][c] = (uint16_t)(log2_fixed(sum) - log2_fixed(lists[f][c] + 1));
  }
}

// Classes of impacts: from lists in the order of their mean logarithm, then k-means by the length of code. 0 without memory.
static int cluster(fit *f) {
  keyed *order = malloc((f->lists / f->stride + 1) * sizeof *order);
  if (!order) return 0;
  size_t sampled = 0;
  uint64_t sample_postings = 0, seen = 0;
  uint32_t of_list[256];
  for (size_t l = 0; l < f->lists; l += f->stride) {
    list_histogram(f->spool + f->starts[l], f->frequencies[l], of_list);
    uint64_t sum = 0;
    for (int s = 0; s < 256; s++) if (of_list[s]) sum += (uint64_t)of_list[s] * log2_fixed((uint64_t)s + 1);
    order[sampled++] = (keyed){sum * 64 / f->frequencies[l], (uint32_t)l};
    sample_postings += f->frequencies[l];
  }
  qsort(order, sampled, sizeof *order, by_key);
  for (size_t i = 0; i < sampled; i++) {
    f->classes[order[i].list] = (uint8_t)(seen * f->count / sample_postings);
    seen += f->frequencies[order[i].list];
  }
  free(order);
  for (int round = 0; round < 10; round++) {
    uint64_t (*next)[256] = calloc(MOST_CLASSES, sizeof *next), named[FREQUENCIES][MOST_CLASSES] = {{0}};
    if (!next) return 0;
    for (size_t l = 0; l < f->lists; l += f->stride) {
      list_histogram(f->spool + f->starts[l], f->frequencies[l], of_list);
      uint32_t frequency = frequency_class(f->frequencies[l]);
      if (round) f->classes[l] = (uint8_t)cheapest(of_list, f->costs, f->count, f->names[frequency]);
      named[frequency][f->classes[l]]++;
      for (int s = 0; s < 256; s++) next[f->classes[l]][s] += of_list[s];
    }
    free(f->histogram);
    f->histogram = next;
    class_costs(f->histogram, f->count, f->costs);
    name_costs(named, f->count, f->names);
  }
  return 1;
}

// Where one context ends and the next begins, so that each has about as many postings of the sample. 0 without memory.
static int bound_contexts(const fit *f, struct ck_fitted *shape) {
  uint64_t (*logs)[256] = calloc(GAP_CLASSES, sizeof *logs);
  if (!logs) return 0;
  for (uint32_t c = 0; c < f->count; c++) quantiles(f->histogram[c], 256, IMPACT_STATES - 1, shape->impact_bounds[c]);
  for (size_t l = 0; l < f->lists; l += f->stride) {
    const uint8_t *p = f->spool + f->starts[l];
    walk w = {0};
    uint64_t *of_class = logs[density_class(f->documents, f->frequencies[l])];
    for (uint32_t i = 0; i < f->frequencies[l]; i++) {
      uint32_t gap, code, extra, bits;
      p = get(get(p, &gap), &code);
      uint32_t lg = symbol_log(gap_symbol(gap, &extra, &bits));
      if (w.position) of_class[2 * w.lg1 + (w.position > 1 ? w.lg2 : w.lg1)]++;
      step(&w, lg, 0);
    }
  }
  for (int c = 0; c < GAP_CLASSES; c++) quantiles(logs[c], 96, GAP_STATES - 1, shape->gap_bounds[c]);
  ck_fitted_fill_gap_states(shape);
  free(logs);
  return 1;
}

// All lists: their classes, and what each context counts.
static void count_contexts(const fit *f, const struct ck_fitted *shape, uint64_t (*gaps)[256], uint64_t (*impacts)[256]) {
  uint32_t of_list[256];
  for (size_t l = 0; l < f->lists; l++) {
    if (l % f->stride) {
      list_histogram(f->spool + f->starts[l], f->frequencies[l], of_list);
      f->classes[l] = (uint8_t)cheapest(of_list, f->costs, f->count, f->names[frequency_class(f->frequencies[l])]);
    }
    const uint8_t *p = f->spool + f->starts[l], *bounds = shape->impact_bounds[f->classes[l]];
    uint32_t gap_class = density_class(f->documents, f->frequencies[l]);
    walk w = {0};
    for (uint32_t i = 0; i < f->frequencies[l]; i++) {
      uint32_t gap, code, extra, bits;
      p = get(get(p, &gap), &code);
      uint32_t symbol = gap_symbol(gap, &extra, &bits), lg = symbol_log(symbol);
      uint32_t impact = impact_symbol(code, &extra, &bits);
      gaps[gap_class * GAP_STATES + gap_context(shape, gap_class, &w)][symbol]++;
      impacts[f->classes[l] * IMPACT_STATES + impact_context(bounds, &w, lg)][impact]++;
      step(&w, lg, impact);
    }
  }
}

// The model of `shape` with a code for each table; NULL without memory.
static struct ck_fitted *with_codes(struct ck_fitted shape, uint64_t (*tables)[256]) {
  struct ck_fitted *m = ck_fitted_new(shape.tables);
  if (!m) return NULL;
  shape.lengths = m->lengths; shape.codes = m->codes; shape.decode = m->decode;
  *m = shape;
  for (uint32_t t = 0; t < m->tables; t++) {
    ck_prefix_lengths(tables[t], m->lengths[t]);
    ck_prefix_codes(m->lengths[t], m->codes[t], m->decode[t]);
  }
  return m;
}

struct ck_fitted *ck_fitted_fit(const uint8_t *spool, const uint64_t *starts, const uint32_t *frequencies, size_t lists,
                                uint64_t documents, uint8_t *classes) {
  uint64_t postings = 0;
  for (size_t l = 0; l < lists; l++) postings += frequencies[l];
  uint64_t wanted = postings / 16384 + 1;
  fit f = {spool, starts, frequencies, lists, (size_t)(postings / (6u << 20)) + 1, documents, classes,
           wanted > MOST_CLASSES ? MOST_CLASSES : (uint32_t)wanted, NULL, NULL, {{0}}};
  struct ck_fitted *m = NULL;
  f.costs = calloc(256, sizeof *f.costs);
  uint64_t (*gaps)[256] = calloc(GAP_CLASSES * GAP_STATES, sizeof *gaps);
  uint64_t (*impacts)[256] = calloc(MOST_CLASSES * IMPACT_STATES, sizeof *impacts);
  uint64_t (*tables)[256] = calloc(MOST_TABLES, sizeof *tables);
  struct ck_fitted shape = {.documents = documents, .classes = f.count};
  if (f.costs && gaps && impacts && tables && cluster(&f) && bound_contexts(&f, &shape)) {
    count_contexts(&f, &shape, gaps, impacts);
    shape.gap_tables = pool(gaps, GAP_CLASSES, GAP_STATES, &shape.gap_table[0][0], tables, 0);
    if (shape.gap_tables != UINT32_MAX)
      shape.tables = pool(impacts, f.count, IMPACT_STATES, &shape.impact_table[0][0], tables, shape.gap_tables);
    if (shape.gap_tables != UINT32_MAX && shape.tables != UINT32_MAX) m = with_codes(shape, tables);
  }
  free(f.histogram); free(f.costs); free(gaps); free(impacts); free(tables);
  return m;
}
