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

// The tokens of a block that count, from `first` on: those of `s` sequences and behind.
static void list_tokens(const ck_index *offsets, ck_index first, ck_index last, ck_index *sequence,
                        const uint8_t *counted, screened *s) {
  s->count = 0;
  for (ck_index token = first; token < last; token++) {
    while (offsets[*sequence + 1] <= token) ++*sequence;
    if (counted && !counted[token]) continue;
    s->tokens[s->count] = (int32_t)(token - first);
    s->sequences[s->count++] = (int32_t)*sequence;
  }
}

// The maxima of what is above zero, bias included, of the listed rows and one panel.
static void pool_rows(const ck_matrix *m, const float *input, ck_index input_stride, const screened *s,
                      const int32_t *rows, ck_index count, ck_index p, const columns *c, float *out,
                      ck_index out_stride) {
  float tile[ROWS * PANEL] __attribute__((aligned(64)));
  ck_index gathered = (m->inputs + 15) / 16 * 16 + 16;
  for (ck_index first = 0; first < count;) {
    int height = tile_rows(first, count);
    ck_index token = s->tokens[rows[first]], stride = input_stride;
    const float *a = input + token * stride;
    if (s->tokens[rows[first + height - 1]] - token != height - 1) {
      for (int r = 0; r < height; r++)
        memcpy(s->gathered + r * gathered, input + s->tokens[rows[first + r]] * input_stride, (size_t)m->inputs * 4);
      a = s->gathered, stride = gathered;
    }
    tile_fp32_of(height, (const char *)a, stride * 4, panel_of(m, p), m->groups, tile, PANEL);
    for (int r = 0; r < height; r++) {
      float *y = out + s->sequences[rows[first + r]] * out_stride + c->first;
      const float *x = tile + r * PANEL;
      if (c->width == PANEL) {
        store(y, larger(load(x) + load(c->bias), load(y)));
        store(y + W, larger(load(x + W) + load(c->bias + W), load(y + W)));
      } else {
        for (ck_index i = 0; i < c->width; i++) y[i] = x[i] + c->bias[i] > y[i] ? x[i] + c->bias[i] : y[i];
      }
    }
    first += height;
  }
}

// Maxima of activations that make zero of what is below: only rows that may be above are multiplied. Tiles reach over
// sequences, tokens that do not count are left out.
static void pooled_screened(const ck_matrix *m, const float *input, ck_index input_stride, const ck_index *offsets,
                            ck_index sequences, float *out, ck_index out_stride, const ck_head *h) {
  ck_index total = offsets[sequences], step = screen_rows(m), sequence = 0;
  screened s = screen_memory(m, step);
  for (ck_index i = 0; i < sequences; i++) memset(out + i * out_stride, 0, (size_t)m->outputs * 4);
  for (ck_index from = offsets[0]; from < total; from += step) {
    const float *rows = input + from * input_stride;
    list_tokens(offsets, from, total - from < step ? total : from + step, &sequence, h->counted, &s);
    screen_round(m, rows, input_stride, &s);
    // Where most rows count, the screen costs more than it saves.
    ck_index tried = 0, counting = 0;
    int screens = 1;
    for (ck_index p = 0; p < m->panels; p++) {
      columns c = columns_of(m, p, h->bias);
      for (ck_index i = c.width; i < PANEL; i++) c.bias[i] = -INFINITY;
      ck_index kept = s.count;
      if (screens) {
        kept = screen_panel(m, &s, &c);
        tried += s.count, counting += kept;
        screens = 2 * counting < tried || tried < SCREEN_TRIALS * ROWS;
      } else {
        for (ck_index i = 0; i < kept; i++) s.kept[i] = (int32_t)i;
      }
      pool_rows(m, rows, input_stride, &s, s.kept, kept, p, &c, out, out_stride);
    }
  }
  if (h->activation == CK_RELU) return;
  for (ck_index i = 0; i < sequences; i++) activate(out + i * out_stride, m->outputs, h->activation);
}

static void pooled(const ck_matrix *m, const float *input, ck_index input_stride, const ck_index *offsets,
                   ck_index sequences, float *out, ck_index out_stride, const ck_head *h) {
  // The maximum of a rising function of (x + b) is that function of (the maximum of x) + b, rounding included.
  int rising = h->activation != CK_GELU && h->activation != CK_GELU_TANH;
  int plain = h->pooling == CK_POOL_MAX && !h->scales && rising;
  ck_index step = block_rows(m), first = 0;
  if (plain && ck_screen_of(m) && zero_below(h->activation)) {
    pooled_screened(m, input, input_stride, offsets, sequences, out, out_stride, h);
    return;
  }
  char *memory = prepared_memory(m, step);
  float tile[ROWS * PANEL] __attribute__((aligned(64)));
  uint8_t *any = ck_scratch(1, (size_t)sequences * 2 + 64), *now = any + sequences;
  memset(any, 0, (size_t)sequences * 2);
  for (ck_index s = 0; s < sequences; s++) memset(out + s * out_stride, 0, (size_t)m->outputs * sizeof(float));
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
