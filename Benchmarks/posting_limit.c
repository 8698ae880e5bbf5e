// How few bits a posting can take: code lengths of an inverted index under a mixing model (scripts/posting_limit.py).
//
//     posting_limit FILE.csr EMBEDDINGS STEP      one line of JSON a set of contexts
//
// No codec: each binary decision (is this document in the list? is this bit of the impact set?) gets a probability from
// adaptive tables joined by logistic mixing (as PAQ does), and costs -log2 of it; only then are tables and weights
// updated. So a decoder running the same model would reach the length (up to the rounding of its arithmetic),
// provided every context is known to it by then. The decoder knows, in this order:
// - from the dictionary: the terms, their document frequencies, the number of documents; lists are coded by falling
//   frequency ("rank"), and a list ends with its last posting, so nothing is coded after it;
// - a term's class, its parents (lists of smaller rank) and the strength of each: paid for here, in column `sides`;
// - presence, document by document: the history of the list; parents' lists, whole; what lists of smaller rank say of
//   the document: how many it is in, its embedding and its neighbours among the documents before it;
// - impacts, posting by posting: as above, and the list's presence, whole.
// Lengths of documents are *not* known. With STEP > 1, one term in STEP is coded; the others count as decoded before.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DIMENSIONS = 48, NEIGHBOURS = 16,  // of an embedding; as in posting_limit.py
  PARENTS = 2, CANDIDATES = 12,      // candidates by presence, and as many by presence and impacts together
  PARENT_BITS = 12,                  // a parent must gain these and most of its name; 8: .01 bits a posting worse
  DENSITIES = 30, GAPS = 28, SHORT_GAPS = 9, STRENGTHS = 40, STATES = 5, PROBABILITIES = 28, COUNTS = 6,
  LEVELS = 12, CLASSES = 4 * LEVELS, STAGES = 8,
};

// MARK: Lists, by rank

static int documents, terms;
static int64_t postings;
static int *frequency;              // (terms)
static int64_t *list_start;         // (terms + 1)
static int *list_document;          // (postings)
static uint8_t *list_impact;        // (postings)
static uint8_t *list_quartile;      // (postings) 1...4, of the impact in its list
static int64_t *row_start;          // (documents + 1)
static int *row_rank;               // (postings) rising in a row
static uint8_t *row_impact;         // (postings)
static float *mean;                 // (terms)
static uint8_t *class_of;           // (terms)
static double class_mean[CLASSES];  // 48 bytes a codec would store

static void *array(size_t count, size_t size) {
  void *result = calloc(count ? count : 1, size);
  if (!result) { perror("posting_limit"); exit(1); }
  return result;
}

static void read_exactly(FILE *file, void *to, size_t size, size_t count) {
  if (fread(to, size, count, file) != count) { fprintf(stderr, "posting_limit: a file is too short\n"); exit(1); }
}

static FILE *open_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  return file;
}

static int *column_frequency;
static int by_falling_frequency(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  int by_frequency = column_frequency[y] - column_frequency[x];
  return by_frequency ? by_frequency : x - y;
}

static void load(const char *path) {
  FILE *file = open_file(path);
  int64_t header[3];
  read_exactly(file, header, 8, 3);
  documents = (int)header[0], postings = header[2];
  int columns = (int)header[1];
  row_start = array(documents + 1, 8);
  int *column = array(postings, 4);
  float *value = array(postings, 4);
  read_exactly(file, row_start, 8, documents + 1);
  read_exactly(file, column, 4, postings);
  read_exactly(file, value, 4, postings);
  fclose(file);

  column_frequency = array(columns, 4);
  for (int64_t i = 0; i < postings; i++) column_frequency[column[i]]++;
  int *column_of = array(columns, 4), *rank_of = array(columns, 4);
  for (int i = 0; i < columns; i++) column_of[i] = i;
  qsort(column_of, columns, 4, by_falling_frequency);
  frequency = array(columns, 4), list_start = array(columns + 1, 8);
  for (int rank = 0; rank < columns; rank++) {
    rank_of[column_of[rank]] = rank;
    frequency[rank] = column_frequency[column_of[rank]];
    list_start[rank + 1] = list_start[rank] + frequency[rank];
    if (frequency[rank]) terms = rank + 1;
  }
  list_document = array(postings, 4), list_impact = array(postings, 1), list_quartile = array(postings, 1);
  int64_t *end = array(columns, 8), *row_end = array(documents, 8);
  memcpy(end, list_start, 8 * (size_t)columns);
  memcpy(row_end, row_start, 8 * (size_t)documents);
  for (int document = 0; document < documents; document++)
    for (int64_t i = row_start[document]; i < row_start[document + 1]; i++) {
      int64_t to = end[rank_of[column[i]]]++;
      list_document[to] = document;
      list_impact[to] = (uint8_t)value[i];
    }
  row_rank = array(postings, 4), row_impact = array(postings, 1);
  for (int rank = 0; rank < terms; rank++)
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
      int64_t to = row_end[list_document[i]]++;
      row_rank[to] = rank;
      row_impact[to] = list_impact[i];
    }
  free(column), free(value), free(column_of), free(rank_of), free(end), free(row_end);
}

/// A term's class: one of 12 levels of its mean impact (a twelfth of all postings each) and 4 of its deviation.
static void classify(void) {
  mean = array(terms, 4), class_of = array(terms, 1);
  float *deviation = array(terms, 4);
  int64_t of_mean[256] = {0};
  for (int rank = 0; rank < terms; rank++) {
    double sum = 0, squares = 0;
    int below[257] = {0};
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
      sum += list_impact[i], squares += list_impact[i] * list_impact[i];
      below[list_impact[i] + 1]++;
    }
    mean[rank] = sum / frequency[rank];
    deviation[rank] = sqrt(fmax(0, squares / frequency[rank] - (sum / frequency[rank]) * (sum / frequency[rank])));
    of_mean[(int)mean[rank]] += frequency[rank];
    for (int i = 0; i < 256; i++) below[i + 1] += below[i];
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++)
      list_quartile[i] = 1 + (int64_t)below[list_impact[i]] * 4 / frequency[rank];
  }
  int level[256];
  int64_t before = 0;
  for (int i = 0; i < 256; i++) level[i] = (int)(before * LEVELS / postings), before += of_mean[i];
  double sum[CLASSES] = {0}, count[CLASSES] = {0};
  for (int rank = 0; rank < terms; rank++) {
    float d = deviation[rank];
    int spread = frequency[rank] < 12 ? 2 : d < 18 ? 0 : d < 26 ? 1 : d < 36 ? 2 : 3;
    class_of[rank] = level[(int)mean[rank]] * 4 + spread;
    sum[class_of[rank]] += mean[rank] * frequency[rank], count[class_of[rank]] += frequency[rank];
  }
  for (int i = 0; i < CLASSES; i++) class_mean[i] = count[i] ? round(sum[i] / count[i]) : 0;
  free(deviation);
}

// MARK: Buckets

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
static inline float squash(float x) { return 1 / (1 + expf(-x)); }
static inline int probability_bucket(float log_odds) { return clamp((int)((log_odds + 10.5f) * 2.4f), PROBABILITIES); }

// MARK: Adaptive tables and mixers

/// A probability, learned: of 22 bits, moved by 1 / (times seen + 1.6), and not more slowly than 1 / limit.
typedef struct { uint32_t probability, seen; } Cell;
static float stretch_of[65536], rate_of[1024];
enum { ONE = 4194303 };

static void make_tables(void) {
  for (int i = 0; i < 65536; i++) { double p = (i + .5) / 65536; stretch_of[i] = log(p / (1 - p)); }
  for (int i = 0; i < 1024; i++) rate_of[i] = 1 / (i + 1.6f);
}
static Cell *cells(size_t count, float probability) {
  Cell *result = array(count, sizeof(Cell));
  for (size_t i = 0; i < count; i++) result[i].probability = probability * ONE;
  return result;
}
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
static double adaptive_bits(double *counts, int symbols, int symbol) {
  double sum = 0;
  for (int i = 0; i < symbols; i++) sum += counts[i] + .5;
  return -log2((counts[symbol]++ + .5) / sum);
}

// MARK: Parents

static int (*candidate)[2 * CANDIDATES];  // (terms, 24) ranks or -1
static int (*chosen)[PARENTS];            // (terms, 2) ranks or -1
static int (*strength)[PARENTS];          // (terms, 2)

/// Bits of naming `ones` out of `count`, by entropy.
static double choice_bits(double ones, double count) {
  if (ones <= 0 || ones >= count) return 0;
  double p = ones / count;
  return -count * (p * log2(p) + (1 - p) * log2(1 - p));
}

/// For each term the lists of smaller rank whose presence alone tells most about its own, and with the correlation of
/// impacts as well.
static void find_candidates(void) {
  typedef struct { float count, x, xx, y, yy, xy; } Moments;
  Moments *moments = array(terms, sizeof(Moments));
  int *touched = array(terms, 4);
  candidate = array(terms, sizeof(*candidate));
  for (int rank = 0; rank < terms; rank++) {
    int touches = 0;
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
      float x = list_impact[i];
      for (int64_t j = row_start[list_document[i]]; row_rank[j] < rank; j++) {
        Moments *m = moments + row_rank[j];
        float y = row_impact[j];
        if (m->count++ == 0) touched[touches++] = row_rank[j];
        m->x += x, m->xx += x * x, m->y += y, m->yy += y * y, m->xy += x * y;
      }
    }
    double best[2 * CANDIDATES] = {0}, alone = choice_bits(frequency[rank], documents);
    for (int k = 0; k < 2 * CANDIDATES; k++) candidate[rank][k] = -1;
    for (int i = 0; i < touches; i++) {
      int parent = touched[i];
      Moments m = moments[parent];
      double n = m.count, of_presence = alone - choice_bits(n, frequency[parent])
        - choice_bits(frequency[rank] - n, documents - frequency[parent]), of_impacts = 0;
      if (n * documents < (double)frequency[rank] * frequency[parent]) of_presence /= 2;
      if (n >= 8) {
        double xx = m.xx - m.x * m.x / n + 2 * n, yy = m.yy - m.y * m.y / n + 2 * n, xy = m.xy - m.x * m.y / n;
        double unexplained = (1 - fmin(.999, xy * xy / (xx * yy))) * (n - 1) / (n - 2);
        of_impacts = fmax(0, -n / 2 * log2(fmin(1, unexplained)));
      }
      for (int by = 0; by < 2; by++) {
        double key = of_presence + by * of_impacts, *keys = best + by * CANDIDATES;
        int *ranks = candidate[rank] + by * CANDIDATES, at = CANDIDATES - 1;
        if (key <= keys[at]) continue;
        for (; at > 0 && keys[at - 1] < key; at--) keys[at] = keys[at - 1], ranks[at] = ranks[at - 1];
        keys[at] = key, ranks[at] = parent;
      }
      moments[parent] = (Moments){0};
    }
  }
  free(moments), free(touched);
}

static int common_documents(int a, int b) {
  int64_t i = list_start[a], j = list_start[b];
  int common = 0;
  while (i < list_start[a + 1] && j < list_start[b + 1]) {
    int x = list_document[i], y = list_document[j];
    common += x == y, i += x <= y, j += y <= x;
  }
  return common;
}
/// What the decoder is told of the documents that a list shares with its parent: their share of the parent's list in
/// ten steps of two thirds of an octave, and of its own in four.
static int strength_of(int common, int rank, int parent) {
  int of_parent = clamp((int)(-1.5 * log2((double)common / frequency[parent])), 10);
  return of_parent * 4 + clamp((int)(-1.2 * log2((double)common / frequency[rank])), 4);
}
/// The lift of a document's odds if the parent has it, out of the strength alone.
static float lift_of(int strength, int rank, int parent) {
  double common = strength / 4 < 9 ? frequency[parent] * exp2(-(strength / 4 + .5) / 1.5)
                                   : frequency[rank] * exp2(-(strength % 4 + .5) / 1.2);
  return log((fmin(common, frequency[rank]) + .3) / (frequency[parent] + 1.) * documents / (frequency[rank] + 1.));
}

/// Bits gained where `ones` were expected to be `expected`.
static double surprise(double ones, double expected) {
  if (expected <= 0) return 0;
  return (ones > 0 ? ones * log2(ones / expected) : 0) - (ones - expected) * M_LOG2E;
}

/// Chooses up to two parents of each list: that whose states (absent, four quartiles of impact) gain most bits over
/// probabilities from gaps alone, if that pays for naming it; then another over what the first leaves.
static void choose_parents(void) {
  typedef struct { uint32_t seen, ones; } Count;
  Count *table = array(DENSITIES * GAPS * SHORT_GAPS, sizeof(Count));
  float *expected = array(documents, 4);
  uint8_t *present = array(documents, 1);
  chosen = array(terms, sizeof(*chosen)), strength = array(terms, sizeof(*strength));
  for (int pass = 0; pass < 2; pass++)
    for (int rank = 0; rank < terms; rank++) {
      int64_t start = list_start[rank], end = list_start[rank + 1], next = start;
      int last = list_document[end - 1], previous = -1, gap_before = 0, density = density_bucket(frequency[rank]);
      if (pass) chosen[rank][0] = chosen[rank][1] = -1;
      if (pass && frequency[rank] < 3) continue;
      double sum = 0;
      for (int document = 0; document <= last; document++) {
        int gap = gap_bucket(document - previous);
        Count *c = table + (density * GAPS + gap) * SHORT_GAPS + short_gap_bucket(gap_before);
        int bit = list_document[next] == document;
        if (pass) sum += expected[document] = (c->ones + .02f) / (c->seen + 1.2f), present[document] = bit;
        else c->seen++, c->ones += bit;
        if (bit) gap_before = previous < 0 ? 0 : document - previous, previous = document, next++;
      }
      if (!pass) continue;
      double without = surprise(frequency[rank], sum);
      for (int which = 0; which < PARENTS; which++) {
        double best = log2(rank + 2) * .8 + PARENT_BITS, factor[STATES] = {0};
        int parent = -1;
        for (int k = 0; k < 2 * CANDIDATES; k++) {
          int p = candidate[rank][k];
          if (p < 0 || (which && p == chosen[rank][0])) continue;
          double ones[STATES] = {0}, sums[STATES] = {0}, gain = -without;
          for (int64_t i = list_start[p]; i < list_start[p + 1] && list_document[i] <= last; i++) {
            ones[list_quartile[i]] += present[list_document[i]];
            sums[list_quartile[i]] += expected[list_document[i]];
          }
          ones[0] = frequency[rank] - (ones[1] + ones[2] + ones[3] + ones[4]);
          sums[0] = fmax(1e-3, sum - (sums[1] + sums[2] + sums[3] + sums[4]));
          if (ones[0] == frequency[rank]) continue;
          for (int state = 0; state < STATES; state++) gain += surprise(ones[state], sums[state]);
          if (gain <= best) continue;
          best = gain, parent = p;
          for (int state = 0; state < STATES; state++) factor[state] = (ones[state] + .2) / (sums[state] + .2);
        }
        if (parent < 0) break;
        chosen[rank][which] = parent;
        strength[rank][which] = strength_of(common_documents(rank, parent), rank, parent);
        for (int document = 0; document <= last; document++) expected[document] *= factor[0];
        for (int64_t i = list_start[parent]; i < list_start[parent + 1] && list_document[i] <= last; i++)
          expected[list_document[i]] *= factor[list_quartile[i]] / factor[0];
        sum = without = 0;
        for (int document = 0; document <= last; document++) sum += expected[document];
        without = surprise(frequency[rank], sum);
      }
    }
  free(table), free(expected), free(present);
}

// MARK: What stages of embeddings say of documents

static int stages, stage_start[STAGES];  // the stage is of ranks from here on, made of the lists before
static float *embedding;                 // (stages, documents, 48)
static int *neighbour;                   // (stages, documents, 16) documents before this one, nearest first, or -1
static float *similarity;                // (stages, documents, 16) cosines

static void load_embeddings(const char *path) {
  FILE *file = open_file(path);
  int32_t count;
  read_exactly(file, &count, 4, 1);
  stages = count < STAGES ? count : STAGES - 1;
  read_exactly(file, stage_start, 4, stages);
  embedding = array((size_t)stages * documents * DIMENSIONS, 4);
  neighbour = array((size_t)stages * documents * NEIGHBOURS, 4);
  similarity = array((size_t)stages * documents * NEIGHBOURS, 4);
  for (size_t stage = 0; stage < (size_t)stages; stage++) {
    read_exactly(file, embedding + stage * documents * DIMENSIONS, 4, (size_t)documents * DIMENSIONS);
    read_exactly(file, neighbour + stage * documents * NEIGHBOURS, 4, (size_t)documents * NEIGHBOURS);
    read_exactly(file, similarity + stage * documents * NEIGHBOURS, 4, (size_t)documents * NEIGHBOURS);
  }
  fclose(file);
}

// MARK: The model

typedef struct { const char *name; int parents, use_document, use_embedding; } Contexts;

/// What the two models below share while one list is coded.
typedef struct {
  int rank, class, density, parents, use_document, stage;  // stage -1: no embedding
  const float *embedding, *similarity;       // of the stage
  const int *neighbour;
  float lift[PARENTS];
} List;

static uint8_t (*parent_state)[PARENTS];  // (documents, 2) 0 absent, or the quartile
static float (*parent_impact)[PARENTS];   // (documents, 2) impact less the list's mean, / 64
static float *log_odds;                   // (documents) of presence, as it was coded
static uint8_t *present;                  // (documents) so far in this list; 64 zeros before
static int *impact_at;                    // (documents) so far in this list
static int *seen;                         // (documents) lists of smaller rank with this document
static double seen_in_all;
static float *residual;                   // (documents) sum over them of impact less the mean of the term's class

static inline float seen_ratio(int document) {
  return log2f((seen[document] + 1) / (float)(seen_in_all / documents + 1));
}

// Inputs of presence. `base` is the bucket of the probability that gaps alone give.
enum {
  BY_GAP,                // density, gap so far, the gap before
  BY_TWO_GAPS,           // and the one before that
  BY_WINDOWS,            // density, gap, postings in the last 4 and in 28 before them
  BY_PARENT,             // base, strength, state of the parent; one for each parent
  BY_PARENTS = BY_PARENT + PARENTS,  // base, sum of the lifts of parents that have the document
  BY_SEEN,               // base, how many lists had the document so far, of the average
  BY_SIMILARITY,         // density, similar documents in the list, postings so far
  BY_NEAREST,            // base, similarity of the nearest, whether it and the next are in the list, window
  BY_SIMILARITY_BASE,    // base, similar documents in the list, postings so far
  BY_CENTROID,           // cosine with the list's documents so far, how many, density
  BY_REGRESSION,         // density, logistic regression of this list's presence on the embedding
  PRESENCE_TABLES, PRESENCE_ONE = PRESENCE_TABLES, PRESENCE_REGRESSION, PRESENCE_INPUTS
};
typedef struct { Cell *table[PRESENCE_TABLES]; Mixer *by_density, *by_base; } PresenceModel;

static PresenceModel new_presence(void) {
  static const int sizes[PRESENCE_TABLES] = {
    [BY_GAP] = DENSITIES * GAPS * SHORT_GAPS, [BY_TWO_GAPS] = DENSITIES * GAPS * SHORT_GAPS * SHORT_GAPS,
    [BY_WINDOWS] = DENSITIES * 5 * 9 * SHORT_GAPS, [BY_PARENT] = PROBABILITIES * STRENGTHS * STATES,
    [BY_PARENT + 1] = PROBABILITIES * STRENGTHS * STATES, [BY_PARENTS] = PROBABILITIES * 40,
    [BY_SEEN] = PROBABILITIES * 16, [BY_SIMILARITY] = DENSITIES * 40 * COUNTS, [BY_NEAREST] = PROBABILITIES * 9 * 3 * 4,
    [BY_SIMILARITY_BASE] = PROBABILITIES * 40 * 3, [BY_CENTROID] = 40 * 8 * 15, [BY_REGRESSION] = DENSITIES * 40 };
  PresenceModel model;
  int densities = (PARENTS + 1) * DENSITIES * COUNTS, bases = PROBABILITIES * (STAGES + 1) * (PARENTS + 1);
  for (int i = 0; i < PRESENCE_TABLES; i++) model.table[i] = cells(sizes[i], .005);
  model.by_density = array(densities, sizeof(Mixer)), model.by_base = array(bases, sizeof(Mixer));
  for (int i = 0; i < PRESENCE_INPUTS; i++) {
    float weight = i < BY_WINDOWS ? .25f : i < BY_SEEN ? .1f : .06f;
    for (int j = 0; j < densities; j++) model.by_density[j].weight[i] = weight;
    for (int j = 0; j < bases; j++) model.by_base[j].weight[i] = weight;
  }
  return model;
}

/// Bits of a list's documents.
static double presence_bits(PresenceModel *model, const List *list) {
  int64_t next = list_start[list->rank], end = list_start[list->rank + 1];
  int last = list_document[end - 1], previous = -1, gap_1 = 0, gap_2 = 0, count = 0, in_4 = 0, in_28 = 0;
  float centroid[DIMENSIONS] = {0}, regression[DIMENSIONS] = {0};
  double bits = 0;
  memset(present - 64, 0, documents + 64);
  for (int document = 0; document <= last; document++) {
    int gap = document - previous, gap_b = gap_bucket(gap), short_1 = short_gap_bucket(gap_1);
    // windows: documents -1 to -4, and -5 to -32
    in_4 -= present[document - 5], in_28 += present[document - 5] - present[document - 33];
    int window = in_28 > 8 ? 8 : in_28;
    Cell *cell[PRESENCE_TABLES] = {0};
#define AT(table_name, index) cell[table_name] = model->table[table_name] + (index)
    AT(BY_GAP, (list->density * GAPS + gap_b) * SHORT_GAPS + short_1);
    AT(BY_TWO_GAPS, ((list->density * GAPS + gap_b) * SHORT_GAPS + short_1) * SHORT_GAPS + short_gap_bucket(gap_2));
    AT(BY_WINDOWS, ((list->density * 5 + in_4) * 9 + window) * SHORT_GAPS + short_gap_bucket(gap));
    float from_gaps = (stretched(cell[BY_GAP]) + stretched(cell[BY_TWO_GAPS])) / 2, lifts = 0, predicted = 0;
    int base = probability_bucket(from_gaps);
    for (int k = 0; k < list->parents; k++) {
      int state = parent_state[document][k];
      AT(BY_PARENT + k, (base * STRENGTHS + strength[list->rank][k]) * STATES + state);
      if (state) lifts += list->lift[k];
    }
    if (list->parents) AT(BY_PARENTS, base * 40 + around(lifts, 1.5f, 40));
    if (list->use_document) AT(BY_SEEN, base * 16 + around(seen_ratio(document), 3, 16));
    const float *e = NULL;
    if (list->stage >= 0) {
      e = list->embedding + (size_t)document * DIMENSIONS;
      const int *near = list->neighbour + (size_t)document * NEIGHBOURS;
      const float *cosine = list->similarity + (size_t)document * NEIGHBOURS;
      float similar = 0, dot = 0, norm = 0;
      for (int k = 0; k < NEIGHBOURS; k++) if (near[k] >= 0 && present[near[k]]) similar += cosine[k] * cosine[k];
      int first = near[0] >= 0 && present[near[0]], second = near[1] >= 0 && present[near[1]];
      int closeness = clamp((int)(cosine[0] * 9), 9), similar_b = around(similar, 5, 40);
      AT(BY_SIMILARITY, (list->density * 40 + similar_b) * COUNTS + count_bucket(count));
      AT(BY_NEAREST, ((base * 9 + closeness) * 3 + (window > 2 ? 2 : window)) * 4 + first * 2 + second);
      AT(BY_SIMILARITY_BASE, (base * 40 + similar_b) * 3 + BUCKET(count, 0, 7));
      for (int k = 0; k < DIMENSIONS; k++) {
        dot += e[k] * centroid[k], norm += centroid[k] * centroid[k], predicted += regression[k] * e[k];
      }
      float direction = count ? dot / sqrtf(norm + 1e-6f) : 0;
      AT(BY_CENTROID, (around(direction, 8, 40) * 8 + BUCKET(count, 0, 1, 3, 9, 29, 99, 399)) * 15 + list->density / 2);
      AT(BY_REGRESSION, list->density * 40 + around(predicted, 3, 40));
    }
#undef AT
    float input[INPUTS] = {[PRESENCE_ONE] = .3f, [PRESENCE_REGRESSION] = predicted}, votes[2];
    for (int i = 0; i < PRESENCE_TABLES; i++) if (cell[i]) input[i] = stretched(cell[i]);
    Mixer *a = model->by_density + (list->parents * DENSITIES + list->density) * COUNTS + count_bucket(count);
    Mixer *b = model->by_base + (base * (STAGES + 1) + list->stage + 1) * (PARENTS + 1) + list->parents;
    log_odds[document] = mix(a, b, input, 12, votes);
    float p = clampf(squash(log_odds[document]), 1e-6f, 1 - 1e-6f);

    int bit = list_document[next] == document;
    bits -= log2f(bit ? p : 1 - p);

    learn_mix(a, b, input, votes, bit, .004f);
    for (int i = 0; i < PRESENCE_TABLES; i++) if (cell[i]) learn(cell[i], bit, 1000);
    if (e) {
      float error = (bit - squash(from_gaps * .7f + predicted)) * (bit ? 1.2f : .6f);
      for (int k = 0; k < DIMENSIONS; k++) regression[k] += error * e[k], centroid[k] += bit ? e[k] : 0;
    }
    if (bit) gap_2 = gap_1, gap_1 = previous < 0 ? 0 : gap, previous = document, count++, next++;
    present[document] = bit, in_4 += bit;
  }
  return bits;
}

// Inputs of each of an impact's 8 bits: tables by context and the bits above, and two logistic distributions.
enum {
  I_CLASS,      // class
  I_PREVIOUS,   // class, impact before, gap before
  I_LIST,       // this list alone
  I_TWO,        // class, mean of the two impacts before
  I_NEIGHBOUR,  // impact and similarity of the nearest neighbour in the list
  I_PARENT,     // class, impact of the first parent
  I_RESIDUAL,   // class, mean residual of the document so far
  I_SEEN,       // class, how many lists had the document so far, of the average
  I_MEAN,       // predicted mean and deviation
  I_PLAIN,      // predicted mean without embedding and parents
  I_PRESENCE,   // class, log odds that the document had of being here
  I_GAPS,       // class, gaps before and behind
  IMPACT_TABLES, IMPACT_LOGISTIC = IMPACT_TABLES, IMPACT_LOGISTIC_PLAIN, IMPACT_ONE, IMPACT_INPUTS
};
// Features of a linear regression of impacts over the running mean, over all lists so far.
enum { F_NEIGHBOURS, F_NEAR, F_FAR, F_DOCUMENT, F_PRESENCE, F_ONE, FEATURES };
enum { VARIABLES = DIMENSIONS + PARENTS };
typedef struct {
  Cell *table[IMPACT_TABLES];
  Mixer *by_class, *by_stage;
  double moments[FEATURES][FEATURES], products[FEATURES];
  float weight[FEATURES];
} ImpactModel;

static ImpactModel new_impacts(void) {
  static const int sizes[IMPACT_TABLES] = {
    [I_CLASS] = CLASSES, [I_PREVIOUS] = CLASSES * 9 * 4, [I_LIST] = 1, [I_TWO] = CLASSES * 17, [I_NEIGHBOUR] = 33 * 5,
    [I_PARENT] = CLASSES * 17, [I_RESIDUAL] = CLASSES * 17, [I_SEEN] = CLASSES * 9, [I_MEAN] = 64 * 6, [I_PLAIN] = 64,
    [I_PRESENCE] = CLASSES * 17, [I_GAPS] = CLASSES * 25 };
  ImpactModel model = {0};
  for (int i = 0; i < IMPACT_TABLES; i++) model.table[i] = cells((size_t)sizes[i] * 256, .5);
  for (int i = 0; i < FEATURES; i++) model.moments[i][i] = 100;
  model.by_class = array(8 * CLASSES, sizeof(Mixer)), model.by_stage = array(8 * (STAGES + 1), sizeof(Mixer));
  for (int i = 0; i < IMPACT_INPUTS; i++) {
    for (int j = 0; j < 8 * CLASSES; j++) model.by_class[j].weight[i] = .12f;
    for (int j = 0; j < 8 * (STAGES + 1); j++) model.by_stage[j].weight[i] = .12f;
  }
  return model;
}

/// Logit that the next bit is 1, of a logistic distribution; `node` holds the bits above `bit` under a leading 1.
static float logistic_input(int node, int bit, float mean, float scale) {
  float low = ((node << (bit + 1)) & 255) - .5f, middle = low + (1 << bit), high = low + (2 << bit);
  float at_low = squash((low - mean) / scale), at_middle = squash((middle - mean) / scale);
  float at_high = squash((high - mean) / scale);
  float p = (at_high - at_middle + 1e-5f) / (at_high - at_low + 2e-5f);
  return logf(p / (1 - p));
}

/// Weights of the regression over all lists, by elimination.
static void solve(ImpactModel *model) {
  double m[FEATURES][FEATURES + 1];
  for (int i = 0; i < FEATURES; i++) {
    memcpy(m[i], model->moments[i], sizeof model->moments[i]);
    m[i][FEATURES] = model->products[i];
  }
  for (int i = 0; i < FEATURES; i++)
    for (int j = 0; j < FEATURES; j++) {
      if (j == i) continue;
      double factor = m[j][i] / m[i][i];
      for (int k = i; k <= FEATURES; k++) m[j][k] -= factor * m[i][k];
    }
  for (int i = 0; i < FEATURES; i++) model->weight[i] = m[i][FEATURES] / m[i][i];
}

/// Bits of a list's impacts.
static double impact_bits(ImpactModel *model, const List *list) {
  static float covariance[VARIABLES][VARIABLES];  // of this list's regression, recursive least squares
  int dimensions = list->stage >= 0 ? DIMENSIONS : 0, variables = dimensions + list->parents, class = list->class;
  float slope[VARIABLES] = {0};
  for (int i = 0; i < variables; i++)
    for (int j = 0; j < variables; j++) covariance[i][j] = i != j ? 0 : i < dimensions ? 2 : .05f;
  for (int i = 0; i < 256; i++) model->table[I_LIST][i] = (Cell){ONE / 2, 0};
  memset(present, 0, documents);
  int64_t start = list_start[list->rank], end = list_start[list->rank + 1];
  double bits = 0, squares = 4 * 28 * 28., squares_count = 4;
  float sum = class_mean[class] * 4, count = 4;
  int impact_1 = -1, impact_2 = -1, previous = -1;

  for (int64_t i = start; i < end; i++) {
    int document = list_document[i], impact = list_impact[i];
    int gap = previous < 0 ? 1000 : document - previous;
    int gap_behind = i + 1 < end ? list_document[i + 1] - document : 1000;
    float running = sum / count, near_sum = 0, near_weight = 0, nearest_similarity = 0;
    int nearest_impact = -1;
    if (list->stage >= 0) {
      const int *near = list->neighbour + (size_t)document * NEIGHBOURS;
      const float *cosine = list->similarity + (size_t)document * NEIGHBOURS;
      for (int k = 0; k < NEIGHBOURS; k++) {
        if (near[k] < 0 || !present[near[k]]) continue;
        float weight = cosine[k] * cosine[k] * cosine[k] * cosine[k];
        near_sum += weight * (impact_at[near[k]] - running), near_weight += weight;
        if (nearest_impact < 0) nearest_impact = impact_at[near[k]], nearest_similarity = cosine[k];
      }
    }
    float of_document = list->use_document ? residual[document] / (seen[document] + 3) : 0;
    float feature[FEATURES] = {
      [F_NEIGHBOURS] = near_weight > 0 ? near_sum / (near_weight + .3f) / 32 : 0,
      [F_NEAR] = impact_1 >= 0 && gap <= 4 ? (impact_1 - running) / 32 : 0,
      [F_FAR] = impact_1 >= 0 && gap > 4 ? (impact_1 - running) / 32 : 0,
      [F_DOCUMENT] = of_document / 32, [F_PRESENCE] = log_odds[document] / 4, [F_ONE] = 1 };
    float plain = running, variable[VARIABLES], gain[VARIABLES], adjustment = 0, spread = 1;
    for (int k = 0; k < FEATURES; k++) plain += model->weight[k] * feature[k];
    for (int k = 0; k < dimensions; k++) variable[k] = list->embedding[(size_t)document * DIMENSIONS + k];
    for (int k = 0; k < list->parents; k++) variable[dimensions + k] = parent_impact[document][k];
    for (int j = 0; j < variables; j++) {
      gain[j] = 0;
      for (int k = 0; k < variables; k++) gain[j] += covariance[j][k] * variable[k];
      adjustment += slope[j] * variable[j], spread += gain[j] * variable[j];
    }
    float unclamped = plain + adjustment * 28, predicted = clampf(unclamped, 1, 255);
    plain = clampf(plain, 1, 255);
    float deviation = sqrt(squares / squares_count * spread), plain_deviation = sqrt(squares / squares_count);

    Cell *table[IMPACT_TABLES] = {0};
#define AT(table_name, index) table[table_name] = model->table[table_name] + (size_t)(index) * 256
    AT(I_CLASS, class);
    AT(I_PREVIOUS, (class * 9 + (impact_1 < 0 ? 8 : impact_1 >> 5)) * 4 + BUCKET(gap, 2, 8, 64));
    AT(I_LIST, 0);
    AT(I_TWO, class * 17 + (impact_2 < 0 ? 16 : (impact_1 + impact_2) >> 5));
    AT(I_PLAIN, (int)plain >> 2);
    AT(I_MEAN, ((int)predicted >> 2) * 6 + BUCKET((int)deviation, 13, 19, 25, 31, 39));
    AT(I_PRESENCE, class * 17 + around(log_odds[document] + 3, 1.3f, 17));
    AT(I_GAPS, class * 25 + BUCKET(gap, 1, 3, 10, 60) * 5 + BUCKET(gap_behind, 1, 3, 10, 60));
    if (list->stage >= 0)
      AT(I_NEIGHBOUR, (nearest_impact < 0 ? 32 : nearest_impact >> 3) * 5
        + BUCKET((int)(nearest_similarity * 100), 49, 69, 84, 94));
    if (list->parents)
      AT(I_PARENT, class * 17 + (parent_state[document][0] ? around(parent_impact[document][0], 5, 16) : 16));
    if (list->use_document) {
      AT(I_RESIDUAL, class * 17 + around(of_document, .35f, 16));
      AT(I_SEEN, class * 9 + around(seen_ratio(document), 3, 9));
    }
#undef AT
    for (int bit = 7, node = 1; bit >= 0; bit--) {
      int value = (impact >> bit) & 1;
      float input[INPUTS] = {[IMPACT_ONE] = .2f}, votes[2];
      for (int k = 0; k < IMPACT_TABLES; k++) if (table[k]) input[k] = stretched(table[k] + node);
      input[IMPACT_LOGISTIC] = logistic_input(node, bit, predicted, deviation * .53f);
      input[IMPACT_LOGISTIC_PLAIN] = logistic_input(node, bit, plain, plain_deviation * .53f);
      Mixer *a = model->by_class + (7 - bit) * CLASSES + class;
      Mixer *b = model->by_stage + (7 - bit) * (STAGES + 1) + list->stage + 1;
      float p = squash(mix(a, b, input, 9, votes));
      bits -= log2f(value ? p : 1 - p);
      learn_mix(a, b, input, votes, value, .0025f);
      for (int k = 0; k < IMPACT_TABLES; k++) if (table[k]) learn(table[k] + node, value, k == I_LIST ? 250 : 1000);
      node = node * 2 + value;
    }

    float error = impact - predicted, slope_error = (impact - unclamped) / 28, over_running = impact - running;
    squares += error * error / spread, squares_count++;
    for (int j = 0; j < variables; j++) {
      slope[j] += gain[j] / spread * slope_error;
      for (int k = 0; k < variables; k++) covariance[j][k] -= gain[j] / spread * gain[k];
    }
    for (int j = 0; j < FEATURES; j++) {
      model->products[j] += feature[j] * over_running;
      for (int k = 0; k < FEATURES; k++) model->moments[j][k] += feature[j] * feature[k];
    }
    sum += impact, count++;
    impact_2 = impact_1, impact_1 = impact, previous = document, present[document] = 1, impact_at[document] = impact;
  }
  solve(model);
  return bits;
}

/// Bits of a term's class, and of its parents, in number, name and strength; each from the terms before it.
typedef struct {
  double class_counts[DENSITIES][CLASSES], parents[DENSITIES][PARENTS + 1], strengths[PARENTS][STRENGTHS];
  double *named, names;  // (terms) as a parent, so far; their sum
} Sides;

static double side_bits(Sides *sides, int rank, int density, int parents) {
  double bits = adaptive_bits(sides->class_counts[density], CLASSES, class_of[rank]);
  bits += adaptive_bits(sides->parents[density], PARENTS + 1, parents);
  for (int k = 0; k < parents; k++) {
    int parent = chosen[rank][k];
    bits -= log2((sides->named[parent] + .3) / (sides->names + .3 * rank));
    sides->named[parent]++, sides->names++;
    bits += adaptive_bits(sides->strengths[k], STRENGTHS, strength[rank][k]);
  }
  return bits;
}

static void measure(Contexts contexts, int step) {
  PresenceModel presence = new_presence();
  ImpactModel impacts = new_impacts();
  Sides sides = {.named = array(terms, 8)};
  memset(seen, 0, 4 * (size_t)documents), memset(residual, 0, 4 * (size_t)documents);
  seen_in_all = 0;
  double presence_sum = 0, impact_sum = 0, side_sum = 0;
  int64_t counted = 0;
  for (int rank = 0; rank < terms; rank++) {
    List list = {.rank = rank, .class = class_of[rank], .density = density_bucket(frequency[rank]), .stage = -1,
                 .use_document = contexts.use_document};
    while (list.parents < contexts.parents && chosen[rank][list.parents] >= 0) list.parents++;
    int target = rank % step == (rank / step) % step;
    double side = side_bits(&sides, rank, list.density, list.parents);
    if (target) {
      for (int k = 0; contexts.use_embedding && k < stages; k++) if (rank >= stage_start[k]) list.stage = k;
      if (list.stage >= 0) {
        list.embedding = embedding + (size_t)list.stage * documents * DIMENSIONS;
        list.neighbour = neighbour + (size_t)list.stage * documents * NEIGHBOURS;
        list.similarity = similarity + (size_t)list.stage * documents * NEIGHBOURS;
      }
      memset(parent_state, 0, sizeof(*parent_state) * documents);
      memset(parent_impact, 0, sizeof(*parent_impact) * documents);
      for (int k = 0; k < list.parents; k++) {
        int parent = chosen[rank][k];
        list.lift[k] = lift_of(strength[rank][k], rank, parent);
        for (int64_t i = list_start[parent]; i < list_start[parent + 1]; i++) {
          parent_state[list_document[i]][k] = list_quartile[i];
          parent_impact[list_document[i]][k] = (list_impact[i] - mean[parent]) / 64;
        }
      }
      presence_sum += presence_bits(&presence, &list);
      impact_sum += impact_bits(&impacts, &list);
      side_sum += side, counted += frequency[rank];
    }
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
      residual[list_document[i]] += list_impact[i] - class_mean[class_of[rank]];
      seen[list_document[i]]++;
    }
    seen_in_all += frequency[rank];
  }
  printf("{\"contexts\": \"%s\", \"presence\": %.4f, \"impacts\": %.4f, \"sides\": %.4f, \"counted\": %lld}\n",
         contexts.name, presence_sum / counted, impact_sum / counted, side_sum / counted, (long long)counted);
  fflush(stdout);
  for (int i = 0; i < PRESENCE_TABLES; i++) free(presence.table[i]);
  for (int i = 0; i < IMPACT_TABLES; i++) free(impacts.table[i]);
  free(presence.by_density), free(presence.by_base), free(impacts.by_class), free(impacts.by_stage), free(sides.named);
}

int main(int count, char **arguments) {
  int step = count == 4 ? atoi(arguments[3]) : 0;
  if (step < 1) { fprintf(stderr, "usage: posting_limit FILE.csr EMBEDDINGS STEP\n"); return 2; }
  load(arguments[1]);
  load_embeddings(arguments[2]);
  make_tables();
  classify();
  find_candidates();
  choose_parents();
  parent_state = array(documents, sizeof(*parent_state)), parent_impact = array(documents, sizeof(*parent_impact));
  log_odds = array(documents, 4), present = (uint8_t *)array(documents + 64, 1) + 64, impact_at = array(documents, 4);
  seen = array(documents, 4), residual = array(documents, 4);
  static const Contexts rows[] = {
    {"history and class", 0, 0, 0}, {"+ document", 0, 1, 0}, {"+ 1 parent", 1, 1, 0}, {"+ 2 parents", 2, 1, 0},
    {"everything", 2, 1, 1} };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) measure(rows[i], step);
}
