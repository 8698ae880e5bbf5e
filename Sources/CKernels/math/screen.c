// The coarse copy of a vocabulary's weights that vector/screen.h bounds logits by.
#include "internal.h"
#include <stdlib.h>

static ck_index padded_outputs(const ck_matrix *m) { return m->panels * m->panel; }

static void *zeroed(size_t bytes) {
  size_t size = (bytes + 127) / 64 * 64;
  void *memory = aligned_alloc(64, size);
  if (memory) memset(memory, 0, size);
  return memory;
}

ck_screen *ck_screen_create(const ck_matrix *m) {
  if (m->precision != CK_PRECISION_FP32 || m->instruction_set == CK_PORTABLE || m->outputs < CK_SCREENED_OUTPUTS)
    return NULL;
  ck_screen *s = calloc(1, sizeof(ck_screen));
  if (!s) return NULL;
  size_t outputs = (size_t)padded_outputs(m);
  s->levels = ck_screen_levels(m);
  s->weights = zeroed(outputs * (size_t)ck_screen_groups(m) * 4);
  // One piece of memory for the four.
  s->starts = zeroed(4 * outputs * sizeof(float));
  if (!s->weights || !s->starts) {
    ck_screen_destroy(s);
    return NULL;
  }
  s->scales = (float *)(s->starts + outputs);
  s->lengths = s->scales + outputs;
  s->errors = s->lengths + outputs;
  return s;
}

void ck_screen_destroy(ck_screen *s) {
  if (!s) return;
  free(s->weights);
  free(s->starts);
  free(s);
}

ck_index ck_screen_bytes(const ck_matrix *m) {
  return ck_screen_of(m) ? padded_outputs(m) * (ck_screen_groups(m) * 4 + 4 * (ck_index)sizeof(float)) : 0;
}

void ck_screen_fill(ck_screen *s, const ck_matrix *m, ck_index output, const float *row) {
  float largest = 0, levels = (float)s->levels;
  double squares = 0, errors = 0;
  for (ck_index k = 0; k < m->inputs; k++) {
    largest = fabsf(row[k]) > largest ? fabsf(row[k]) : largest;
    squares += (double)row[k] * row[k];
  }
  // Weights that are no numbers, or so large that a product may overflow, have no bound.
  int bounded = squares < CK_SCREEN_SQUARES;
  float scale = bounded ? largest / levels : 0, inverse = bounded && largest > 1e-30f ? levels / largest : 0;
  int8_t *q = s->weights + (output / m->panel * ck_screen_groups(m) * m->panel + output % m->panel) * 4;
  int32_t sum = 0;
  for (ck_index k = 0; k < m->inputs; k++) {
    int32_t rounded = bounded ? (int32_t)fminf(fmaxf(rintf(row[k] * inverse), -levels), levels) : 0;
    double lost = (double)row[k] - (double)scale * rounded;
    errors += lost * lost;
    sum += rounded;
    q[k / 4 * m->panel * 4 + k % 4] = (int8_t)rounded;
  }
  s->scales[output] = scale;
  s->starts[output] = -(s->levels + 1) * sum;
  s->lengths[output] = bounded ? ck_screen_length(sqrt(squares)) : INFINITY;
  s->errors[output] = bounded ? ck_screen_length(sqrt(errors)) : 0;
}
