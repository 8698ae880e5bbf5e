// Which tiles of a vocabulary's logits can be above zero. A sparse encoder's activation makes zero of all others, and of
// SPLADE-tiny's tiles of 6 tokens by 16 terms 1 % have a logit above zero, 8 % a bound above it. So tiles are multiplied
// in few bits first, at a quarter of the price, and those that may count again in fp32: results are the same bits.
//
// With inputs x = x' + e, weights w = w' + f:  w.x + bias <= w'.x' + bias + |w| |e| + |f| |x'|  (Cauchy and Schwarz).
//
// Accumulators: a pair of products, at most 2 * 63 * 31 = 3906, in 16 bits; 8 of them, at most 31248, are summed there
// and then in 32.
// Tiles of a block after which a screen that lets most of them through is given up.
#define SCREEN_TRIALS 256

// A block of rows in few bits: x' = (q - zero) * scale.
typedef struct {
  char *a;
  ck_index stride;                           // bytes
  float *scales, *zeros, *errors, *lengths;  // of a row: the scale, the zero point, |e| with all rounding, |x'|
} screened;

INLINE ck_index screen_stride(const ck_matrix *m) { return (ck_screen_groups(m) * 4 + 63) / 64 * 64 + 64; }

// Working memory that `rows` rows take.
INLINE ck_index screen_bytes(const ck_matrix *m, ck_index rows) { return rows * (screen_stride(m) + 16) + 64; }

// |e| and |x'| of a row; 0 where a value is not finite.
static int measure_row(const float *x, const uint8_t *q, ck_index width, float scale, int32_t zero, float *error,
                       float *length) {
  double errors = 0, squares = 0;
  for (ck_index i = 0; i < width; i++) {
    double coarse = (double)scale * ((int32_t)q[i] - zero), lost = (double)x[i] - coarse;
    errors += lost * lost;
    squares += coarse * coarse;
  }
  // |x| is at most the range of the row, zero in it, in every input. What fp32 sums round away, here and in the tile that
  // is multiplied again, is below (inputs + 8) * 2^-24 of |x| |w|.
  double most = (double)scale * CK_SCREEN_INPUTS * sqrt((double)width);
  *error = (float)((sqrt(errors) + 2e-7 * (double)(width + 8) * most) * (1 + 1e-6));
  *length = (float)(sqrt(squares) * (1 + 1e-6));
  return *error < 1e30f && *length < 1e30f;
}

// 0 where a value is not finite, or so large that bounds overflow: such a block is not screened.
static int screen_rows(const ck_matrix *m, const float *input, ck_index input_stride, ck_index rows, char *memory,
                       screened *s) {
  *s = (screened){.a = memory, .stride = screen_stride(m)};
  s->scales = (float *)(memory + rows * s->stride);
  s->zeros = s->scales + rows;
  s->errors = s->zeros + rows;
  s->lengths = s->errors + rows;
  for (ck_index r = 0; r < rows; r++) {
    const float *x = input + r * input_stride;
    int32_t zero;
    round_int8(x, m->inputs, ck_screen_groups(m), s->a + r * s->stride, s->scales + r, &zero, CK_SCREEN_INPUTS);
    s->zeros[r] = (float)zero;
    if (!measure_row(x, (const uint8_t *)s->a + r * s->stride, m->inputs, s->scales[r], zero, s->errors + r,
                     s->lengths + r))
      return 0;
  }
  return 1;
}

// The sums of a tile, as tile_int8's.
INLINE void tile_screen(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups, void *out,
                        ck_index line) {
  const INTEGERS *b = panel;
  INTEGERS *o = out;
  (void)line;
  EACH_ROW o[2 * r] = o[2 * r + 1] = (INTEGERS)(vi)0;
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
}

TILE(screen)

// Whether a logit of `height` rows from `row` and a panel's outputs can be above zero.
INLINE int may_count(const ck_matrix *m, const screened *s, ck_index row, int height, const columns *c) {
  const ck_screen *w = ck_screen_of(m);
  INTEGERS sums[2 * ROWS];
  ck_index groups = ck_screen_groups(m);
  tile_screen_of(height, s->a + row * s->stride, s->stride, w->weights + c->first * groups * 4, groups, sums, PANEL);
  vf highest = splat(-1);
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    ck_index at = c->first + half * W;
    vf scale = load(w->scales + at), sum = load(w->sums + at), length = load(w->lengths + at);
    vf error = load(w->errors + at), bias = load(c->bias + half * W);
    for (int r = 0; r < height; r++) {
      ck_index i = row + r;
      vf dot = multiply_add(floats((vi)sums[2 * r + half]), scale, -(sum * splat(s->zeros[i])));
      vf bound = multiply_add(dot, splat(s->scales[i]), bias);
      bound = multiply_add(length, splat(s->errors[i]), bound);
      bound = multiply_add(error, splat(s->lengths[i]), bound);
      highest = larger(bound, highest);
    }
  }
  return largest_of(highest) > 0;
}
