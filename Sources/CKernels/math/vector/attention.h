// Attention, a sequence at a time: for a head, keys are transposed and values copied into panels; then for each ROWS
// queries the scores (ROWS, tokens) are made, turned into weights and multiplied with the values while they are in the
// first-level cache.

// Keys (tokens, width) become panels of (width, PANEL tokens); the last one's missing tokens are zero.
static void transpose_keys(const float *keys, ck_index stride, ck_index tokens, ck_index width, float *out) {
  for (ck_index first = 0; first < tokens; first += PANEL, out += PANEL * width) {
    ck_index count = tokens - first < PANEL ? tokens - first : PANEL;
    const float *source = keys + first * stride;
    if (count == PANEL) {
      for (ck_index d = 0; d < width; d++)
#pragma clang loop unroll(full)
        for (int j = 0; j < PANEL; j++) out[d * PANEL + j] = source[j * stride + d];
    } else {
      for (ck_index d = 0; d < width; d++) {
        for (ck_index j = 0; j < count; j++) out[d * PANEL + j] = source[j * stride + d];
        for (ck_index j = count; j < PANEL; j++) out[d * PANEL + j] = 0;
      }
    }
  }
}

// Values (tokens, width) become panels of (tokens, PANEL columns); missing columns are zero.
static void copy_values(const float *values, ck_index stride, ck_index tokens, ck_index width, float *out) {
  for (ck_index first = 0; first < width; first += PANEL) {
    ck_index count = width - first < PANEL ? width - first : PANEL;
    const float *source = values + first;
    for (ck_index j = 0; j < tokens; j++, out += PANEL, source += stride) {
      if (count == PANEL) {
        store(out, load(source));
        store(out + W, load(source + W));
      } else {
        for (ck_index d = 0; d < PANEL; d++) out[d] = d < count ? source[d] : 0;
      }
    }
  }
}

// Turns a row of scores into e^(scale (score - the largest)); returns one over their sum. `line` is a multiple of
// PANEL, scores behind `tokens` do not count.
INLINE float soften(float *x, ck_index tokens, ck_index line, float scale) {
  for (ck_index j = tokens; j < line; j++) x[j] = -INFINITY;
  vf high = load(x), other = load(x + W);
  for (ck_index j = PANEL; j < line; j += PANEL) high = larger(load(x + j), high), other = larger(load(x + j + W), other);
  vf factor = splat(scale), most = splat(largest_of(larger(high, other)) * scale), sum = splat(0), more = splat(0);
  for (ck_index j = 0; j < line; j += PANEL) {
    vf e = decay(multiply_add(load(x + j), factor, -most)), f = decay(multiply_add(load(x + j + W), factor, -most));
    store(x + j, e);
    store(x + j + W, f);
    sum += e;
    more += f;
  }
  return 1 / sum_of(sum + more);
}

static void attend(const float *queries, ck_index stride, const float *keys, const float *values, ck_index tokens,
                   ck_index width, float scale, float *scores, float *out, ck_index out_stride) {
  ck_index key_panels = (tokens + PANEL - 1) / PANEL, line = key_panels * PANEL;
  float tile[ROWS * PANEL] __attribute__((aligned(64))), inverses[ROWS];
  for (ck_index row = 0; row < tokens;) {
    int height = tile_rows(row, tokens);
    const char *a = (const char *)(queries + row * stride);
    for (ck_index p = 0; p < key_panels; p++)
      tile_fp32_of(height, a, stride * 4, keys + p * PANEL * width, width, scores + p * PANEL, line);
    for (int r = 0; r < height; r++) inverses[r] = soften(scores + r * line, tokens, line, scale);
    for (ck_index first = 0; first < width; first += PANEL) {
      tile_fp32_of(height, (const char *)scores, line * 4, values + first * tokens, tokens, tile, PANEL);
      for (int r = 0; r < height; r++) {
        float *y = out + (row + r) * out_stride + first;
        for (int half = 0; half < 2; half++) {
          ck_index n = width - first - half * W;
          vf result = load(tile + r * PANEL + half * W) * splat(inverses[r]);
          if (n >= W) store(y + half * W, result);
          else if (n > 0) store_some(y + half * W, result, n);
        }
      }
    }
    row += height;
  }
}

static void attention(const float *q, const float *k, const float *v, ck_index stride, const ck_index *offsets,
                      ck_index sequences, ck_index heads, ck_index width, float scale, float *out,
                      ck_index out_stride) {
  ck_index longest = 0, wide = (width + PANEL - 1) / PANEL * PANEL;
  for (ck_index s = 0; s < sequences; s++)
    longest = offsets[s + 1] - offsets[s] > longest ? offsets[s + 1] - offsets[s] : longest;
  ck_index padded = (longest + PANEL - 1) / PANEL * PANEL;
  float *keys = ck_scratch(0, (size_t)(padded * width + longest * wide + padded * ROWS + 64) * 4);
  float *values = keys + padded * width, *scores = values + longest * wide;
  for (ck_index s = 0; s < sequences; s++) {
    ck_index start = offsets[s], tokens = offsets[s + 1] - start;
    for (ck_index h = 0; h < heads; h++) {
      ck_index at = start * stride + h * width;
      transpose_keys(k + at, stride, tokens, width, keys);
      copy_values(v + at, stride, tokens, width, values);
      attend(q + at, stride, keys, values, tokens, width, scale, scores, out + start * out_stride + h * width,
             out_stride);
    }
  }
}
