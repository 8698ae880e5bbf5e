// A tile is up to ROWS rows times a panel of 2 W outputs. `a` are the rows of inputs as the precision wants them,
// `stride` bytes apart; `panel` the packed weights; the sums go to `out`, rows `line` apart.

#define EACH_ROW _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++)

INLINE void sums_fp32(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups,
                      vf sums[ROWS][2]) {
  EACH_ROW sums[r][0] = sums[r][1] = splat(0);
  const float *b = panel;
  for (ck_index k = 0; k < groups; k++, b += PANEL) {
    vf b0 = load(b), b1 = load(b + W);
    EACH_ROW {
      vf x = splat(*(const float_any *)(a + r * stride + 4 * k));
      sums[r][0] = multiply_add(x, b0, sums[r][0]);
      sums[r][1] = multiply_add(x, b1, sums[r][1]);
    }
  }
}

// A 32-bit lane of weights is a pair of bf16: input 2 k below, 2 k + 1 above.
#ifdef BF16_DOT
INLINE void sums_bf16(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups,
                      vf sums[ROWS][2]) {
  EACH_ROW sums[r][0] = sums[r][1] = splat(0);
  const int32_t *b = panel;
  for (ck_index k = 0; k < groups; k++, b += PANEL) {
    vi b0 = *(const vi_any *)b, b1 = *(const vi_any *)(b + W);
    EACH_ROW {
      vi x = (vi)(*(const lane_any *)(a + r * stride + 4 * k));
      sums[r][0] = BF16_DOT(sums[r][0], x, b0);
      sums[r][1] = BF16_DOT(sums[r][1], x, b1);
    }
  }
}
#else
INLINE void sums_bf16(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups,
                      vf sums[ROWS][2]) {
  EACH_ROW sums[r][0] = sums[r][1] = splat(0);
  const int32_t *b = panel;
  for (ck_index k = 0; k < groups; k++, b += PANEL) {
    vi pairs0 = *(const vi_any *)b, pairs1 = *(const vi_any *)(b + W);
    vf b0 = (vf)(pairs0 << 16), b1 = (vf)(pairs1 << 16);
    EACH_ROW {
      vf x = splat(*(const float_any *)(a + r * stride + 8 * k));
      sums[r][0] = multiply_add(x, b0, sums[r][0]);
      sums[r][1] = multiply_add(x, b1, sums[r][1]);
    }
    b0 = (vf)(pairs0 & (int32_t)0xffff0000), b1 = (vf)(pairs1 & (int32_t)0xffff0000);
    EACH_ROW {
      vf x = splat(*(const float_any *)(a + r * stride + 8 * k + 4));
      sums[r][0] = multiply_add(x, b0, sums[r][0]);
      sums[r][1] = multiply_add(x, b1, sums[r][1]);
    }
  }
}
#endif

// Adds to the sums. A 32-bit lane of weights is four signed bytes, a lane of inputs four unsigned ones.
INLINE void add_int8(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups,
                     vi sums[ROWS][2]) {
  const int32_t *b = panel;
  for (ck_index k = 0; k < groups; k++, b += PANEL) {
    vi b0 = *(const vi_any *)b, b1 = *(const vi_any *)(b + W);
    EACH_ROW {
      vi x = (vi)(*(const lane_any *)(a + r * stride + 4 * k));
      sums[r][0] = INT8_DOT(sums[r][0], x, b0);
      sums[r][1] = INT8_DOT(sums[r][1], x, b1);
    }
  }
}

INLINE void sums_int8(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups,
                      vi sums[ROWS][2]) {
  EACH_ROW sums[r][0] = sums[r][1] = (vi)0;
  add_int8(rows, a, stride, panel, groups, sums);
}

#define TILE_OF(kind, vector, store_as) \
  INLINE void tile_##kind(const int rows, const char *a, ck_index stride, const void *panel, ck_index groups, void *out, \
                          ck_index line) { \
    vector sums[ROWS][2]; \
    sums_##kind(rows, a, stride, panel, groups, sums); \
    EACH_ROW { \
      *(store_as *)((float *)out + r * line) = sums[r][0]; \
      *(store_as *)((float *)out + r * line + W) = sums[r][1]; \
    } \
  }
TILE_OF(fp32, vf, vf_any)
TILE_OF(bf16, vf, vf_any)
TILE_OF(int8, vi, vi_any)

#define CASE(kind, n) case n: tile_##kind(n, a, stride, panel, groups, out, line); return;
#if ROWS == 6
#define CASES(kind) CASE(kind, 1) CASE(kind, 2) CASE(kind, 3) CASE(kind, 4) CASE(kind, 5) default: CASE(kind, 6)
#else
#define CASES(kind) CASE(kind, 1) CASE(kind, 2) CASE(kind, 3) CASE(kind, 4) CASE(kind, 5) CASE(kind, 6) \
  CASE(kind, 7) CASE(kind, 8) CASE(kind, 9) CASE(kind, 10) CASE(kind, 11) default: CASE(kind, 12)
#endif
#define TILE(kind) static __attribute__((noinline)) void tile_##kind##_of(int rows, const char *a, ck_index stride, \
  const void *panel, ck_index groups, void *out, ck_index line) { switch (rows) { CASES(kind) } }
TILE(fp32)
TILE(bf16)
TILE(int8)
