// Matrix products with their epilogue. Blocks of rows stay in the second-level cache while all panels pass; a panel
// stays in the first while the tiles of a block pass.

// One panel times all rows of a block, tile by tile.
INLINE void multiply_panel(const ck_matrix *m, const block *b, ck_index p, ck_index from, ck_index count,
                           const ck_epilogue *e, float *target, ck_index out_stride, const float *residual) {
  float tile[ROWS * PANEL] __attribute__((aligned(64)));
  columns c = columns_of(m, p, e->bias);
  const char *panel = panel_of(m, p);
  const ck_sparse *s = m->sparse && m->sparse->blocks == CK_BLOCKS_PANEL ? m->sparse : NULL;
  finished_tile *fused = s || c.width < PANEL ? NULL : finished_tile_of(m, ck_activation(m, e->activation));
  for (ck_index row = from; row < count;) {
    int height = tile_rows(row, count);
    const char *a = b->a + row * b->stride;
    if (fused) {
      finished f = finished_of(m, b, row, &c, e, target, out_stride, residual);
      fused(height, a, b->stride, panel, m->groups, &f);
      row += height;
      continue;
    }
    if (s)
      tile_panel_of(height, a, b->stride, s->weights + s->starts[p] * PANEL, s->offsets + s->starts[p],
                    s->starts[p + 1] - s->starts[p], tile);
    else
      b->tile(height, a, b->stride, panel, m->groups, tile, PANEL);
    finish(m, b, tile, height, row, &c, e, target, out_stride, residual);
    row += height;
  }
}

static void multiply(const ck_matrix *m, const float *input, ck_index input_stride, ck_index rows, float *out,
                     ck_index out_stride, const ck_epilogue *e) {
  ck_index step = block_rows(m);
  int chunked = m->sparse && m->sparse->blocks != CK_BLOCKS_PANEL;
  if (chunked) step = (step + CHUNK - 1) / CHUNK * CHUNK;
  char *memory = prepared_memory(m, rows < step ? rows : step);
  for (ck_index start = 0; start < rows; start += step) {
    ck_index count = rows - start < step ? rows - start : step, chunks = 0;
    block b = prepare(m, input + start * input_stride, input_stride, count, memory);
    float *target = out + start * out_stride;
    const float *residual = e->residual ? e->residual + start * e->residual_stride : NULL;
    if (chunked) {
      // What is left behind whole chunks is multiplied tile by tile, unless it nearly is one.
      chunks = (count + CHUNK / 2) / CHUNK;
      multiply_chunks(m, &b, count, chunks, e, target, out_stride, residual);
    }
    for (ck_index p = 0; p < m->panels; p++)
      multiply_panel(m, &b, p, chunks * CHUNK, count, e, target, out_stride, residual);
    if (e->gamma)
      layer_norm(target, out_stride, NULL, 0, count, m->outputs, e->gamma, e->beta, e->epsilon, target, out_stride);
  }
}
