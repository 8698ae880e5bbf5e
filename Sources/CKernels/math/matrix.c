// Packing of weights; the layout is described in ckmath.h.
#include "internal.h"
#include <stdlib.h>

void ck_layout(int instruction_set, int precision, ck_index *panel, ck_index *group, int32_t *element_bytes) {
  *panel = instruction_set == CK_PORTABLE ? 1 : instruction_set <= CK_AVX2_VNNI ? 16 : 32;
  *group = precision == CK_PRECISION_FP32 ? 1 : precision == CK_PRECISION_BF16 ? 2 : 4;
  *element_bytes = (int32_t)(4 / *group);
}

int32_t ck_levels(int instruction_set) {
  return instruction_set == CK_AVX2 || instruction_set == CK_AVX512 ? 127 : 255;
}

void ck_matrix_set_levels(ck_matrix *matrix, int32_t levels) { matrix->levels = levels; }

static void *zeroed(size_t bytes) {
  size_t size = (bytes + 127) / 64 * 64;
  void *memory = aligned_alloc(64, size);
  if (memory) memset(memory, 0, size);
  return memory;
}

ck_matrix *ck_matrix_create(int instruction_set, int precision, ck_index outputs, ck_index inputs) {
  ck_matrix *m = calloc(1, sizeof(ck_screened_matrix));
  if (!m) return NULL;
  m->instruction_set = instruction_set;
  m->precision = precision;
  m->outputs = outputs;
  m->inputs = inputs;
  m->levels = ck_levels(instruction_set);
  ck_layout(instruction_set, precision, &m->panel, &m->group, &m->element_bytes);
  m->panels = (outputs + m->panel - 1) / m->panel;
  m->groups = (inputs + m->group - 1) / m->group;
  size_t padded = (size_t)(m->panels * m->panel);
  m->weights = zeroed(padded * (size_t)(m->groups * m->group) * (size_t)m->element_bytes);
  if (precision == CK_PRECISION_INT8) {
    m->scales = zeroed(padded * sizeof(float));
    m->sums = zeroed(padded * sizeof(int32_t));
  }
  if (!m->weights || (precision == CK_PRECISION_INT8 && (!m->scales || !m->sums))) {
    ck_matrix_destroy(m);
    return NULL;
  }
  // Where there is no memory for it, the matrix does without.
  ((ck_screened_matrix *)m)->screen = ck_screen_create(m);
  return m;
}

void ck_matrix_destroy(ck_matrix *m) {
  if (!m) return;
  ck_matrix_drop_blocks(m);
  ck_screen_destroy(((ck_screened_matrix *)m)->screen);
  free(m->weights);
  free(m->scales);
  free(m->sums);
  free(m);
}

static ck_index sparse_bytes(const ck_matrix *m) {
  if (!m->sparse) return 0;
  ck_index padded = m->panels * m->panel;
  switch (m->sparse->blocks) {
    case CK_BLOCKS_PANEL: return m->sparse->starts[m->panels] * (4 + 4 * m->panel);
    case CK_BLOCKS_1X4: return m->sparse->starts[padded] * 8;
    default: return m->sparse->starts[padded / 4] * 32;
  }
}

ck_index ck_matrix_bytes(const ck_matrix *m) {
  ck_index padded = m->panels * m->panel;
  return padded * m->groups * m->group * m->element_bytes + (m->scales ? padded * 8 : 0) +
         sparse_bytes(m) + ck_screen_bytes(m);
}

void ck_matrix_fill(ck_matrix *m, ck_index first, ck_index count, const void *values, int element) {
  ck_index inputs = m->inputs, size = element == CK_F32 ? 4 : element == CK_I8 ? 1 : 2;
  float *row = ck_scratch(0, (size_t)(inputs + 1) * sizeof(float));
  for (ck_index i = 0; i < count; i++) {
    ck_functions_portable.to_f32((const char *)values + i * inputs * size, element, inputs, row);
    ck_index output = first + i;
    float largest = 0, inverse = 0;
    if (m->precision == CK_PRECISION_INT8) {
      for (ck_index k = 0; k < inputs; k++) largest = fabsf(row[k]) > largest ? fabsf(row[k]) : largest;
      m->scales[output] = largest / 127;
      inverse = largest > 1e-30f ? 127 / largest : 0;
    }
    ck_index start = output / m->panel * m->groups * m->panel + output % m->panel;
    int32_t sum = 0;
    for (ck_index k = 0; k < inputs; k++) {
      ck_index at = (start + k / m->group * m->panel) * m->group + k % m->group;
      if (m->precision == CK_PRECISION_FP32) {
        ((float *)m->weights)[at] = row[k];
      } else if (m->precision == CK_PRECISION_BF16) {
        ((uint16_t *)m->weights)[at] = ck_bf16_of(row[k]);
      } else {
        int32_t q = (int32_t)rintf(row[k] * inverse);
        q = q < -127 ? -127 : q > 127 ? 127 : q;
        sum += q;
        ((int8_t *)m->weights)[at] = (int8_t)q;
      }
    }
    if (m->sums) m->sums[output] = sum;
    if (ck_screen_of(m)) ck_screen_fill(((ck_screened_matrix *)m)->screen, m, output, row);
  }
}
