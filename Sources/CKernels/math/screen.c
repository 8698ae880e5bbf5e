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
  s->weights = zeroed(outputs * (size_t)ck_screen_groups(m) * 4);
  // One piece of memory for the four.
  s->scales = zeroed(4 * outputs * sizeof(float));
  if (!s->weights || !s->scales) {
    ck_screen_destroy(s);
    return NULL;
  }
  s->sums = s->scales + outputs;
  s->lengths = s->sums + outputs;
  s->errors = s->lengths + outputs;
  return s;
}

void ck_screen_destroy(ck_screen *s) {
  if (!s) return;
  free(s->weights);
  free(s->scales);
  free(s);
}

ck_index ck_screen_bytes(const ck_matrix *m) {
  return ck_screen_of(m) ? padded_outputs(m) * (ck_screen_groups(m) * 4 + 4 * (ck_index)sizeof(float)) : 0;
}

// Float lengths are a little larger than the double ones: bounds must hold. Weights that are no numbers have no bound.
static float rounded_up(double squares) {
  return squares < 1e60 ? (float)(sqrt(squares) * (1 + 1e-6)) : INFINITY;
}

void ck_screen_fill(ck_screen *s, const ck_matrix *m, ck_index output, const float *row) {
  float largest = 0;
  for (ck_index k = 0; k < m->inputs; k++) largest = fabsf(row[k]) > largest ? fabsf(row[k]) : largest;
  float scale = largest / CK_SCREEN_WEIGHTS, inverse = largest > 1e-30f ? CK_SCREEN_WEIGHTS / largest : 0;
  int8_t *q = s->weights + (output / m->panel * ck_screen_groups(m) * m->panel + output % m->panel) * 4;
  double squares = 0, errors = 0;
  int32_t sum = 0;
  for (ck_index k = 0; k < m->inputs; k++) {
    int32_t rounded = (int32_t)fminf(fmaxf(rintf(row[k] * inverse), -CK_SCREEN_WEIGHTS), CK_SCREEN_WEIGHTS);
    double lost = (double)row[k] - (double)scale * rounded;
    squares += (double)row[k] * row[k];
    errors += lost * lost;
    sum += rounded;
    q[k / 4 * m->panel * 4 + k % 4] = (int8_t)rounded;
  }
  s->scales[output] = scale;
  s->sums[output] = (float)sum * scale;
  s->lengths[output] = rounded_up(squares);
  s->errors[output] = rounded_up(errors);
}
