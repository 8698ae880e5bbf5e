// Rows as a tile wants them: fp32 as they are, the others in working memory.

static void round_bf16(const float *x, ck_index width, ck_index groups, void *out) {
#ifdef BF16_DOT
  uint16_t *y = out;
  ck_index done = width / (2 * W) * 2 * W;
  for (ck_index i = 0; i < done; i += 2 * W) *(vi_any *)(y + i) = bf16_pair(load(x + i), load(x + i + W));
  for (ck_index i = done; i < width; i++) y[i] = ck_bf16_of(x[i]);
  for (ck_index i = width; i < 2 * groups; i++) y[i] = 0;
#else
  float *y = out;
  ck_index i = 0;
  for (; i + W <= width; i += W) {
    vi bits = *(const vi_any *)(x + i);
    vi rounded = (bits + 0x7fff + ((bits >> 16) & 1)) & (int32_t)0xffff0000;
    // NaN and infinity stay what they are.
    store(y + i, (bits & 0x7f800000) == 0x7f800000 ? (vf)bits : (vf)rounded);
  }
  for (; i < width; i++) y[i] = ck_float_of_bf16(ck_bf16_of(x[i]));
  for (; i < 2 * groups; i++) y[i] = 0;
#endif
}

static void round_int8(const float *x, ck_index width, ck_index groups, void *out, float *scale, int32_t *zero,
                       int32_t levels) {
  vf lows = splat(0), highs = splat(0);
  ck_index i = 0;
  // Four chains: one would wait for itself.
  vf low[4] = {lows, lows, lows, lows}, high[4] = {lows, lows, lows, lows};
  for (; i + 4 * W <= width; i += 4 * W) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      vf v = load(x + i + j * W);
      low[j] = smaller(v, low[j]);
      high[j] = larger(v, high[j]);
    }
  }
  lows = smaller(smaller(low[0], low[1]), smaller(low[2], low[3]));
  highs = larger(larger(high[0], high[1]), larger(high[2], high[3]));
  for (; i + W <= width; i += W) {
    vf v = load(x + i);
    lows = smaller(v, lows);
    highs = larger(v, highs);
  }
  if (i < width) {
    vf v = load_some(x + i, width - i);
    lows = smaller(v, lows);
    highs = larger(v, highs);
  }
  float inverse;
  ck_row_scale(-largest_of(-lows), largest_of(highs), (float)levels, scale, &inverse, zero);
  vf factor = splat(inverse);
  vi offset = (vi)*zero, top = (vi)(int32_t)levels;
  uint8_t *y = out;
  for (i = 0; i + W <= width; i += W) {
    vi q = integers(load(x + i) * factor) + offset;
    q = q < 0 ? (vi)0 : q > top ? top : q;
    typedef uint8_t narrow __attribute__((ext_vector_type(W)));
    typedef narrow narrow_any __attribute__((aligned(1), may_alias));
    *(narrow_any *)(y + i) = __builtin_convertvector(q, narrow);
  }
  for (; i < width; i++) {
    int32_t q = (int32_t)rintf(x[i] * inverse) + *zero;
    y[i] = (uint8_t)(q < 0 ? 0 : q > levels ? levels : q);
  }
  for (; i < groups * 4; i++) y[i] = 0;
}

// A block of rows ready to be multiplied.
typedef struct {
  const char *a;
  ck_index stride;     // bytes
  float *scales;       // int8: a scale and a zero point a row
  int32_t *zeros;
  void (*tile)(int rows, const char *a, ck_index stride, const void *panel, ck_index groups, void *out,
               ck_index line);
} block;

// Bytes that a prepared row takes in working memory.
INLINE ck_index prepared_bytes(const ck_matrix *m) {
  switch (m->precision) {
    case CK_PRECISION_FP32: return 0;
    case CK_PRECISION_BF16:
#ifdef BF16_DOT
      return m->groups * 4;
#else
      return m->groups * 8;
#endif
    default: return m->groups * 4;
  }
}

// Rows that stay in the second-level cache while all panels pass.
INLINE ck_index block_rows(const ck_matrix *m) {
  ck_index bytes = m->precision == CK_PRECISION_FP32 ? m->inputs * 4 : prepared_bytes(m);
  ck_index rows = 256 * 1024 / (bytes + 1) / ROWS * ROWS;
  return rows < 2 * ROWS ? 2 * ROWS : rows > 240 ? 240 : rows;
}

static block prepare(const ck_matrix *m, const float *input, ck_index input_stride, ck_index rows, char *memory) {
  block b = {.a = memory, .stride = (prepared_bytes(m) + 63) / 64 * 64 + 64};
  switch (m->precision) {
    case CK_PRECISION_FP32:
      b.a = (const char *)input, b.stride = input_stride * 4, b.tile = tile_fp32_of;
      return b;
    case CK_PRECISION_BF16:
      b.tile = tile_bf16_of;
      for (ck_index r = 0; r < rows; r++)
        round_bf16(input + r * input_stride, m->inputs, m->groups, memory + r * b.stride);
      return b;
    default:
      b.tile = tile_int8_of;
      b.scales = (float *)(memory + rows * b.stride);
      b.zeros = (int32_t *)(b.scales + rows);
      for (ck_index r = 0; r < rows; r++)
        round_int8(input + r * input_stride, m->inputs, m->groups, memory + r * b.stride, b.scales + r, b.zeros + r,
                   m->levels);
      return b;
  }
}

INLINE char *prepared_memory(const ck_matrix *m, ck_index rows) {
  return ck_scratch(0, (size_t)(rows * ((prepared_bytes(m) + 63) / 64 * 64 + 64 + 8)));
}
