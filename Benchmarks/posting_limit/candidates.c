// Which lists may be a list's parents: few enough that choose_parents can try each, document by document.
#include <math.h>

#include "input.h"
#include "lists.h"
#include "parents.h"

int (*candidate)[2 * CANDIDATES];

/// Of impacts x in a list and y in another, over the documents of both.
typedef struct { float count, x, xx, y, yy, xy; } Moments;

/// Moments with every list of smaller rank; `touched` are those that share a document, and how many they are.
static int gather(int rank, Moments *moments, int *touched) {
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
  return touches;
}

/// Bits of naming `ones` out of `count`, by entropy.
static double choice_bits(double ones, double count) {
  if (ones <= 0 || ones >= count) return 0;
  double p = ones / count;
  return -count * (p * log2(p) + (1 - p) * log2(1 - p));
}

/// Bits gained over `alone` by naming a list's documents apart in a parent's list and outside. Half, where the parent
/// has fewer than chance would give.
static double presence_gain(double alone, int rank, int parent, double common) {
  double gain = alone - choice_bits(common, frequency[parent])
    - choice_bits(frequency[rank] - common, documents - frequency[parent]);
  return common * documents < (double)frequency[rank] * frequency[parent] ? gain / 2 : gain;
}

/// Bits gained by a line through the impacts, were they normal.
static double impact_gain(Moments m) {
  double n = m.count;
  if (n < 8) return 0;
  double xx = m.xx - m.x * m.x / n + 2 * n, yy = m.yy - m.y * m.y / n + 2 * n, xy = m.xy - m.x * m.y / n;
  double unexplained = (1 - fmin(.999, xy * xy / (xx * yy))) * (n - 1) / (n - 2);
  return fmax(0, -n / 2 * log2(fmin(1, unexplained)));
}

/// Into the best so far, best first.
static void insert(int parent, double gain, int *ranks, double *gains) {
  int at = CANDIDATES - 1;
  if (gain <= gains[at]) return;
  for (; at > 0 && gains[at - 1] < gain; at--) gains[at] = gains[at - 1], ranks[at] = ranks[at - 1];
  gains[at] = gain, ranks[at] = parent;
}

void find_candidates(void) {
  Moments *moments = array(terms, sizeof(Moments));
  int *touched = array(terms, 4);
  candidate = array(terms, sizeof(*candidate));
  for (int rank = 0; rank < terms; rank++) {
    int touches = gather(rank, moments, touched);
    double best[2 * CANDIDATES] = {0}, alone = choice_bits(frequency[rank], documents);
    for (int k = 0; k < 2 * CANDIDATES; k++) candidate[rank][k] = -1;
    for (int i = 0; i < touches; i++) {
      int parent = touched[i];
      double of_presence = presence_gain(alone, rank, parent, moments[parent].count);
      insert(parent, of_presence, candidate[rank], best);
      insert(parent, of_presence + impact_gain(moments[parent]), candidate[rank] + CANDIDATES, best + CANDIDATES);
      moments[parent] = (Moments){0};
    }
  }
  free(moments), free(touched);
}
