// Attention, a sequence at a time: for a head, keys are transposed and values copied into panels; then for each ROWS
// queries the scores (ROWS, tokens) are made, turned into weights and multiplied with the values while they are in the
// first-level cache. Where there are bf16 products and the model's precision is not fp32, both products are made of them.

// Keys (tokens, width) become panels of (width, PANEL tokens); the last one's missing tokens are zero.
static void transpose_keys(const float *keys, ck_index stride, ck_index tokens, ck_index width, float *out) {
  for (ck_index first = 0; first < tokens; first += W) {
    ck_index count = tokens - first < W ? tokens - first : W;
    const float *source = keys + first * stride;
    float *target = out + first / PANEL * PANEL * width + first % PANEL;
    ck_index d = 0;
    for (; d + W <= width; d += W) {
      vi rows[W];
      if (count == W) {
#pragma clang loop unroll(full)
        for (int j = 0; j < W; j++) rows[j] = *(const vi_any *)(source + j * stride + d);
      } else {
#pragma clang loop unroll(full)
        for (int j = 0; j < W; j++) rows[j] = j < count ? *(const vi_any *)(source + j * stride + d) : (vi)0;
      }
      transpose(rows);
#pragma clang loop unroll(full)
      for (int j = 0; j < W; j++) *(vi_any *)(target + (d + j) * PANEL) = rows[j];
    }
    for (; d < width; d++)
      for (ck_index j = 0; j < W; j++) target[d * PANEL + j] = j < count ? source[j * stride + d] : 0;
  }
  // The last panel's second half, where no token begins it.
  if ((tokens + W - 1) / W % 2)
    for (ck_index d = 0; d < width; d++) store(out + tokens / PANEL * PANEL * width + d * PANEL + W, splat(0));
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

#ifdef BF16_DOT
// Keys (tokens, width) become panels of (width / 2, PANEL tokens) pairs of bf16; missing tokens are zero.
static void pair_keys(const float *keys, ck_index stride, ck_index tokens, ck_index width, int32_t *out) {
  for (ck_index first = 0; first < tokens; first += PANEL) {
    for (ck_index half = 0; half < PANEL; half += W) {
      const float *source = keys + (first + half) * stride;
      ck_index count = tokens - first - half;
      for (ck_index d = 0; d < width; d += 2 * W) {
        vi rows[W];
#pragma clang loop unroll(full)
        for (int j = 0; j < W; j++)
          rows[j] = j < count ? bf16_pair(load(source + j * stride + d), load(source + j * stride + d + W)) : (vi)0;
        transpose(rows);
#pragma clang loop unroll(full)
        for (int j = 0; j < W; j++) *(vi_any *)(out + (d / 2 + j) * PANEL + half) = rows[j];
      }
    }
    out += width / 2 * PANEL;
  }
}

// Values (tokens, width) become panels of (pairs of tokens, PANEL columns) of bf16; a last token alone has zero beside it.
static void pair_values(const float *values, ck_index stride, ck_index tokens, ck_index width, int32_t *out) {
  typedef int16_t halves __attribute__((ext_vector_type(2 * W)));
  for (ck_index first = 0; first < width; first += W) {
    int32_t *target = out + first / PANEL * PANEL * ((tokens + 1) / 2) + first % PANEL;
    const float *source = values + first;
    for (ck_index j = 0; j < tokens; j += 2, target += PANEL, source += 2 * stride) {
      halves v = (halves)bf16_pair(load(source), j + 1 < tokens ? load(source + stride) : splat(0));
      *(vi_any *)target = (vi)__builtin_shufflevector(v, v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25,
                                                      10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
  }
}
#endif

// The lanes of the vector that begins at `first` and are below `end`; the others are minus infinity.
INLINE vf up_to(vf v, ck_index first, ck_index end) {
#if W == 8
  vi lanes = {0, 1, 2, 3, 4, 5, 6, 7};
#else
  vi lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#endif
  return lanes < (vi)(int32_t)(end - first) ? v : splat(-INFINITY);
}

// Turns `rows` rows of scores, `line` apart, into e^(scale (score - the row's largest)), in place, or with `pairs` as bf16
// there, and gives one over their sums. `line` is a multiple of PANEL, scores behind `tokens` do not count. Rows are done
// side by side, because each waits for its largest and its sum.
INLINE void soften_rows(const int rows, float *scores, ck_index tokens, ck_index line, float scale, int16_t *pairs,
                        float *inverses) {
  ck_index last = line - PANEL;
  vf high[4], other[4], sum[4], most[4], factor = splat(scale);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    float *x = scores + r * line + last;
    high[r] = up_to(load(x), last, tokens), other[r] = up_to(load(x + W), last + W, tokens);
    store(x, high[r]);
    store(x + W, other[r]);
  }
  for (ck_index j = 0; j < last; j += PANEL) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const float *x = scores + r * line + j;
      high[r] = larger(load(x), high[r]), other[r] = larger(load(x + W), other[r]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    most[r] = splat(largest_of(larger(high[r], other[r])) * scale);
    sum[r] = other[r] = splat(0);
  }
  for (ck_index j = 0; j < line; j += PANEL) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      float *x = scores + r * line + j;
      vf e = multiply_add(load(x), factor, -most[r]), f = multiply_add(load(x + W), factor, -most[r]);
      e = pairs ? rough_decay(e) : decay(e), f = pairs ? rough_decay(f) : decay(f);
#ifdef BF16_DOT
      if (pairs) {
        *(vi_any *)(pairs + r * line + j) = bf16_pair(e, f);
      } else
#endif
      {
        store(x, e);
        store(x + W, f);
      }
      sum[r] += e;
      other[r] += f;
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) inverses[r] = 1 / sum_of(sum[r] + other[r]);
}

INLINE void soften(int rows, float *scores, ck_index tokens, ck_index line, float scale, int16_t *pairs, float *inverses) {
  int r = 0;
  for (; r + 4 <= rows; r += 4)
    soften_rows(4, scores + r * line, tokens, line, scale, pairs ? pairs + r * line : NULL, inverses + r);
  for (; r < rows; r++)
    soften_rows(1, scores + r * line, tokens, line, scale, pairs ? pairs + r * line : NULL, inverses + r);
}

// Working memory of a head: keys and values as tiles want them, ROWS queries' scores, and with bf16 their weights and all
// queries, rounded.
typedef struct {
  float *keys, *values, *scores;
  int16_t *weights, *queries;
} head_memory;

INLINE void attend(const float *queries, ck_index stride, const head_memory *memory, ck_index tokens, ck_index width,
                   float scale, float *out, ck_index out_stride, const int rough) {
  ck_index key_panels = (tokens + PANEL - 1) / PANEL, line = key_panels * PANEL;
  float tile[ROWS * PANEL] __attribute__((aligned(64))), inverses[ROWS];
  for (ck_index row = 0; row < tokens;) {
    int height = tile_rows(row, tokens);
    for (ck_index p = 0; p < key_panels; p++) {
      float *scores = memory->scores + p * PANEL;
      if (rough)
        tile_bf16_of(height, (const char *)(memory->queries + row * width), width * 2,
                     memory->keys + p * PANEL * width / 2, width / 2, scores, line);
      else
        tile_fp32_of(height, (const char *)(queries + row * stride), stride * 4, memory->keys + p * PANEL * width, width,
                     scores, line);
    }
    soften(height, memory->scores, tokens, line, scale, rough ? memory->weights : NULL, inverses);
    for (ck_index first = 0; first < width; first += PANEL) {
      if (rough)
        tile_bf16_of(height, (const char *)memory->weights, line * 2, memory->values + first * ((tokens + 1) / 2),
                     (tokens + 1) / 2, tile, PANEL);
      else
        tile_fp32_of(height, (const char *)memory->scores, line * 4, memory->values + first * tokens, tokens, tile, PANEL);
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
                      ck_index sequences, ck_index heads, ck_index width, float scale, int precision, float *out,
                      ck_index out_stride) {
  ck_index longest = 0, wide = (width + PANEL - 1) / PANEL * PANEL;
  for (ck_index s = 0; s < sequences; s++)
    longest = offsets[s + 1] - offsets[s] > longest ? offsets[s + 1] - offsets[s] : longest;
  ck_index padded = (longest + PANEL - 1) / PANEL * PANEL;
#ifdef BF16_DOT
  int rough = precision != CK_PRECISION_FP32 && width % PANEL == 0;
#else
  (void)precision;
  const int rough = 0;
#endif
  head_memory memory;
  memory.keys = ck_scratch(0, (size_t)(padded * width + longest * wide + padded * ROWS + 64) * 4 +
                                  (rough ? (size_t)(padded * ROWS + longest * width) * 2 : 0));
  memory.values = memory.keys + padded * width;
  memory.scores = memory.values + longest * wide;
  memory.weights = (int16_t *)(memory.scores + padded * ROWS);
  memory.queries = memory.weights + padded * ROWS;
  for (ck_index s = 0; s < sequences; s++) {
    ck_index start = offsets[s], tokens = offsets[s + 1] - start;
    for (ck_index h = 0; h < heads; h++) {
      ck_index at = start * stride + h * width;
      float *target = out + start * out_stride + h * width;
#ifdef BF16_DOT
      if (rough) {
        pair_keys(k + at, stride, tokens, width, (int32_t *)memory.keys);
        pair_values(v + at, stride, tokens, width, (int32_t *)memory.values);
        for (ck_index t = 0; t < tokens; t++)
          round_bf16(q + at + t * stride, width, width / 2, memory.queries + t * width);
        attend(q + at, stride, &memory, tokens, width, scale, target, out_stride, 1);
        continue;
      }
#endif
      transpose_keys(k + at, stride, tokens, width, memory.keys);
      copy_values(v + at, stride, tokens, width, memory.values);
      attend(q + at, stride, &memory, tokens, width, scale, target, out_stride, 0);
    }
  }
}
