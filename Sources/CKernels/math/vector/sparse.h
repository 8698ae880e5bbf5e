// Products with the blocks of weights that are not zero (int8). Gale et al., "Sparse GPU kernels for deep learning", 2020,
// and Shen et al., "Fast DistilBERT on CPUs", 2022 (4 x 1 blocks with VNNI), are the ideas.
//
// PANEL blocks use the dense tile with a list of groups. For the others tokens are the lanes: CHUNK rows of inputs are
// transposed, a quad of weights is broadcast and multiplies the same four inputs of W tokens; sums (PANEL, CHUNK) are
// transposed back into a tile. Sums are exact, so results equal the dense ones bit for bit.

#define CHUNK (8 * W)

INLINE void tile_panel(const int rows, const char *a, ck_index stride, const int32_t *b, const uint32_t *offsets,
                       ck_index groups, float *out) {
  vi sums[ROWS][2];
  EACH_ROW sums[r][0] = sums[r][1] = (vi)0;
  for (ck_index k = 0; k < groups; k++, b += PANEL) {
    const char *at = a + (ck_index)offsets[k];
    vi b0 = *(const vi_any *)b, b1 = *(const vi_any *)(b + W);
    EACH_ROW {
      vi x = (vi)(*(const lane_any *)(at + r * stride));
      sums[r][0] = INT8_DOT(sums[r][0], x, b0);
      sums[r][1] = INT8_DOT(sums[r][1], x, b1);
    }
  }
  EACH_ROW {
    *(vi_any *)(out + r * PANEL) = sums[r][0];
    *(vi_any *)(out + r * PANEL + W) = sums[r][1];
  }
}

#undef CASE
#define CASE(kind, n) case n: tile_##kind(n, a, stride, b, offsets, groups, out); return;
static __attribute__((noinline)) void tile_panel_of(int rows, const char *a, ck_index stride, const int32_t *b,
                                                    const uint32_t *offsets, ck_index groups, float *out) {
  switch (rows) { CASES(panel) }
}

// Transposes W vectors in place: interleaving halves log2(W) times.
INLINE void transpose(vi v[W]) {
  vi w[W];
#pragma clang loop unroll(full)
  for (int round = 1; round < W; round *= 2) {
#pragma clang loop unroll(full)
    for (int i = 0; i < W / 2; i++) {
#if W == 8
      w[2 * i] = __builtin_shufflevector(v[i], v[i + W / 2], 0, 8, 1, 9, 2, 10, 3, 11);
      w[2 * i + 1] = __builtin_shufflevector(v[i], v[i + W / 2], 4, 12, 5, 13, 6, 14, 7, 15);
#else
      w[2 * i] = __builtin_shufflevector(v[i], v[i + W / 2], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      w[2 * i + 1] =
          __builtin_shufflevector(v[i], v[i + W / 2], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#endif
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < W; i++) v[i] = w[i];
  }
}

// Quads of inputs by token, (CHUNK, groups), become (groups, CHUNK). Rows behind `rows` are zero.
static void transpose_quads(const char *a, ck_index stride, ck_index rows, ck_index groups, int32_t *out) {
  for (ck_index first = 0; first < CHUNK; first += W) {
    for (ck_index g = 0; g < groups; g += W) {
      vi v[W];
      // Prepared rows are padded, so whole vectors can be read.
      for (int i = 0; i < W; i++)
        v[i] = first + i < rows ? *(const vi_any *)(a + (first + i) * stride + 4 * g) : (vi)0;
      transpose(v);
      for (int i = 0; i < W && g + i < groups; i++) *(vi_any *)(out + (g + i) * CHUNK + first) = v[i];
    }
  }
}

// (groups, CHUNK) quads become twice (4 groups, 4 W) bytes: an input's bytes of half of the tokens. Of 4 W tokens, token
// W j + l stands at 16 (l / 4) + 4 j + l % 4, so that interleaving bytes and words lane by lane gives W tokens in order.
static void split_quads(const int32_t *quads, ck_index groups, uint8_t *out) {
  vi low = (vi)255;
  for (ck_index g = 0; g < groups; g++) {
    for (int half = 0; half < 2; half++) {
      const int32_t *source = quads + g * CHUNK + half * 4 * W;
      vi v0 = *(const vi_any *)source, v1 = *(const vi_any *)(source + W);
      vi v2 = *(const vi_any *)(source + 2 * W), v3 = *(const vi_any *)(source + 3 * W);
#pragma clang loop unroll(full)
      for (int byte = 0; byte < 4; byte++) {
        INTEGERS a = INTRINSIC(packus_epi32)((INTEGERS)((v0 >> (8 * byte)) & low), (INTEGERS)((v1 >> (8 * byte)) & low));
        INTEGERS b = INTRINSIC(packus_epi32)((INTEGERS)((v2 >> (8 * byte)) & low), (INTEGERS)((v3 >> (8 * byte)) & low));
        *(vi_any *)(out + (half * 4 * groups + 4 * g + byte) * 4 * W) = (vi)INTRINSIC(packus_epi16)(a, b);
      }
    }
  }
}

// One output's sums of all tokens of a chunk.
INLINE void sum_quads(const int32_t *quads, const int32_t *weights, const uint32_t *offsets, ck_index n, int32_t *out) {
  vi sums[8];
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) sums[j] = (vi)0;
  for (ck_index i = 0; i < n; i++) {
    const char *a = (const char *)quads + offsets[i];
    vi w = (vi)weights[i];
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; j++) sums[j] = INT8_DOT(sums[j], *(const vi_any *)(a + 4 * j * W), w);
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) *(vi_any *)(out + j * W) = sums[j];
}

// The sums of AT_ONCE outputs of a band of four, of half a chunk's tokens.
#define AT_ONCE (W / 4)
INLINE void sum_bands(const uint8_t *bytes, const int32_t *weights, const uint32_t *offsets, ck_index n, int32_t *out) {
  vi sums[AT_ONCE][4];
#pragma clang loop unroll(full)
  for (int o = 0; o < AT_ONCE; o++)
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) sums[o][j] = (vi)0;
  for (ck_index i = 0; i < n; i++, offsets += 4, weights += 4) {
    INTEGERS a = (INTEGERS)*(const vi_any *)(bytes + offsets[0]);
    INTEGERS b = (INTEGERS)*(const vi_any *)(bytes + offsets[1]);
    INTEGERS c = (INTEGERS)*(const vi_any *)(bytes + offsets[2]);
    INTEGERS d = (INTEGERS)*(const vi_any *)(bytes + offsets[3]);
    INTEGERS ab0 = INTRINSIC(unpacklo_epi8)(a, b), ab1 = INTRINSIC(unpackhi_epi8)(a, b);
    INTEGERS cd0 = INTRINSIC(unpacklo_epi8)(c, d), cd1 = INTRINSIC(unpackhi_epi8)(c, d);
    vi x[4] = {(vi)INTRINSIC(unpacklo_epi16)(ab0, cd0), (vi)INTRINSIC(unpackhi_epi16)(ab0, cd0),
               (vi)INTRINSIC(unpacklo_epi16)(ab1, cd1), (vi)INTRINSIC(unpackhi_epi16)(ab1, cd1)};
#pragma clang loop unroll(full)
    for (int o = 0; o < AT_ONCE; o++) {
      vi w = (vi)weights[o];
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) sums[o][j] = INT8_DOT(sums[o][j], x[j], w);
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < AT_ONCE; o++)
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) *(vi_any *)(out + o * CHUNK + j * W) = sums[o][j];
}

// The first `chunks` chunks of a block's rows, of which there are `count`.
static void multiply_chunks(const ck_matrix *m, const block *b, ck_index count, ck_index chunks, const ck_epilogue *e,
                            float *out, ck_index out_stride, const float *residual) {
  const ck_sparse *s = m->sparse;
  ck_index groups = m->groups;
  int32_t *quads = ck_scratch(1, (size_t)(groups * CHUNK * 8 + 2 * PANEL * CHUNK * 4));
  uint8_t *bytes = (uint8_t *)(quads + groups * CHUNK);
  int32_t *sums = quads + 2 * groups * CHUNK, *tile = sums + PANEL * CHUNK;
  for (ck_index chunk = 0; chunk < chunks; chunk++) {
    ck_index row = chunk * CHUNK, rows = count - row < CHUNK ? count - row : CHUNK;
    transpose_quads(b->a + row * b->stride, b->stride, rows, groups, quads);
    if (s->blocks == CK_BLOCKS_4X1) split_quads(quads, groups, bytes);
    // 4 x 1: half of the chunk's tokens at a time, whose bytes fit the first-level cache.
    ck_index part = s->blocks == CK_BLOCKS_1X4 ? CHUNK : CHUNK / 2;
    for (ck_index from = 0; from < rows; from += part) {
      for (ck_index p = 0; p < m->panels; p++) {
        if (s->blocks == CK_BLOCKS_1X4) {
          for (ck_index o = 0; o < PANEL; o++) {
            ck_index first = s->starts[p * PANEL + o], end = s->starts[p * PANEL + o + 1];
            sum_quads(quads, s->weights + first, s->offsets + first, end - first, sums + o * CHUNK);
          }
        } else {
          for (ck_index band = 0; band < PANEL / 4; band++) {
            ck_index first = s->starts[p * PANEL / 4 + band], end = s->starts[p * PANEL / 4 + band + 1];
            for (ck_index o = 0; o < 4; o += AT_ONCE)
              sum_bands(bytes + from * 4 * groups, s->weights + 4 * first + o, s->offsets + 4 * first, end - first,
                        sums + (4 * band + o) * CHUNK);
          }
        }
        columns c = columns_of(m, p, e->bias);
        ck_index count = rows - from < part ? rows - from : part;
        for (ck_index t = 0; t < part; t += W) {
          for (ck_index half = 0; half < 2; half++) {
            vi v[W];
            for (int i = 0; i < W; i++) v[i] = *(const vi_any *)(sums + (half * W + i) * CHUNK + t);
            transpose(v);
            for (int i = 0; i < W; i++) *(vi_any *)(tile + (t + i) * PANEL + half * W) = v[i];
          }
        }
        finish(m, b, (const float *)tile, (int)count, row + from, &c, e, out, out_stride, residual);
      }
    }
  }
}
