// From the sums of a tile to outputs.

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

INLINE void finish_as(const ck_matrix *m, const block *b, const float *tile, int rows, ck_index row, const columns *c,
                      const ck_epilogue *e, float *out, ck_index out_stride, const float *residual,
                      const int activation) {
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

// Bias, activation and residual of a tile's rows, which are `row` and those behind it of the block.
INLINE void finish(const ck_matrix *m, const block *b, const float *tile, int rows, ck_index row, const columns *c,
                   const ck_epilogue *e, float *out, ck_index out_stride, const float *residual) {
  switch (e->activation) {
    case CK_NONE: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, CK_NONE); break;
    case CK_GELU: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, CK_GELU); break;
    default: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, e->activation);
  }
}
