// Matrix products with their epilogue. Blocks of rows stay in the second-level cache while all panels pass; a panel
// stays in the first while the tiles of a block pass.

// Splits `rows` into tiles of nearly equal height: the height of the tile at `row`.
INLINE int tile_rows(ck_index row, ck_index rows) {
  ck_index left = rows - row, tiles = (left + ROWS - 1) / ROWS;
  return (int)((left + tiles - 1) / tiles);
}

INLINE const char *panel_of(const ck_matrix *m, ck_index p) {
  return (const char *)m->weights + p * m->groups * m->group * PANEL * m->element_bytes;
}

// The sums of a tile's row as floats, without the bias: 8-bit sums lose the zero point and get their scales.
INLINE vf logits(const ck_matrix *m, const block *b, const float *tile, int r, ck_index row, ck_index first, int half) {
  const float *at = tile + r * PANEL + half * W;
  if (m->precision != CK_PRECISION_INT8) return load(at);
  vi sums = *(const vi_any *)at - *(const vi_any *)(m->sums + first + half * W) * b->zeros[row];
  return floats(sums) * (load(m->scales + first + half * W) * splat(b->scales[row]));
}

// The columns of a panel, where a matrix's last one may be narrower.
typedef struct {
  ck_index first, width;
  float bias[PANEL];
} columns;

INLINE columns columns_of(const ck_matrix *m, ck_index p, const float *bias) {
  columns c = {.first = p * PANEL};
  c.width = m->outputs - c.first < PANEL ? m->outputs - c.first : PANEL;
  for (ck_index i = 0; i < PANEL; i++) c.bias[i] = bias && i < c.width ? bias[c.first + i] : 0;
  return c;
}

INLINE void finish(const ck_matrix *m, const block *b, const float *tile, int rows, ck_index row, const columns *c,
                   const ck_epilogue *e, float *out, ck_index out_stride, const float *residual, const int activation) {
  for (int r = 0; r < rows; r++) {
    float *y = out + (row + r) * out_stride + c->first;
    const float *more = residual ? residual + (row + r) * e->residual_stride + c->first : NULL;
    for (int half = 0; half < 2; half++) {
      ck_index n = c->width - half * W;
      if (n <= 0) break;
      vf v = activated(logits(m, b, tile, r, row + r, c->first, half) + load(c->bias + half * W), activation);
      if (n >= W) {
        if (more) v += load(more + half * W);
        store(y + half * W, v);
      } else {
        if (more) v += load_some(more + half * W, n);
        store_some(y + half * W, v, n);
      }
    }
  }
}

static void multiply(const ck_matrix *m, const float *input, ck_index input_stride, ck_index rows, float *out,
                     ck_index out_stride, const ck_epilogue *e) {
  ck_index step = block_rows(m);
  char *memory = prepared_memory(m, rows < step ? rows : step);
  float tile[ROWS * PANEL] __attribute__((aligned(64)));
  for (ck_index start = 0; start < rows; start += step) {
    ck_index count = rows - start < step ? rows - start : step;
    block b = prepare(m, input + start * input_stride, input_stride, count, memory);
    float *target = out + start * out_stride;
    const float *residual = e->residual ? e->residual + start * e->residual_stride : NULL;
    for (ck_index p = 0; p < m->panels; p++) {
      columns c = columns_of(m, p, e->bias);
      const char *panel = panel_of(m, p);
      for (ck_index row = 0; row < count;) {
        int height = tile_rows(row, count);
        b.tile(height, b.a + row * b.stride, b.stride, panel, m->groups, tile, PANEL);
        switch (e->activation) {
          case CK_NONE: finish(m, &b, tile, height, row, &c, e, target, out_stride, residual, CK_NONE); break;
          case CK_GELU: finish(m, &b, tile, height, row, &c, e, target, out_stride, residual, CK_GELU); break;
          default: finish(m, &b, tile, height, row, &c, e, target, out_stride, residual, e->activation);
        }
        row += height;
      }
    }
    if (e->gamma)
      layer_norm(target, out_stride, NULL, 0, count, m->outputs, e->gamma, e->beta, e->epsilon, target, out_stride);
  }
}
