#include "parents.h"

#include <math.h>

#include "buckets.h"
#include "input.h"
#include "lists.h"

enum { PARENT_BITS = 12 };  // a parent must gain these and most of its name; 8: .01 bits a posting worse

int (*chosen)[PARENTS];
int (*strength)[PARENTS];

// MARK: Strength

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

float lift_of(int strength, int rank, int parent) {
  double common = strength / 4 < 9 ? frequency[parent] * exp2(-(strength / 4 + .5) / 1.5)
                                   : frequency[rank] * exp2(-(strength % 4 + .5) / 1.2);
  return log((fmin(common, frequency[rank]) + .3) / (frequency[parent] + 1.) * documents / (frequency[rank] + 1.));
}

// MARK: Presence by gaps alone

typedef struct { uint32_t seen, ones; } Count;

/// A walk along a list, document by document, with the gaps that lead to each.
typedef struct { int density, previous, gap_before; int64_t next; } Walk;

static Walk walk_along(int rank) { return (Walk){density_bucket(frequency[rank]), -1, 0, list_start[rank]}; }

/// The count that a document of this density and these gaps goes to; of (densities, gaps, short gaps).
static inline Count *count_of(Count *table, const Walk *walk, int document) {
  int gap = gap_bucket(document - walk->previous);
  return table + (walk->density * GAPS + gap) * SHORT_GAPS + short_gap_bucket(walk->gap_before);
}

/// Past a document: is it in the list?
static inline int pass(Walk *walk, int document) {
  if (list_document[walk->next] != document) return 0;
  walk->gap_before = walk->previous < 0 ? 0 : document - walk->previous;
  walk->previous = document, walk->next++;
  return 1;
}

static void count_gaps(Count *table, int rank) {
  Walk walk = walk_along(rank);
  for (int document = 0; document <= list_document[list_start[rank + 1] - 1]; document++) {
    Count *c = count_of(table, &walk, document);
    c->seen++, c->ones += pass(&walk, document);
  }
}

// MARK: Choice

/// A list, as far as its last document, under the probabilities of gaps and of the parents chosen so far.
typedef struct {
  int rank, last;
  float *expected;   // (documents)
  uint8_t *present;  // (documents)
  double sum;        // of the expected
  double gained;     // bits, by one factor on all that is expected: a parent, with five, has to gain more
} Expectation;

/// Bits gained where `ones` were expected to be `expected`.
static double surprise(double ones, double expected) {
  if (expected <= 0) return 0;
  return (ones > 0 ? ones * log2(ones / expected) : 0) - (ones - expected) * M_LOG2E;
}

static void expect_by_gaps(Expectation *list, Count *table) {
  Walk walk = walk_along(list->rank);
  double sum = 0;
  for (int document = 0; document <= list->last; document++) {
    Count *c = count_of(table, &walk, document);
    sum += list->expected[document] = (c->ones + .02f) / (c->seen + 1.2f);
    list->present[document] = pass(&walk, document);
  }
  list->sum = sum, list->gained = surprise(frequency[list->rank], sum);
}

/// Bits gained if each state of a parent had its own probability, and the factors that it would put on `expected`.
/// None if the lists share no document.
static double parent_gain(const Expectation *list, int parent, double factor[STATES]) {
  double ones[STATES] = {0}, sums[STATES] = {0}, gain = -list->gained;
  for (int64_t i = list_start[parent]; i < list_start[parent + 1] && list_document[i] <= list->last; i++) {
    ones[list_quartile[i]] += list->present[list_document[i]];
    sums[list_quartile[i]] += list->expected[list_document[i]];
  }
  ones[0] = frequency[list->rank] - (ones[1] + ones[2] + ones[3] + ones[4]);
  sums[0] = fmax(1e-3, list->sum - (sums[1] + sums[2] + sums[3] + sums[4]));
  if (ones[0] == frequency[list->rank]) return 0;
  for (int state = 0; state < STATES; state++) {
    gain += surprise(ones[state], sums[state]);
    factor[state] = (ones[state] + .2) / (sums[state] + .2);
  }
  return gain;
}

/// The best parent besides the one chosen, or -1 if none pays for itself.
static int best_parent(const Expectation *list, double best_factor[STATES]) {
  double best = log2(list->rank + 2) * .8 + PARENT_BITS;
  int parent = -1;
  for (int k = 0; k < 2 * CANDIDATES; k++) {
    int p = candidate[list->rank][k];
    if (p < 0 || p == chosen[list->rank][0]) continue;
    double factor[STATES], gain = parent_gain(list, p, factor);
    if (gain <= best) continue;
    best = gain, parent = p;
    for (int state = 0; state < STATES; state++) best_factor[state] = factor[state];
  }
  return parent;
}

static void expect_by_parent(Expectation *list, int parent, const double factor[STATES]) {
  float *expected = list->expected;
  for (int document = 0; document <= list->last; document++) expected[document] *= factor[0];
  for (int64_t i = list_start[parent]; i < list_start[parent + 1] && list_document[i] <= list->last; i++)
    expected[list_document[i]] *= factor[list_quartile[i]] / factor[0];
  double sum = 0;
  for (int document = 0; document <= list->last; document++) sum += expected[document];
  list->sum = sum, list->gained = surprise(frequency[list->rank], sum);
}

void choose_parents(void) {
  Count *table = array(DENSITIES * GAPS * SHORT_GAPS, sizeof(Count));
  Expectation list = {.expected = array(documents, 4), .present = array(documents, 1)};
  chosen = array(terms, sizeof(*chosen)), strength = array(terms, sizeof(*strength));
  for (int rank = 0; rank < terms; rank++) count_gaps(table, rank);
  for (int rank = 0; rank < terms; rank++) {
    for (int which = 0; which < PARENTS; which++) chosen[rank][which] = -1;
    if (frequency[rank] < 3) continue;
    list.rank = rank, list.last = list_document[list_start[rank + 1] - 1];
    expect_by_gaps(&list, table);
    for (int which = 0; which < PARENTS; which++) {
      double factor[STATES];
      int parent = best_parent(&list, factor);
      if (parent < 0) break;
      chosen[rank][which] = parent;
      strength[rank][which] = strength_of(common_documents(rank, parent), rank, parent);
      expect_by_parent(&list, parent, factor);
    }
  }
  free(table), free(list.expected), free(list.present);
}
