#include "sides.h"

#include "mixer.h"

double side_bits(Sides *sides, int rank, int density, int parents) {
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
