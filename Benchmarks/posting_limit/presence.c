#include "presence.h"

#include <string.h>

#include "buckets.h"
#include "input.h"
#include "mixer.h"

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

struct PresenceModel { Cell *table[PRESENCE_TABLES]; Mixer *by_density, *by_base; };

PresenceModel *new_presence(void) {
  static const int sizes[PRESENCE_TABLES] = {
    [BY_GAP] = DENSITIES * GAPS * SHORT_GAPS, [BY_TWO_GAPS] = DENSITIES * GAPS * SHORT_GAPS * SHORT_GAPS,
    [BY_WINDOWS] = DENSITIES * 5 * 9 * SHORT_GAPS, [BY_PARENT] = PROBABILITIES * STRENGTHS * STATES,
    [BY_PARENT + 1] = PROBABILITIES * STRENGTHS * STATES, [BY_PARENTS] = PROBABILITIES * 40,
    [BY_SEEN] = PROBABILITIES * 16, [BY_SIMILARITY] = DENSITIES * 40 * COUNTS, [BY_NEAREST] = PROBABILITIES * 9 * 3 * 4,
    [BY_SIMILARITY_BASE] = PROBABILITIES * 40 * 3, [BY_CENTROID] = 40 * 8 * 15, [BY_REGRESSION] = DENSITIES * 40 };
  PresenceModel *model = array(1, sizeof(PresenceModel));
  int densities = (PARENTS + 1) * DENSITIES * COUNTS, bases = PROBABILITIES * (STAGES + 1) * (PARENTS + 1);
  for (int i = 0; i < PRESENCE_TABLES; i++) model->table[i] = cells(sizes[i], .005);
  model->by_density = array(densities, sizeof(Mixer)), model->by_base = array(bases, sizeof(Mixer));
  for (int i = 0; i < PRESENCE_INPUTS; i++) {
    float weight = i < BY_WINDOWS ? .25f : i < BY_SEEN ? .1f : .06f;
    for (int j = 0; j < densities; j++) model->by_density[j].weight[i] = weight;
    for (int j = 0; j < bases; j++) model->by_base[j].weight[i] = weight;
  }
  return model;
}

void free_presence(PresenceModel *model) {
  for (int i = 0; i < PRESENCE_TABLES; i++) free(model->table[i]);
  free(model->by_density), free(model->by_base), free(model);
}

/// The list so far.
typedef struct {
  int previous, gap_1, gap_2, count;  // its last document, the gap to it and the one before (0: none), its documents
  int in_4, in_28;                    // of documents -1 to -4, and -5 to -32, from the next
  float centroid[DIMENSIONS];         // a sum
  float regression[DIMENSIONS];
} History;

/// A document to be coded, and its contexts.
typedef struct {
  int document, gap, window, base;
  Cell *cell[PRESENCE_TABLES];  // NULL: not known
  float from_gaps, predicted;   // log odds by gaps alone; by the regression, over those
} Decision;

#define AT(table_name, index) now->cell[table_name] = model->table[table_name] + (index)

static inline void find_gap_cells(const PresenceModel *model, const List *list, const History *so_far, Decision *now) {
  int gap = gap_bucket(now->gap), short_1 = short_gap_bucket(so_far->gap_1), short_2 = short_gap_bucket(so_far->gap_2);
  AT(BY_GAP, (list->density * GAPS + gap) * SHORT_GAPS + short_1);
  AT(BY_TWO_GAPS, ((list->density * GAPS + gap) * SHORT_GAPS + short_1) * SHORT_GAPS + short_2);
  AT(BY_WINDOWS, ((list->density * 5 + so_far->in_4) * 9 + now->window) * SHORT_GAPS + short_gap_bucket(now->gap));
  now->from_gaps = (stretched(now->cell[BY_GAP]) + stretched(now->cell[BY_TWO_GAPS])) / 2;
  now->base = probability_bucket(now->from_gaps);
}

/// By what other lists say of the document.
static inline void find_document_cells(const PresenceModel *model, const List *list, Decision *now) {
  float lifts = 0;
  for (int k = 0; k < list->parents; k++) {
    int state = parent_state[now->document][k];
    AT(BY_PARENT + k, (now->base * STRENGTHS + strength[list->rank][k]) * STATES + state);
    if (state) lifts += list->lift[k];
  }
  if (list->parents) AT(BY_PARENTS, now->base * 40 + around(lifts, 1.5f, 40));
  if (list->use_document) AT(BY_SEEN, now->base * 16 + around(seen_ratio(now->document), 3, 16));
}

/// By which of the documents most like this one are in the list.
static inline void find_neighbour_cells(const PresenceModel *model, const List *list, int count, Decision *now) {
  const int *near = list->neighbour + (size_t)now->document * NEIGHBOURS;
  const float *cosine = list->similarity + (size_t)now->document * NEIGHBOURS;
  float similar = 0;
  for (int k = 0; k < NEIGHBOURS; k++) if (near[k] >= 0 && present[near[k]]) similar += cosine[k] * cosine[k];
  int first = near[0] >= 0 && present[near[0]], second = near[1] >= 0 && present[near[1]];
  int closeness = clamp((int)(cosine[0] * 9), 9), similar_b = around(similar, 5, 40);
  AT(BY_SIMILARITY, (list->density * 40 + similar_b) * COUNTS + count_bucket(count));
  AT(BY_NEAREST, ((now->base * 9 + closeness) * 3 + (now->window > 2 ? 2 : now->window)) * 4 + first * 2 + second);
  AT(BY_SIMILARITY_BASE, (now->base * 40 + similar_b) * 3 + BUCKET(count, 0, 7));
}

/// By where the document lies, and the list's so far.
static inline void find_embedding_cells(const PresenceModel *model, const List *list, const History *so_far,
                                        Decision *now) {
  const float *e = list->embedding + (size_t)now->document * DIMENSIONS;
  float dot = 0, norm = 0, predicted = 0;
  for (int k = 0; k < DIMENSIONS; k++) {
    dot += e[k] * so_far->centroid[k], norm += so_far->centroid[k] * so_far->centroid[k];
    predicted += so_far->regression[k] * e[k];
  }
  float direction = so_far->count ? dot / sqrtf(norm + 1e-6f) : 0;
  int count = BUCKET(so_far->count, 0, 1, 3, 9, 29, 99, 399);
  AT(BY_CENTROID, (around(direction, 8, 40) * 8 + count) * 15 + list->density / 2);
  AT(BY_REGRESSION, list->density * 40 + around(predicted, 3, 40));
  now->predicted = predicted;
}
#undef AT

/// Bits of the decision; tables and mixers learn it.
static inline float code(PresenceModel *model, const List *list, int count, const Decision *now, int bit) {
  float input[INPUTS] = {[PRESENCE_ONE] = .3f, [PRESENCE_REGRESSION] = now->predicted}, votes[2];
  for (int i = 0; i < PRESENCE_TABLES; i++) if (now->cell[i]) input[i] = stretched(now->cell[i]);
  Mixer *a = model->by_density + (list->parents * DENSITIES + list->density) * COUNTS + count_bucket(count);
  Mixer *b = model->by_base + (now->base * (STAGES + 1) + list->stage + 1) * (PARENTS + 1) + list->parents;
  log_odds[now->document] = mix(a, b, input, 12, votes);
  float p = clampf(squash(log_odds[now->document]), 1e-6f, 1 - 1e-6f);
  learn_mix(a, b, input, votes, bit, .004f);
  for (int i = 0; i < PRESENCE_TABLES; i++) if (now->cell[i]) learn(now->cell[i], bit, 1000);
  return -log2f(bit ? p : 1 - p);
}

static inline void learn_history(History *so_far, const List *list, const Decision *now, int bit) {
  if (list->stage >= 0) {
    const float *e = list->embedding + (size_t)now->document * DIMENSIONS;
    float error = (bit - squash(now->from_gaps * .7f + now->predicted)) * (bit ? 1.2f : .6f);
    for (int k = 0; k < DIMENSIONS; k++)
      so_far->regression[k] += error * e[k], so_far->centroid[k] += bit ? e[k] : 0;
  }
  if (!bit) return;
  so_far->gap_2 = so_far->gap_1, so_far->gap_1 = so_far->previous < 0 ? 0 : now->gap;
  so_far->previous = now->document, so_far->count++;
}

double presence_bits(PresenceModel *model, const List *list) {
  int64_t next = list_start[list->rank], end = list_start[list->rank + 1];
  History so_far = {.previous = -1};
  double bits = 0;
  memset(present - 64, 0, documents + 64);
  for (int document = 0; document <= list_document[end - 1]; document++) {
    so_far.in_4 -= present[document - 5], so_far.in_28 += present[document - 5] - present[document - 33];
    Decision now = {.document = document, .gap = document - so_far.previous,
                    .window = so_far.in_28 > 8 ? 8 : so_far.in_28};
    find_gap_cells(model, list, &so_far, &now);
    find_document_cells(model, list, &now);
    if (list->stage >= 0) {
      find_neighbour_cells(model, list, so_far.count, &now);
      find_embedding_cells(model, list, &so_far, &now);
    }
    int bit = list_document[next] == document;
    bits += code(model, list, so_far.count, &now, bit);
    learn_history(&so_far, list, &now, bit);
    present[document] = bit, so_far.in_4 += bit, next += bit;
  }
  return bits;
}
