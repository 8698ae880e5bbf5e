// Which blocks of an int8 matrix are not zero, and whether to multiply with those alone.
#include "internal.h"
#include <stdlib.h>

static int32_t quad_at(const ck_matrix *m, ck_index output, ck_index group) {
  return ((const int32_t *)m->weights)[(output / m->panel * m->groups + group) * m->panel + output % m->panel];
}

static int8_t weight_at(const ck_matrix *m, ck_index output, ck_index input) {
  return (int8_t)(quad_at(m, output, input / 4) >> (8 * (input % 4)));
}

static int band_has(const ck_matrix *m, ck_index band, ck_index input) {
  for (ck_index i = 0; i < 4; i++)
    if (weight_at(m, 4 * band + i, input)) return 1;
  return 0;
}

static int panel_has(const ck_matrix *m, ck_index panel, ck_index group) {
  for (ck_index i = 0; i < m->panel; i++)
    if (quad_at(m, panel * m->panel + i, group)) return 1;
  return 0;
}

// Products of four that a kind of blocks takes, and what it is divided by: those of the dense matrix.
static ck_index products(const ck_matrix *m, int blocks) {
  ck_index padded = m->panels * m->panel, n = 0;
  switch (blocks) {
    case CK_BLOCKS_PANEL:
      for (ck_index p = 0; p < m->panels; p++)
        for (ck_index g = 0; g < m->groups; g++) n += panel_has(m, p, g) * m->panel;
      return n;
    case CK_BLOCKS_1X4:
      for (ck_index o = 0; o < padded; o++)
        for (ck_index g = 0; g < m->groups; g++) n += quad_at(m, o, g) != 0;
      return n;
    case CK_BLOCKS_4X1:
      for (ck_index band = 0; band < padded / 4; band++) {
        ck_index inputs = 0;
        for (ck_index k = 0; k < m->inputs; k++) inputs += band_has(m, band, k);
        n += (inputs + 3) / 4 * 4;
      }
      return n;
    default: return padded * m->groups;
  }
}

double ck_matrix_density(const ck_matrix *m, int blocks) {
  return (double)products(m, blocks) / (double)(m->panels * m->panel * m->groups);
}

static void release(ck_sparse *s) {
  if (!s) return;
  free(s->starts);
  free(s->offsets);
  free(s->weights);
  free(s);
}

void ck_matrix_drop_blocks(ck_matrix *m) {
  release(m->sparse);
  m->sparse = NULL;
}

static void pack_panels(const ck_matrix *m, ck_sparse *s) {
  ck_index n = 0;
  for (ck_index p = 0; p < m->panels; p++) {
    s->starts[p] = n;
    for (ck_index g = 0; g < m->groups; g++) {
      if (!panel_has(m, p, g)) continue;
      s->offsets[n] = (uint32_t)(4 * g);
      for (ck_index i = 0; i < m->panel; i++) s->weights[n * m->panel + i] = quad_at(m, p * m->panel + i, g);
      n++;
    }
  }
  s->starts[m->panels] = n;
}

static void pack_quads(const ck_matrix *m, ck_sparse *s) {
  ck_index n = 0;
  for (ck_index o = 0; o < m->panels * m->panel; o++) {
    s->starts[o] = n;
    for (ck_index g = 0; g < m->groups; g++) {
      if (!quad_at(m, o, g)) continue;
      s->offsets[n] = (uint32_t)(g * m->panel * 16);
      s->weights[n++] = quad_at(m, o, g);
    }
  }
  s->starts[m->panels * m->panel] = n;
}

// Four inputs of a band of four outputs make a group, wherever they stand; the last group is filled up with zeros.
static void pack_bands(const ck_matrix *m, ck_sparse *s) {
  ck_index n = 0, bands = m->panels * m->panel / 4;
  for (ck_index band = 0; band < bands; band++) {
    s->starts[band] = n / 4;
    for (ck_index k = 0; k < m->inputs; k++) {
      if (!band_has(m, band, k)) continue;
      s->offsets[n] = (uint32_t)(k * m->panel * 2);
      for (ck_index i = 0; i < 4; i++)
        s->weights[n / 4 * 4 + i] |= (int32_t)((uint32_t)(uint8_t)weight_at(m, 4 * band + i, k) << (8 * (n % 4)));
      n++;
    }
    n = (n + 3) / 4 * 4;
  }
  s->starts[bands] = n / 4;
}

int ck_matrix_find_blocks(ck_matrix *m, int blocks) {
  ck_matrix_drop_blocks(m);
  if (m->precision != CK_PRECISION_INT8 || m->instruction_set == CK_PORTABLE) return CK_BLOCKS_NONE;
  if (blocks < 0) {
    // What a product costs by the measured speeds of the kernels, the dense one's being 1.
    double best = 1;
    blocks = CK_BLOCKS_NONE;
    static const double factor[] = {1, 1, 1.1, 1.15}, constant[] = {0, 0.08, 0.13, 0.2};
    for (int kind = CK_BLOCKS_PANEL; kind <= CK_BLOCKS_4X1; kind++) {
      double cost = ck_matrix_density(m, kind) * factor[kind] + constant[kind];
      if (cost < best) best = cost, blocks = kind;
    }
  }
  if (blocks == CK_BLOCKS_NONE) return blocks;
  ck_index n = products(m, blocks), padded = m->panels * m->panel;
  ck_sparse *s = calloc(1, sizeof(ck_sparse));
  if (!s) return CK_BLOCKS_NONE;
  s->blocks = blocks;
  s->starts = calloc((size_t)padded + 2, sizeof(ck_index));
  s->offsets = calloc((size_t)n + 4, sizeof(uint32_t));
  s->weights = calloc((size_t)n + 4, sizeof(int32_t));
  if (!s->starts || !s->offsets || !s->weights) {
    release(s);
    return CK_BLOCKS_NONE;
  }
  if (blocks == CK_BLOCKS_PANEL) pack_panels(m, s);
  else if (blocks == CK_BLOCKS_1X4) pack_quads(m, s);
  else pack_bands(m, s);
  m->sparse = s;
  return blocks;
}
