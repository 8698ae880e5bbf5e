#include "impacts.h"

#include <string.h>

#include "buckets.h"
#include "impact_regression.h"
#include "input.h"
#include "mixer.h"

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
  I_MEAN,       // expected mean and deviation
  I_PLAIN,      // expected mean without embedding and parents
  I_PRESENCE,   // class, log odds that the document had of being here
  I_GAPS,       // class, gaps before and behind
  IMPACT_TABLES, IMPACT_LOGISTIC = IMPACT_TABLES, IMPACT_LOGISTIC_PLAIN, IMPACT_ONE, IMPACT_INPUTS
};

struct ImpactModel {
  Cell *table[IMPACT_TABLES];  // (contexts, 256) each; of the 256, the node is the bits above under a leading 1
  Mixer *by_class, *by_stage;  // (8, classes), (8, stages and none)
  SharedRegression regression;
};

ImpactModel *new_impacts(void) {
  static const int sizes[IMPACT_TABLES] = {
    [I_CLASS] = CLASSES, [I_PREVIOUS] = CLASSES * 9 * 4, [I_LIST] = 1, [I_TWO] = CLASSES * 17, [I_NEIGHBOUR] = 33 * 5,
    [I_PARENT] = CLASSES * 17, [I_RESIDUAL] = CLASSES * 17, [I_SEEN] = CLASSES * 9, [I_MEAN] = 64 * 6, [I_PLAIN] = 64,
    [I_PRESENCE] = CLASSES * 17, [I_GAPS] = CLASSES * 25 };
  ImpactModel *model = array(1, sizeof(ImpactModel));
  for (int i = 0; i < IMPACT_TABLES; i++) model->table[i] = cells((size_t)sizes[i] * 256, .5);
  model->regression = new_shared_regression();
  model->by_class = array(8 * CLASSES, sizeof(Mixer)), model->by_stage = array(8 * (STAGES + 1), sizeof(Mixer));
  for (int i = 0; i < IMPACT_INPUTS; i++) {
    for (int j = 0; j < 8 * CLASSES; j++) model->by_class[j].weight[i] = .12f;
    for (int j = 0; j < 8 * (STAGES + 1); j++) model->by_stage[j].weight[i] = .12f;
  }
  return model;
}

void free_impacts(ImpactModel *model) {
  for (int i = 0; i < IMPACT_TABLES; i++) free(model->table[i]);
  free(model->by_class), free(model->by_stage), free(model);
}

/// The list so far.
typedef struct {
  int previous, impact_1, impact_2;  // its last document, the impact there and the one before; -1: none
  float sum, count;                  // of impacts, from four of the class's mean on
  ListRegression regression;
} History;

/// A posting whose impact is to be coded, and what is known of it.
typedef struct {
  int document, gap, gap_behind, nearest_impact;
  float nearest_similarity, of_document;
  Expected expected;
  Cell *table[IMPACT_TABLES];  // (256) of its context; NULL: not known
} Posting;

/// What neighbours in the list say: their impacts over the running mean, by the fourth power of their cosines.
static inline float ask_neighbours(const List *list, Posting *now) {
  const int *near = list->neighbour + (size_t)now->document * NEIGHBOURS;
  const float *cosine = list->similarity + (size_t)now->document * NEIGHBOURS;
  float sum = 0, weights = 0;
  for (int k = 0; k < NEIGHBOURS; k++) {
    if (near[k] < 0 || !present[near[k]]) continue;
    float weight = cosine[k] * cosine[k] * cosine[k] * cosine[k];
    sum += weight * (impact_at[near[k]] - now->expected.running), weights += weight;
    if (now->nearest_impact < 0) now->nearest_impact = impact_at[near[k]], now->nearest_similarity = cosine[k];
  }
  return weights > 0 ? sum / (weights + .3f) / 32 : 0;
}

static inline void find_features(const List *list, const History *so_far, Posting *now) {
  float running = so_far->sum / so_far->count, *feature = now->expected.feature;
  float over_running = so_far->impact_1 >= 0 ? (so_far->impact_1 - running) / 32 : 0;
  now->expected.running = running;
  now->of_document = list->use_document ? residual[now->document] / (seen[now->document] + 3) : 0;
  feature[F_NEIGHBOURS] = list->stage >= 0 ? ask_neighbours(list, now) : 0;
  feature[F_NEAR] = now->gap <= 4 ? over_running : 0;
  feature[F_FAR] = now->gap > 4 ? over_running : 0;
  feature[F_DOCUMENT] = now->of_document / 32;
  feature[F_PRESENCE] = log_odds[now->document] / 4;
  feature[F_ONE] = 1;
}

#define AT(table_name, index) now->table[table_name] = model->table[table_name] + (size_t)(index) * 256
static inline void find_tables(const ImpactModel *model, const List *list, const History *so_far, Posting *now) {
  int class = list->class, document = now->document, impact_1 = so_far->impact_1, impact_2 = so_far->impact_2;
  const Expected *expected = &now->expected;
  AT(I_CLASS, class);
  AT(I_PREVIOUS, (class * 9 + (impact_1 < 0 ? 8 : impact_1 >> 5)) * 4 + BUCKET(now->gap, 2, 8, 64));
  AT(I_LIST, 0);
  AT(I_TWO, class * 17 + (impact_2 < 0 ? 16 : (impact_1 + impact_2) >> 5));
  AT(I_PLAIN, (int)expected->plain >> 2);
  AT(I_MEAN, ((int)expected->mean >> 2) * 6 + BUCKET((int)expected->deviation, 13, 19, 25, 31, 39));
  AT(I_PRESENCE, class * 17 + around(log_odds[document] + 3, 1.3f, 17));
  AT(I_GAPS, class * 25 + BUCKET(now->gap, 1, 3, 10, 60) * 5 + BUCKET(now->gap_behind, 1, 3, 10, 60));
  if (list->stage >= 0)
    AT(I_NEIGHBOUR, (now->nearest_impact < 0 ? 32 : now->nearest_impact >> 3) * 5
      + BUCKET((int)(now->nearest_similarity * 100), 49, 69, 84, 94));
  if (list->parents)
    AT(I_PARENT, class * 17 + (parent_state[document][0] ? around(parent_impact[document][0], 5, 16) : 16));
  if (list->use_document) {
    AT(I_RESIDUAL, class * 17 + around(now->of_document, .35f, 16));
    AT(I_SEEN, class * 9 + around(seen_ratio(document), 3, 9));
  }
}
#undef AT

/// Logit that the next bit is 1, of a logistic distribution.
static float logistic_input(int node, int bit, float mean, float scale) {
  float low = ((node << (bit + 1)) & 255) - .5f, middle = low + (1 << bit), high = low + (2 << bit);
  float at_low = squash((low - mean) / scale), at_middle = squash((middle - mean) / scale);
  float at_high = squash((high - mean) / scale);
  float p = (at_high - at_middle + 1e-5f) / (at_high - at_low + 2e-5f);
  return logf(p / (1 - p));
}

/// Bits of the impact; tables and mixers learn it.
static inline double code(ImpactModel *model, const List *list, const Posting *now, int impact) {
  const Expected *expected = &now->expected;
  double bits = 0;
  for (int bit = 7, node = 1; bit >= 0; bit--) {
    int value = (impact >> bit) & 1;
    float input[INPUTS] = {[IMPACT_ONE] = .2f}, votes[2];
    for (int k = 0; k < IMPACT_TABLES; k++) if (now->table[k]) input[k] = stretched(now->table[k] + node);
    input[IMPACT_LOGISTIC] = logistic_input(node, bit, expected->mean, expected->deviation * .53f);
    input[IMPACT_LOGISTIC_PLAIN] = logistic_input(node, bit, expected->plain, expected->plain_deviation * .53f);
    Mixer *a = model->by_class + (7 - bit) * CLASSES + list->class;
    Mixer *b = model->by_stage + (7 - bit) * (STAGES + 1) + list->stage + 1;
    float p = squash(mix(a, b, input, 9, votes));
    bits -= log2f(value ? p : 1 - p);
    learn_mix(a, b, input, votes, value, .0025f);
    for (int k = 0; k < IMPACT_TABLES; k++)
      if (now->table[k]) learn(now->table[k] + node, value, k == I_LIST ? 250 : 1000);
    node = node * 2 + value;
  }
  return bits;
}

double impact_bits(ImpactModel *model, const List *list) {
  int64_t start = list_start[list->rank], end = list_start[list->rank + 1];
  History so_far = {.previous = -1, .impact_1 = -1, .impact_2 = -1, .sum = class_mean[list->class] * 4, .count = 4};
  start_regression(&so_far.regression, list);
  for (int i = 0; i < 256; i++) model->table[I_LIST][i] = (Cell){ONE / 2, 0};
  memset(present, 0, documents);
  double bits = 0;
  for (int64_t i = start; i < end; i++) {
    int document = list_document[i], impact = list_impact[i];
    Posting now = {.document = document, .nearest_impact = -1,
                   .gap = so_far.previous < 0 ? 1000 : document - so_far.previous,
                   .gap_behind = i + 1 < end ? list_document[i + 1] - document : 1000};
    find_features(list, &so_far, &now);
    expect_impact(&model->regression, &so_far.regression, list, document, &now.expected);
    find_tables(model, list, &so_far, &now);
    bits += code(model, list, &now, impact);

    learn_impact(&model->regression, &so_far.regression, &now.expected, impact);
    so_far.sum += impact, so_far.count++;
    so_far.impact_2 = so_far.impact_1, so_far.impact_1 = impact, so_far.previous = document;
    present[document] = 1, impact_at[document] = impact;
  }
  solve(&model->regression);
  return bits;
}
