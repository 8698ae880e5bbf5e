// Speed of the math kernels on one core beside what its multiply-add units can do (scripts/bench_kernels.sh). Times are
// of the thread, so that a busy machine disturbs them less; the best of some passes counts.
#include "../Sources/CKernels/math/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#if defined(__x86_64__)
// Twelve independent chains of fused multiply-adds: GFLOP/s.
__attribute__((target("avx2,fma"), noinline)) static double peak_fp32(void) {
  __m256 sums[12];
  for (int i = 0; i < 12; i++) sums[i] = _mm256_set1_ps((float)i);
  __m256 x = _mm256_set1_ps(1.0000001f), y = _mm256_set1_ps(1e-9f);
  long rounds = 10000000;
  double start = now();
  for (long k = 0; k < rounds; k++) {
    for (int i = 0; i < 12; i++) sums[i] = _mm256_fmadd_ps(sums[i], x, y);
    __asm__ volatile("" : "+x"(sums[0]));
  }
  double seconds = now() - start;
  volatile float all = 0;
  for (int i = 0; i < 12; i++) all += sums[i][0];
  return (double)rounds * 12 * 16 / seconds * 1e-9;
}
#endif

static float *randoms(long n) {
  float *x = aligned_alloc(64, (size_t)(n * 4 + 127) / 64 * 64);
  for (long i = 0; i < n; i++) x[i] = (float)(rand() % 20001 - 10000) * 1e-4f;
  return x;
}

static double product(const ck_functions *f, int set, int precision, const int *shape, int activation, int high, int wide,
                      int zeros) {
  long rows = shape[0], outputs = shape[1], inputs = shape[2];
  float *weights = randoms(outputs * inputs), *x = randoms(rows * inputs), *bias = randoms(outputs);
  float *y = randoms(rows * outputs);
  for (long o = 0; o < outputs; o += high)
    for (long k = 0; k < inputs; k += wide)
      if (rand() % 100 < zeros)
        for (long i = 0; i < high * wide; i++) weights[(o + i / wide) * inputs + k + i % wide] = 0;
  ck_matrix *m = ck_matrix_create(set, precision, outputs, inputs);
  ck_matrix_fill(m, 0, outputs, weights, CK_F32);
  ck_matrix_find_blocks(m, -1);
  ck_epilogue e = {.bias = bias, .activation = activation};
  double best = 1e9, work = 2e-9 * (double)rows * (double)outputs * (double)inputs;
  long times = 1 + (long)(0.2 / work);
  for (int pass = 0; pass < 7; pass++) {
    double start = now();
    for (long i = 0; i < times; i++) f->multiply(m, x, inputs, rows, y, outputs, &e);
    double seconds = (now() - start) / (double)times;
    best = seconds < best ? seconds : best;
  }
  ck_matrix_destroy(m);
  free(weights), free(x), free(bias), free(y);
  return work / best;
}

// Seconds a token, 12 heads of 32.
static double attention(const ck_functions *f, int precision, long length) {
  long heads = 12, width = 32, hidden = heads * width, sequences = 1024 / length, tokens = sequences * length;
  float *x = randoms(tokens * 3 * hidden), *y = randoms(tokens * hidden);
  ck_index offsets[65];
  for (long i = 0; i <= sequences; i++) offsets[i] = i * length;
  double best = 1e9;
  for (int pass = 0; pass < 7; pass++) {
    double start = now();
    f->attention(x, x + hidden, x + 2 * hidden, 3 * hidden, offsets, sequences, heads, width, 0.17f, precision, y, hidden);
    double seconds = now() - start;
    best = seconds < best ? seconds : best;
  }
  free(x), free(y);
  return best / (double)tokens;
}

int main(int count, char **arguments) {
  int set = CK_PORTABLE;
  for (int i = 0; i < CK_INSTRUCTION_SETS; i++)
    if (ck_supports(i)) set = i;
  if (count > 1) set = atoi(arguments[1]);
  const ck_functions *f = ck_functions_of(set);
  printf("instruction set %d\n", set);
#if defined(__x86_64__)
  if (ck_supports(CK_AVX2)) printf("peak fp32 of 256-bit multiply-adds: %.1f GFLOP/s\n", peak_fp32());
#endif
  static const int shapes[][3] = {{1, 1536, 384},    {8, 1152, 384},    {80, 1152, 384},  {1000, 1152, 384}, {1000, 384, 384},
                                  {1000, 1536, 384}, {1000, 384, 1536}, {1000, 3072, 768}, {1000, 512, 128}};
  static const char *names[] = {"fp32", "bf16", "int8"};
  for (int precision = 0; precision < 3; precision++)
    for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++)
      printf("%s %4d x %4d x %4d: %6.1f G/s, with GELU %6.1f\n", names[precision], shapes[i][0], shapes[i][1], shapes[i][2],
             product(f, set, precision, shapes[i], CK_NONE, 1, 1, 0), product(f, set, precision, shapes[i], CK_GELU, 1, 1, 0));
  static const int kinds[][2] = {{32, 4}, {1, 4}, {4, 1}};
  for (int kind = 0; kind < 3; kind++)
    for (int zeros = 70; zeros <= 90; zeros += 10)
      printf("int8 %d x %d blocks, %d %% zero: %.2f x the dense speed\n", kinds[kind][0], kinds[kind][1], zeros,
             product(f, set, 2, shapes[5], CK_NONE, kinds[kind][0], kinds[kind][1], zeros) /
                 product(f, set, 2, shapes[5], CK_NONE, 1, 1, 0));
  static const long lengths[] = {16, 32, 64, 77, 128, 256, 512};
  for (int precision = CK_PRECISION_FP32; precision <= CK_PRECISION_BF16; precision++)
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
      double best = attention(f, precision, lengths[i]);
      printf("attention, %s, %ld tokens, 12 heads of 32: %.1f GFLOP/s, %.2f microseconds a token\n", names[precision],
             lengths[i], 4e-9 * (double)lengths[i] * 384 / best, best * 1e6);
    }
  return 0;
}
