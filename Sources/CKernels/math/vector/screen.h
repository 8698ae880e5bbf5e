// Which rows of a vocabulary's logits can be above zero. A sparse encoder's activation makes zero of all others, and of
// SPLADE-tiny's rows (a token by 32 terms) .5 % have a logit above zero. So tiles are multiplied in few bits first, at a
// quarter of the price, and the rows that may count again in fp32: results are the same bits.
//
// Inputs and weights have 8 bits with VNNI, 6 without. A tile's rows share a scale, so that their maximum is taken in
// integers and one row of bounds, with the rows' largest |e| and |x'|, tells whether any may count; those that do are found
// by their own.
//
// With inputs x = x' + e, weights w = w' + f, both rounded (x' = scale * integers):
//   x.w + bias = x'.w' + e.w + x'.f + bias <= x'.w' + |w| |e| + |f| |x'| + bias =: B    (Cauchy and Schwarz).
// The fp32 logit is larger than the left side by at most (inputs + 1) 2^-24 |x| |w|, to first order; what is computed of B
// smaller than B by at most 2 * 2^-24 |x'| |w'|, of the two products that make floats of an integer sum, and, of the three
// fused additions, 3 * 2^-24 (|w| |e| + |f| |x'|): a B that counts is not below zero, so none of the partial sums that are
// below zero is further from it than what is yet to be added, and those above stay above. Rows' |e| is therefore made
// larger by (inputs + 8) 2^-23 |x|, and all lengths by 1e-6 of themselves. What subnormal numbers lose is below
// SCREEN_NOTHING, which bounds are compared with instead of zero. All of it rises with each of its terms, rounding
// included, so a tile's bound is no lower than a row's.
// Nothing overflows: |x| and |w| are below 1e18. Others, and what is no number, get an infinite bound, or NaN, which counts.
//
// Accumulators: with VNNI int32, which may wrap around on the way; their last value is at most 127 * 127 * inputs.
// Without, a pair of products, at most 2 * 63 * 31 = 3906, in 16 bits; 8 of them, at most 31248, are summed there and then
// in 32.

// Tiles of a block after which a screen that lets most of them through is given up.
#define SCREEN_TRIALS 256
// Rows of a block at most.
#define SCREEN_ROWS 1020
#define SCREEN_NOTHING -1e-30f
#ifdef VNNI
#define SCREEN_LEVELS 127
#else
#define SCREEN_LEVELS 31
#endif

typedef double vd __attribute__((ext_vector_type(W)));
typedef uint8_t vbytes __attribute__((ext_vector_type(W), aligned(1), may_alias));

// The rows of a block that count, in few bits: x' = (q - SCREEN_LEVELS - 1) * scale. By row: its token and sequence, the
// scale, |e| with all rounding, |x'|, and in the first row of a tile the largest two of its rows.
typedef struct {
  ck_index stride, count;  // bytes, rows
  uint8_t *a;
  int32_t *tokens, *sequences;
  float *scales, *errors, *lengths, *most_errors, *most_lengths;
  int32_t *kept;    // rows of the panel at hand that may count
  float *gathered;  // ROWS of them, to be multiplied again
} screened;

INLINE ck_index screen_stride(const ck_matrix *m) { return (ck_screen_groups(m) * 4 + W + 63) / 64 * 64 + 64; }

// Rows that stay in the second-level cache while all panels pass.
INLINE ck_index screen_rows(const ck_matrix *m) {
  ck_index rows = 192 * 1024 / screen_stride(m) / ROWS * ROWS;
  return rows < 2 * ROWS ? 2 * ROWS : rows > SCREEN_ROWS ? SCREEN_ROWS : rows;
}

static screened screen_memory(const ck_matrix *m, ck_index rows) {
  screened s = {.stride = screen_stride(m)};
  ck_index gathered = ROWS * (m->inputs + 64) * 4;
  char *memory = ck_scratch(0, (size_t)(gathered + rows * (s.stride + 8 * 4)));
  s.gathered = (float *)memory;
  s.a = (uint8_t *)memory + (gathered + 63) / 64 * 64;
  s.tokens = (int32_t *)(s.a + rows * s.stride);
  s.sequences = s.tokens + rows;
  s.kept = s.sequences + rows;
  s.scales = (float *)(s.kept + rows);
  s.errors = s.scales + rows;
  s.lengths = s.errors + rows;
  s.most_errors = s.lengths + rows;
  s.most_lengths = s.most_errors + rows;
  return s;
}

INLINE double total(const vd *v) {
  double sum = 0;
  for (int i = 0; i < W; i++) sum += (*v)[i];
  return sum;
}

// The largest magnitude of a row; -1 where it has no bound.
INLINE float row_range(const float *x, ck_index width) {
  vf range = splat(0);
  vd squares = 0;
  for (ck_index i = 0; i < width; i += W) {
    vf v = width - i < W ? load_some(x + i, width - i) : load(x + i);
    vd d = __builtin_convertvector(v, vd);
    range = larger(larger(v, -v), range);
    squares += d * d;
  }
  return total(&squares) < CK_SCREEN_SQUARES ? largest_of(range) : -1;
}

// Rounds a row; its |e| and |x'|. A row without a bound becomes zero.
static void screen_row(const ck_matrix *m, const float *x, float scale, int bounded, uint8_t *q, float *error,
                       float *length) {
  vf inverse = splat(scale > 1e-32f ? 1 / scale : 0);
  vd errors = 0, squares = 0;
  for (ck_index i = 0; i < m->inputs; i += W) {
    vf v = m->inputs - i < W ? load_some(x + i, m->inputs - i) : load(x + i);
    if (!bounded) v = splat(0);
    vi rounded = integers(v * inverse);
    rounded = rounded > SCREEN_LEVELS ? (vi)SCREEN_LEVELS : rounded < -SCREEN_LEVELS ? (vi)-SCREEN_LEVELS : rounded;
    *(vbytes *)(q + i) = __builtin_convertvector(rounded + (SCREEN_LEVELS + 1), vbytes);
    vd coarse = __builtin_convertvector(rounded, vd) * (double)scale, lost = __builtin_convertvector(v, vd) - coarse;
    errors += lost * lost;
    squares += coarse * coarse;
  }
  double e = sqrt(total(&errors)), l = sqrt(total(&squares));
  *error = bounded ? ck_screen_length(e + 0x1p-23 * (double)(m->inputs + 8) * (e + l)) : INFINITY;
  *length = ck_screen_length(l);
}

// Rounds the rows whose tokens are listed.
static void screen_round(const ck_matrix *m, const float *input, ck_index input_stride, screened *s) {
  float ranges[ROWS];
  for (ck_index row = 0; row < s->count;) {
    int height = tile_rows(row, s->count);
    float range = 0, error = 0, length = 0;
    for (int r = 0; r < height; r++) {
      ranges[r] = row_range(input + s->tokens[row + r] * input_stride, m->inputs);
      range = ranges[r] > range ? ranges[r] : range;
    }
    for (int r = 0; r < height; r++) {
      ck_index i = row + r;
      s->scales[i] = range / SCREEN_LEVELS;
      screen_row(m, input + s->tokens[i] * input_stride, s->scales[i], ranges[r] >= 0, s->a + i * s->stride,
                 s->errors + i, s->lengths + i);
      error = s->errors[i] > error ? s->errors[i] : error;
      length = s->lengths[i] > length ? s->lengths[i] : length;
    }
    s->most_errors[row] = error;
    s->most_lengths[row] = length;
    row += height;
  }
}

// A tile of the screen: what its bounds are made of, and the sums where they are needed.
typedef struct {
  const int32_t *starts;
  const float *scales, *lengths, *errors, *bias;  // of the panel's outputs
  float scale, error, length;                     // of the tile's rows, the largest
  int counts;                                     // whether some row may
  int32_t sums[ROWS * PANEL] __attribute__((aligned(64)));
} screen_tile;

// Lanes of 16 or 8 outputs that may count.
INLINE vi counting(const screen_tile *t, vi sums, int half, float scale, float error, float length) {
  ck_index at = half * W;
  vf dot = floats(sums) * load(t->scales + at);
  vf bound = multiply_add(dot, splat(scale), load(t->bias + at));
  bound = multiply_add(load(t->lengths + at), splat(error), bound);
  bound = multiply_add(load(t->errors + at), splat(length), bound);
  return ~(vi)(bound < splat(SCREEN_NOTHING));
}

INLINE int any_lane(vi mask) { return __builtin_reduce_or(mask) != 0; }
INLINE vi more(vi a, vi b) { return a > b ? a : b; }

// Whether some row of a tile may count, by the largest sums of all.
INLINE int tile_counts(screen_tile *t, vi most0, vi most1) {
  return t->counts = any_lane(counting(t, most0, 0, t->scale, t->error, t->length) |
                              counting(t, most1, 1, t->scale, t->error, t->length));
}

#ifdef VNNI
INLINE void tile_screen(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups, void *out,
                        ck_index line) {
  screen_tile *t = out;
  vi start0 = *(const vi_any *)t->starts, start1 = *(const vi_any *)(t->starts + W);
  vi sums[ROWS][2];
  (void)line;
  EACH_ROW sums[r][0] = start0, sums[r][1] = start1;
  add_int8(rows, a, stride, panel, groups, sums);
  vi most0 = sums[0][0], most1 = sums[0][1];
  EACH_ROW most0 = more(sums[r][0], most0), most1 = more(sums[r][1], most1);
  if (!tile_counts(t, most0, most1)) return;
  EACH_ROW {
    *(vi_any *)(t->sums + r * PANEL) = sums[r][0];
    *(vi_any *)(t->sums + r * PANEL + W) = sums[r][1];
  }
}
#else
INLINE void tile_screen(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups, void *out,
                        ck_index line) {
  screen_tile *t = out;
  const INTEGERS *b = panel;
  INTEGERS *o = (INTEGERS *)t->sums;
  (void)line;
  EACH_ROW
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) o[2 * r + half] = (INTEGERS)*(const vi_any *)(t->starts + half * W);
  for (ck_index k = 0; k < groups; k += CK_SCREEN_SUMS, b += 2 * CK_SCREEN_SUMS, a += 4 * CK_SCREEN_SUMS) {
    INTEGERS sums[ROWS][2];
    EACH_ROW sums[r][0] = sums[r][1] = (INTEGERS)(vi)0;
#pragma clang loop unroll(full)
    for (int g = 0; g < CK_SCREEN_SUMS; g++) {
      EACH_ROW {
        INTEGERS x = (INTEGERS)(vi)(*(const lane_any *)(a + r * stride + 4 * g));
        sums[r][0] = INTRINSIC(add_epi16)(sums[r][0], INTRINSIC(maddubs_epi16)(x, b[2 * g]));
        sums[r][1] = INTRINSIC(add_epi16)(sums[r][1], INTRINSIC(maddubs_epi16)(x, b[2 * g + 1]));
      }
    }
    EACH_ROW
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++)
      o[2 * r + half] =
          INTRINSIC(add_epi32)(o[2 * r + half], INTRINSIC(madd_epi16)(sums[r][half], INTRINSIC(set1_epi16)(1)));
  }
  vi most0 = (vi)o[0], most1 = (vi)o[1];
  EACH_ROW most0 = more((vi)o[2 * r], most0), most1 = more((vi)o[2 * r + 1], most1);
  tile_counts(t, most0, most1);
}
#endif

TILE(screen)

// Screens a block's rows for one panel: how many may count; s->kept lists them.
static ck_index screen_panel(const ck_matrix *m, screened *s, const columns *c) {
  const ck_screen *w = ck_screen_of(m);
  ck_index groups = ck_screen_groups(m), kept = 0, ahead = 0;
  const int8_t *panel = w->weights + c->first * groups * 4, *next = panel + PANEL * groups * 4;
  const char *full = panel_of(m, c->first / PANEL);
  screen_tile t = {.starts = w->starts + c->first, .scales = w->scales + c->first, .lengths = w->lengths + c->first,
                   .errors = w->errors + c->first, .bias = c->bias};
  for (ck_index row = 0; row < s->count;) {
    int height = tile_rows(row, s->count);
    t.scale = s->scales[row], t.error = s->most_errors[row], t.length = s->most_lengths[row];
    // A panel is about a page, where the processor's own fetching ahead ends: the next one, and this one's fp32 weights.
    if (ahead < groups * PANEL * 4) __builtin_prefetch(next + ahead);
    for (ck_index i = 0; i < 4 && 4 * ahead < m->groups * PANEL * 4; i++) __builtin_prefetch(full + 4 * ahead + 64 * i);
    ahead += 64;
    tile_screen_of(height, (const char *)s->a + row * s->stride, s->stride, panel, groups, &t, PANEL);
    for (int r = 0; t.counts && r < height; r++) {
      ck_index i = row + r;
      const int32_t *sums = t.sums + r * PANEL;
      vi counts = counting(&t, *(const vi_any *)sums, 0, s->scales[i], s->errors[i], s->lengths[i]) |
                  counting(&t, *(const vi_any *)(sums + W), 1, s->scales[i], s->errors[i], s->lengths[i]);
      s->kept[kept] = (int32_t)i;
      kept += any_lane(counts);
    }
    row += height;
  }
  return kept;
}
