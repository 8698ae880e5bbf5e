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

// What a tile of a whole panel becomes: from `y` on, rows out_stride apart; `more` is the residual or null.
typedef struct {
  const int32_t *sums, *zeros;         // int8: of the columns and of the rows
  const float *scales, *row_scales;    // int8: likewise
  const float *bias, *more;
  ck_index more_stride, out_stride;
  float *y;
} finished;

INLINE finished finished_of(const ck_matrix *m, const block *b, ck_index row, const columns *c, const ck_epilogue *e,
                            float *out, ck_index out_stride, const float *residual) {
  int int8 = m->precision == CK_PRECISION_INT8;
  return (finished){
      .sums = int8 ? m->sums + c->first : NULL, .zeros = int8 ? b->zeros + row : NULL,
      .scales = int8 ? m->scales + c->first : NULL, .row_scales = int8 ? b->scales + row : NULL, .bias = c->bias,
      .more = residual ? residual + row * e->residual_stride + c->first : NULL, .more_stride = e->residual_stride,
      .out_stride = out_stride, .y = out + row * out_stride + c->first};
}

// A row of sums to outputs. What belongs to a column is loaded by the caller, because the compiler must suppose that a
// store changes it.
#define FINISHED_ROW(f, activation, int8, sum0, sum1) \
  do { \
    vf v0, v1; \
    if (int8) { \
      v0 = floats((vi)(sum0) - sums0 * (f).zeros[r]) * (scales0 * splat((f).row_scales[r])); \
      v1 = floats((vi)(sum1) - sums1 * (f).zeros[r]) * (scales1 * splat((f).row_scales[r])); \
    } else { \
      v0 = (vf)(sum0), v1 = (vf)(sum1); \
    } \
    v0 = activated(v0 + bias0, activation), v1 = activated(v1 + bias1, activation); \
    if ((f).more) { \
      v0 += load((f).more + r * (f).more_stride); \
      v1 += load((f).more + r * (f).more_stride + W); \
    } \
    store((f).y + r * (f).out_stride, v0); \
    store((f).y + r * (f).out_stride + W, v1); \
  } while (0)
#define FINISHED_COLUMNS(f, int8) \
  vf bias0 = load((f).bias), bias1 = load((f).bias + W); \
  vi sums0 = int8 ? *(const vi_any *)(f).sums : (vi)0, sums1 = int8 ? *(const vi_any *)((f).sums + W) : (vi)0; \
  vf scales0 = int8 ? load((f).scales) : splat(0), scales1 = int8 ? load((f).scales + W) : splat(0); \
  (void)sums0, (void)sums1, (void)scales0, (void)scales1

// The tile's product and what follows it, without a store of the sums between.
#define FINISHED_TILE(kind, vector, int8, name, activation) \
  INLINE void name(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups, \
                   const finished *wanted) { \
    vector sums[ROWS][2]; \
    sums_##kind(rows, a, stride, panel, groups, sums); \
    finished f = *wanted; \
    FINISHED_COLUMNS(f, int8); \
    EACH_ROW FINISHED_ROW(f, activation, int8, sums[r][0], sums[r][1]); \
  } \
  static __attribute__((noinline)) void name##_of(int rows, const char *a, ck_index stride, const void *panel, \
                                                  ck_index groups, const finished *f) { \
    switch (rows) { FINISHED_CASES(name) } \
  }
#define FINISHED_CASE(name, n) case n: name(n, a, stride, panel, groups, f); return;
#if ROWS == 6
#define FINISHED_CASES(name) FINISHED_CASE(name, 1) FINISHED_CASE(name, 2) FINISHED_CASE(name, 3) FINISHED_CASE(name, 4) \
  FINISHED_CASE(name, 5) default: FINISHED_CASE(name, 6)
#else
#define FINISHED_CASES(name) FINISHED_CASE(name, 1) FINISHED_CASE(name, 2) FINISHED_CASE(name, 3) FINISHED_CASE(name, 4) \
  FINISHED_CASE(name, 5) FINISHED_CASE(name, 6) FINISHED_CASE(name, 7) FINISHED_CASE(name, 8) FINISHED_CASE(name, 9) \
  FINISHED_CASE(name, 10) FINISHED_CASE(name, 11) default: FINISHED_CASE(name, 12)
#endif
FINISHED_TILE(fp32, vf, 0, fp32_plain, CK_NONE)
FINISHED_TILE(bf16, vf, 0, bf16_plain, CK_NONE)
FINISHED_TILE(int8, vi, 1, int8_plain, CK_NONE)
FINISHED_TILE(bf16, vf, 0, bf16_gelu, CK_ROUGH_GELU)
FINISHED_TILE(int8, vi, 1, int8_gelu, CK_ROUGH_GELU)

typedef void finished_tile(int rows, const char *a, ck_index stride, const void *panel, ck_index groups, const finished *f);

// The one of them that a product ends with, or null.
INLINE finished_tile *finished_tile_of(const ck_matrix *m, int activation) {
  int plain = activation == CK_NONE;
  if (!plain && activation != CK_ROUGH_GELU) return NULL;
  switch (m->precision) {
    case CK_PRECISION_FP32: return plain ? fp32_plain_of : NULL;
    case CK_PRECISION_BF16: return plain ? bf16_plain_of : bf16_gelu_of;
    default: return plain ? int8_plain_of : int8_gelu_of;
  }
}

// The same of a tile in memory.
INLINE void finish_whole(const float *tile, int rows, const finished *wanted, const int activation,
                         const int int8) {
  finished f = *wanted;
  FINISHED_COLUMNS(f, int8);
  for (int r = 0; r < rows; r++) {
    const float *at = tile + r * PANEL;
    FINISHED_ROW(f, activation, int8, load(at), load(at + W));
  }
}

INLINE void finish_as(const ck_matrix *m, const block *b, const float *tile, int rows, ck_index row, const columns *c,
                      const ck_epilogue *e, float *out, ck_index out_stride, const float *residual,
                      const int activation) {
  if (c->width == PANEL) {
    finished f = finished_of(m, b, row, c, e, out, out_stride, residual);
    if (m->precision == CK_PRECISION_INT8) finish_whole(tile, rows, &f, activation, 1);
    else finish_whole(tile, rows, &f, activation, 0);
    return;
  }
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
  int activation = ck_activation(m, e->activation);
  switch (activation) {
    case CK_NONE: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, CK_NONE); break;
    case CK_GELU: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, CK_GELU); break;
    case CK_ROUGH_GELU: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, CK_ROUGH_GELU); break;
    default: finish_as(m, b, tile, rows, row, c, e, out, out_stride, residual, activation);
  }
}
