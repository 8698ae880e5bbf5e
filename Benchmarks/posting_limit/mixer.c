#include "mixer.h"

#include "input.h"

float stretch_of[65536], rate_of[1024];

void make_tables(void) {
  for (int i = 0; i < 65536; i++) { double p = (i + .5) / 65536; stretch_of[i] = log(p / (1 - p)); }
  for (int i = 0; i < 1024; i++) rate_of[i] = 1 / (i + 1.6f);
}

Cell *cells(size_t count, float probability) {
  Cell *result = array(count, sizeof(Cell));
  for (size_t i = 0; i < count; i++) result[i].probability = probability * ONE;
  return result;
}

double adaptive_bits(double *counts, int symbols, int symbol) {
  double sum = 0;
  for (int i = 0; i < symbols; i++) sum += counts[i] + .5;
  return -log2((counts[symbol]++ + .5) / sum);
}
