// Compares the functions of each instruction set with the portable ones, over odd shapes. Compiled with CK_EMULATED it
// runs those that this processor lacks as well (see ../test_emulated_kernels.sh). Prints what it compared; exits 1
// where something differs.
#include "../../Sources/CKernels/math/internal.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252ull;
static uint32_t next(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (uint32_t)(state >> 32);
}
static float uniform(void) { return (float)(next() >> 8) * 0x1p-24f * 2 - 1; }
static float *randoms(ck_index n) {
  float *x = aligned_alloc(64, (size_t)(n * 4 + 127) / 64 * 64);
  for (ck_index i = 0; i < n; i++) x[i] = uniform() * (next() % 16 ? 1 : 4);
  return x;
}
static float *room(ck_index n) {
  float *x = aligned_alloc(64, (size_t)(n * 4 + 127) / 64 * 64);
  for (ck_index i = 0; i < n + 16; i++) x[i] = 12345;
  return x;
}

static int failures;
static long comparisons;
static void same(const char *what, const float *ours, const float *oracle, ck_index n, float bound) {
  comparisons += n;
  for (ck_index i = 0; i < n; i++) {
    float difference = fabsf(ours[i] - oracle[i]);
    if (!(difference <= bound * (1 + fabsf(oracle[i]))) && !(isnan(ours[i]) && isnan(oracle[i])) &&
        !(ours[i] == oracle[i])) {
      if (failures++ < 20) printf("  %s: element %ld is %.9g, not %.9g\n", what, (long)i, ours[i], oracle[i]);
      return;
    }
  }
}

static ck_matrix *packed(int set, int precision, ck_index outputs, ck_index inputs, const float *weights) {
  ck_matrix *m = ck_matrix_create(set, precision, outputs, inputs);
  ck_matrix_fill(m, 0, outputs, weights, CK_F32);
  return m;
}

static const char *precisions[] = {"fp32", "bf16", "int8"};

static void products(const ck_functions *f, int set, ck_index rows, ck_index outputs, ck_index inputs, int round) {
  float *input = randoms(rows * inputs), *weights = randoms(outputs * inputs), *bias = randoms(outputs);
  float *residual = randoms(rows * outputs), *gamma = randoms(outputs), *beta = randoms(outputs);
  float *ours = room(rows * outputs), *oracle = room(rows * outputs);
  if (round % 3 == 0) // blocks of zeros, and a row and an output of zeros
    for (ck_index i = 0; i < outputs * inputs; i++)
      if (i / inputs / 4 * 7919 % 5 || i / inputs == outputs / 2) weights[i] = 0;
  if (round % 4 == 0) memset(input, 0, (size_t)inputs * 4);
  for (int precision = 0; precision < 3; precision++) {
    ck_matrix *m = packed(set, precision, outputs, inputs, weights), *o = packed(0, precision, outputs, inputs, weights);
    ck_matrix_set_levels(o, ck_levels(set));
    for (int activation = 0; activation <= CK_LOG1P2_RELU; activation++) {
      if (activation > CK_GELU && (round + activation) % 5) continue;
      ck_epilogue e = {.bias = round % 2 ? bias : NULL, .activation = activation};
      f->multiply(m, input, inputs, rows, ours, outputs, &e);
      ck_functions_portable.multiply(o, input, inputs, rows, oracle, outputs, &e);
      char what[99];
      snprintf(what, sizeof what, "multiply %s %ldx%ldx%ld activation %d", precisions[precision], (long)rows,
               (long)outputs, (long)inputs, activation);
      float bound = precision == 1 ? 2e-4f : 3e-5f;
      same(what, ours, oracle, rows * outputs, bound);
      if (ours[rows * outputs] != 12345) failures++, printf("  %s: writes behind the end\n", what);
      // A row alone is the same bits.
      ck_index row = rows - 1;
      float *alone = room(outputs);
      f->multiply(m, input + row * inputs, inputs, 1, alone, outputs, &e);
      if (memcmp(alone, ours + row * outputs, (size_t)outputs * 4)) failures++, printf("  %s: not alone\n", what);
      free(alone);
    }
    for (int blocks = CK_BLOCKS_PANEL; precision == CK_PRECISION_INT8 && blocks <= CK_BLOCKS_4X1; blocks++) {
      ck_epilogue e = {.bias = bias, .activation = CK_RELU};
      float *sparse = room(rows * outputs);
      f->multiply(m, input, inputs, rows, ours, outputs, &e);
      if (ck_matrix_find_blocks(m, blocks) != blocks) failures++, printf("  no blocks %d\n", blocks);
      f->multiply(m, input, inputs, rows, sparse, outputs, &e);
      ck_matrix_drop_blocks(m);
      comparisons += rows * outputs;
      if (memcmp(sparse, ours, (size_t)(rows * outputs) * 4) || sparse[rows * outputs] != 12345)
        failures++, printf("  blocks %d, %ldx%ldx%ld differ from the dense product\n", blocks, (long)rows, (long)outputs,
                           (long)inputs);
      free(sparse);
    }
    ck_epilogue e = {bias, CK_NONE, residual, outputs, gamma, beta, 1e-12f};
    f->multiply(m, input, inputs, rows, ours, outputs, &e);
    ck_functions_portable.multiply(o, input, inputs, rows, oracle, outputs, &e);
    if (outputs > 4) same("multiply, residual, norm", ours, oracle, rows * outputs, precision == 1 ? 2e-3f : 2e-4f);
    // Sequences: some empty.
    ck_index offsets[5] = {0, rows / 3, rows / 3, rows / 2, rows};
    float *scales = randoms(rows);
    uint8_t *counted = malloc((size_t)rows + 1);
    for (ck_index i = 0; i < rows; i++) scales[i] = fabsf(scales[i]), counted[i] = next() % 4 != 0;
    float *p = room(4 * outputs), *q = room(4 * outputs);
    static const int poolings[] = {CK_POOL_MAX, CK_POOL_SUM, CK_POOL_FIRST};
    for (int i = 0; i < 3; i++) {
      for (int variant = 0; variant < 4; variant++) {
        ck_head h = {bias, variant & 1 ? scales : NULL, variant & 2 ? counted : NULL,
                     (round + i) % 2 ? CK_LOG1P_RELU : CK_NONE, poolings[i]};
        if (round % 7 == 0) h.activation = CK_GELU;
        f->pooled(m, input, inputs, offsets, 4, p, outputs, &h);
        ck_functions_portable.pooled(o, input, inputs, offsets, 4, q, outputs, &h);
        char what[99];
        snprintf(what, sizeof what, "pooled %s %ldx%ldx%ld pooling %d variant %d activation %d", precisions[precision],
                 (long)rows, (long)outputs, (long)inputs, poolings[i], variant, h.activation);
        same(what, p, q, 4 * outputs, precision == 1 ? 5e-4f : 3e-5f);
        if (p[4 * outputs] != 12345) failures++, printf("  %s: writes behind the end\n", what);
      }
    }
    free(p), free(q), free(scales), free(counted);
    ck_matrix_destroy(m);
    ck_matrix_destroy(o);
  }
  free(input), free(weights), free(bias), free(residual), free(gamma), free(beta), free(ours), free(oracle);
}

static void others(const ck_functions *f, ck_index tokens, ck_index heads, ck_index width) {
  const ck_functions *g = &ck_functions_portable;
  ck_index hidden = heads * width, offsets[5] = {0, tokens / 4, tokens / 4, tokens / 2, tokens};
  float *x = randoms(3 * tokens * hidden), *a = room((tokens + 4) * hidden), *b = room((tokens + 4) * hidden);
  float *gamma = randoms(hidden), *beta = randoms(hidden);
  f->attention(x, x + hidden, x + 2 * hidden, 3 * hidden, offsets, 4, heads, width, 0.3f, CK_PRECISION_FP32, a, hidden);
  g->attention(x, x + hidden, x + 2 * hidden, 3 * hidden, offsets, 4, heads, width, 0.3f, CK_PRECISION_FP32, b, hidden);
  same("attention", a, b, tokens * hidden, 1e-5f);
  f->attention(x, x + hidden, x + 2 * hidden, 3 * hidden, offsets, 4, heads, width, 0.3f, CK_PRECISION_INT8, a, hidden);
  same("rounded attention", a, b, tokens * hidden, 2e-2f);
  if (a[tokens * hidden] != 12345) failures++, printf("  attention writes behind the end\n");
  f->layer_norm(x, hidden, x + tokens * hidden, hidden, tokens, hidden, gamma, beta, 1e-5f, a, hidden);
  g->layer_norm(x, hidden, x + tokens * hidden, hidden, tokens, hidden, gamma, beta, 1e-5f, b, hidden);
  same("layer norm", a, b, tokens * hidden, 1e-4f);
  uint8_t *counted = malloc((size_t)tokens + 1);
  for (ck_index i = 0; i < tokens; i++) counted[i] = next() % 3 != 0;
  for (int pooling = 0; pooling <= CK_POOL_LAST; pooling++) {
    f->pool(x, hidden, offsets, 4, hidden, pooling % 2 ? counted : NULL, pooling, a, hidden);
    g->pool(x, hidden, offsets, 4, hidden, pooling % 2 ? counted : NULL, pooling, b, hidden);
    same("pool", a, b, (tokens < 4 ? tokens : 4) * hidden, 1e-5f);
  }
  memcpy(a, x, (size_t)(tokens * hidden) * 4), memcpy(b, x, (size_t)(tokens * hidden) * 4);
  f->normalize(a, hidden, tokens, hidden, 1e-12f), g->normalize(b, hidden, tokens, hidden, 1e-12f);
  same("normalize", a, b, tokens * hidden, 1e-6f);
  f->dot_f32(gamma, x, hidden, tokens, hidden, a), g->dot_f32(gamma, x, hidden, tokens, hidden, b);
  same("dot_f32", a, b, tokens, 3e-5f);
  f->distance_f32(gamma, x, hidden, tokens, hidden, a), g->distance_f32(gamma, x, hidden, tokens, hidden, b);
  same("distance_f32", a, b, tokens, 3e-5f);
  char *halves = malloc((size_t)(tokens * hidden) * 2 + 1) , *other = malloc((size_t)(tokens * hidden) * 2 + 1);
  for (int element = CK_F32; element <= CK_I8; element++) {
    if (element == CK_F32) continue;
    f->from_f32(x, tokens * hidden, element, halves + 1), g->from_f32(x, tokens * hidden, element, other + 1);
    if (memcmp(halves + 1, other + 1, (size_t)(tokens * hidden) * (element == CK_I8 ? 1 : 2)))
      failures++, printf("  from_f32 %d\n", element);
    f->to_f32(halves + 1, element, tokens * hidden, a), g->to_f32(halves + 1, element, tokens * hidden, b);
    same("to_f32", a, b, tokens * hidden, 0);
    if (element == CK_F16) {
      f->dot_f16(gamma, halves + 1, hidden, tokens, hidden, a), g->dot_f16(gamma, halves + 1, hidden, tokens, hidden, b);
      same("dot_f16", a, b, tokens, 3e-5f);
    }
    int32_t ids[600], types[600];
    for (ck_index i = 0; i < tokens; i++) ids[i] = (int32_t)(next() % (uint32_t)tokens), types[i] = next() % 2;
    ck_table words = {halves + 1, element}, rows = {x, CK_F32};
    f->embed(words, rows, rows, ids, types, offsets, 4, tokens > 2 ? 0 : 0, hidden, a, hidden);
    g->embed(words, rows, rows, ids, types, offsets, 4, tokens > 2 ? 0 : 0, hidden, b, hidden);
    same("embed", a, b, tokens * hidden, 1e-6f);
  }
  int8_t *q = malloc((size_t)(tokens * hidden) + 1);
  int32_t *m = malloc((size_t)tokens * 4), *n = malloc((size_t)tokens * 4);
  for (ck_index i = 0; i < tokens * hidden; i++) q[i] = (int8_t)next();
  f->dot_i8(q, q, hidden, tokens, hidden, m), g->dot_i8(q, q, hidden, tokens, hidden, n);
  if (memcmp(m, n, (size_t)tokens * 4)) failures++, printf("  dot_i8\n");
  free(q), free(m), free(n), free(halves), free(other), free(counted), free(x), free(a), free(b), free(gamma), free(beta);
}

// Every half, and floats around every border of the short types.
static void conversions(const ck_functions *f) {
  static uint16_t every[65536], back[65536], oracle[65536];
  static float a[65536], b[65536];
  for (int i = 0; i < 65536; i++) every[i] = (uint16_t)i;
  for (int element = CK_F16; element <= CK_BF16; element++) {
    f->to_f32(every, element, 65536, a), ck_functions_portable.to_f32(every, element, 65536, b);
    same("every half", a, b, 65536, 0);
    for (int nudge = -1; nudge <= 1; nudge++) {
      for (int i = 0; i < 65536; i++) {
        uint32_t bits;  // half of the way to the next, and its neighbours
        float next_one;
        uint16_t n = (uint16_t)(i + 1);
        ck_functions_portable.to_f32(&n, element, 1, &next_one);
        b[i] = (a[i] + next_one) / 2;
        memcpy(&bits, b + i, 4), bits += (uint32_t)nudge, memcpy(b + i, &bits, 4);
      }
      f->from_f32(b, 65536, element, back), ck_functions_portable.from_f32(b, 65536, element, oracle);
      for (int i = 0; i < 65536; i++)
        if (back[i] != oracle[i] && b[i] == b[i]) {
          if (failures++ < 20) printf("  half %d of %.9g: %04x, not %04x\n", element, b[i], back[i], oracle[i]);
          break;
        }
    }
  }
  for (int activation = 0; activation <= CK_LOG1P2_RELU; activation++) {
    for (int i = 0; i < 65536; i++) a[i] = b[i] = ((float)i - 32768) / (i % 2 ? 2048.f : 256.f);
    f->activate(a, 65536 - 3, activation), ck_functions_portable.activate(b, 65536 - 3, activation);
    same("activation", a, b, 65536, 2e-6f);
  }
}

int main(void) {
  static const struct {
    const char *name;
    const ck_functions *functions;
  } sets[] = {{"portable", &ck_functions_portable}, {"avx2", &ck_functions_avx2}, {"avx2vnni", &ck_functions_avx2_vnni},
              {"avx512", &ck_functions_avx512}, {"avx512vnni", &ck_functions_avx512_vnni},
              {"avx512bf16", &ck_functions_avx512_bf16}};
  int wrong = 0;
  for (int set = CK_AVX2; set < CK_INSTRUCTION_SETS; set++) {
#ifndef CK_EMULATED
    if (!ck_supports(set)) continue;
#endif
    failures = 0, comparisons = 0;
    state = 88172645463325252ull;
    const ck_functions *f = sets[set].functions;
    conversions(f);
    int round = 0;
    for (ck_index rows = 1; rows <= 130; rows += 1 + rows / 9, round++)
      products(f, set, rows, 1 + next() % 150, 1 + next() % 140, round);
    products(f, set, 300, 97, 384, 1);
    products(f, set, 77, 70, 1537, 2);
    products(f, set, 13, 1537, 31, 3);
    for (ck_index tokens = 1; tokens <= 130; tokens += 1 + tokens / 7) others(f, tokens, 1 + next() % 3, 1 + next() % 70);
    others(f, 512, 2, 32);
    printf("%s: %ld values compared with the portable functions, %d differences\n", sets[set].name, comparisons,
           failures);
    wrong |= failures;
  }
  return wrong ? 1 : 0;
}
