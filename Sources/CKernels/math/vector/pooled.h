// The pooled vocabulary head: tiles of logits are pooled as they come.

// One tile's rows of a sequence pooled into `y` (PANEL); `any` says whether `y` holds earlier rows.
INLINE int pool_tile(const ck_matrix *m, const block *b, const float *tile, int rows, ck_index row, const columns *c,
                     const ck_head *h, const uint8_t *counted, const float *scales, float *y, int any,
                     const int plain_maximum) {
  for (int half = 0; half < 2; half++) {
    vf bias = load(c->bias + half * W), best = load(y + half * W);
    int some = any;
    for (int r = 0; r < rows; r++) {
      if (counted && !counted[row + r]) continue;
      vf v = logits(m, b, tile, r, row + r, c->first, half);
      if (!plain_maximum) {
        v += bias;
        if (scales) v *= splat(scales[row + r]);
        v = activated(v, h->activation);
      }
      if (h->pooling == CK_POOL_SUM) best += v;
      else best = some ? larger(v, best) : v;
      some = 1;
    }
    store(y + half * W, best);
    if (half) any = some;
  }
  return any;
}

// Whether logits up to zero all become zero, so that they need not be known.
INLINE int zero_below(int activation) {
  return activation == CK_RELU || activation == CK_LOG1P_RELU || activation == CK_LOG1P2_RELU;
}

static void pooled(const ck_matrix *m, const float *input, ck_index input_stride, const ck_index *offsets,
                   ck_index sequences, float *out, ck_index out_stride, const ck_head *h) {
  // The maximum of a rising function of (x + b) is that function of (the maximum of x) + b, rounding included.
  int rising = h->activation != CK_GELU && h->activation != CK_GELU_TANH;
  int plain = h->pooling == CK_POOL_MAX && !h->scales && rising;
  ck_index step = block_rows(m), first = 0;
  int screening = plain && ck_screen_of(m) && zero_below(h->activation);
  // What fp32 does not need: its rows are multiplied as they are.
  char *memory = screening ? ck_scratch(0, (size_t)screen_bytes(m, step)) : prepared_memory(m, step);
  float tile[ROWS * PANEL] __attribute__((aligned(64)));
  uint8_t *any = ck_scratch(1, (size_t)sequences * 2 + 64), *now = any + sequences;
  // Screened, a sequence may have no tile at all, and what is below zero becomes zero.
  memset(any, screening, (size_t)sequences * 2);
  for (ck_index s = 0; s < sequences; s++)
    for (ck_index i = 0; i < m->outputs; i++) out[s * out_stride + i] = screening ? -INFINITY : 0;
  // Blocks of rows: runs of the tokens; of a sequence pooled by its first token, that one alone.
  while (first < sequences) {
    ck_index from = offsets[first], last = first, begin = from;
    int only_first = h->pooling == CK_POOL_FIRST;
    if (only_first) {
      last = first + 1;
    } else {
      while (last < sequences && offsets[last + 1] - from <= step) last++;
      if (last == first) last++;
    }
    ck_index end = only_first && offsets[last] > from ? from + 1 : offsets[last];
    for (; from < end; from += step) {
      ck_index count = end - from < step ? end - from : step;
      block b = prepare(m, input + from * input_stride, input_stride, count, memory);
      screened coarse;
      int screens = screening && screen_rows(m, input + from * input_stride, input_stride, count, memory, &coarse);
      ck_index tried = 0, counting = 0;
      const uint8_t *counted = h->counted ? h->counted + from : NULL;
      const float *scales = h->scales ? h->scales + from : NULL;
      for (ck_index p = 0; p < m->panels; p++) {
        columns c = columns_of(m, p, h->bias);
        const char *panel = panel_of(m, p);
        for (ck_index s = first; s < last; s++) {
          ck_index row = (offsets[s] > from ? offsets[s] : from) - from;
          ck_index stop = (offsets[s + 1] < from + count ? offsets[s + 1] : from + count) - from;
          if (row >= stop) continue;
          float y[PANEL] __attribute__((aligned(64))), *target = out + s * out_stride + c.first;
          int have = any[s];
          for (ck_index i = 0; i < PANEL; i++) y[i] = i < c.width ? target[i] : 0;
          while (row < stop) {
            int height = tile_rows(row, stop);
            if (screens) {
              tried++;
              if (!may_count(m, &coarse, row, height, &c)) {
                row += height;
                continue;
              }
              // Where most tiles count, the screen costs more than it saves.
              screens = 2 * ++counting < tried || tried < SCREEN_TRIALS;
            }
            b.tile(height, b.a + row * b.stride, b.stride, panel, m->groups, tile, PANEL);
            have = plain ? pool_tile(m, &b, tile, height, row, &c, h, counted, scales, y, have, 1)
                         : pool_tile(m, &b, tile, height, row, &c, h, counted, scales, y, have, 0);
            row += height;
          }
          for (ck_index i = 0; i < c.width; i++) target[i] = y[i];
          now[s] = (uint8_t)have;
        }
      }
      for (ck_index s = first; s < last; s++) any[s] |= now[s];
    }
    (void)begin;
    first = last;
  }
  if (!plain) return;
  for (ck_index s = 0; s < sequences; s++) {
    if (!any[s]) continue;
    float *y = out + s * out_stride;
    ck_index i = 0;
    for (; i + W <= m->outputs; i += W) {
      vf v = load(y + i);
      if (h->bias) v += load(h->bias + i);
      store(y + i, activated(v, h->activation));
    }
    if (i < m->outputs) {
      vf v = load_some(y + i, m->outputs - i);
      if (h->bias) v += load_some(h->bias + i, m->outputs - i);
      store_some(y + i, activated(v, h->activation), m->outputs - i);
    }
  }
}
