// Nearest centroids and the matrix products of k-means and rotations. Accumulators are 32-bit floats, one for each
// result, so sums do not depend on how work is split: an element of a product is always summed in ascending order.
// The AVX2 tiles are 4 or 6 rows by 16 columns: 8 or 12 accumulators of 8 lanes.
#include "vectors.h"
#include <math.h>

void ck_nearest_portable(const float *points, size_t n, size_t d, size_t stride, const float *panels, const float *bias,
                         size_t count, uint32_t *nearest, float *value) {
  for (size_t i = 0; i < n; i++) {
    const float *x = points + i * stride;
    float best = -INFINITY;
    uint32_t where = 0;
    for (size_t c = 0; c < count; c++) {
      const float *centroid = panels + c / 16 * d * 16 + c % 16;
      float sum = bias[c];
      for (size_t j = 0; j < d; j++) sum = fmaf(x[j], centroid[j * 16], sum);
      if (sum > best) {
        best = sum;
        where = (uint32_t)c;
      }
    }
    nearest[i] = where;
    value[i] = best;
  }
}

void ck_multiply_portable(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns,
                          float *c, size_t ldc) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < columns; j++) {
      const float *b = panels + j / 16 * depth * 16 + j % 16;
      float sum = 0;
      for (size_t t = 0; t < depth; t++) sum = fmaf(a[i * lda + t], b[t * 16], sum);
      c[i * ldc + j] = sum;
    }
}

void ck_gram_portable(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns, size_t n,
                      float *c, size_t ldc) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      float sum = c[i * ldc + j];
      for (size_t t = 0; t < n; t++) sum = fmaf(a[t * lda + i], b[t * ldb + j], sum);
      c[i * ldc + j] = sum;
    }
}

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline, target("avx2,fma")))

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

// `rows` points against all panels; rows is a constant after inlining.
INLINE void nearest_rows(const float *points, const int rows, size_t d, size_t stride, const float *panels,
                         const float *bias, size_t count, uint32_t *nearest, float *value) {
  __m256 best[4][2];
  __m256i where[4][2];
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < 2; h++) {
      best[r][h] = _mm256_set1_ps(-INFINITY);
      where[r][h] = _mm256_setzero_si256();
    }
  for (size_t p = 0; p < (count + 15) / 16; p++) {
    const float *panel = panels + p * d * 16;
    __m256 b0 = _mm256_loadu_ps(bias + p * 16), b1 = _mm256_loadu_ps(bias + p * 16 + 8);
    __m256 sum[4][2];
    for (int r = 0; r < rows; r++) sum[r][0] = b0, sum[r][1] = b1;
    for (size_t j = 0; j < d; j++) {
      __m256 c0 = _mm256_loadu_ps(panel + j * 16), c1 = _mm256_loadu_ps(panel + j * 16 + 8);
      for (int r = 0; r < rows; r++) {
        __m256 x = _mm256_broadcast_ss(points + r * stride + j);
        sum[r][0] = _mm256_fmadd_ps(x, c0, sum[r][0]);
        sum[r][1] = _mm256_fmadd_ps(x, c1, sum[r][1]);
      }
    }
    __m256i number = _mm256_set1_epi32((int)p);
    for (int r = 0; r < rows; r++)
      for (int h = 0; h < 2; h++) {
        __m256 larger = _mm256_cmp_ps(sum[r][h], best[r][h], _CMP_GT_OQ);
        best[r][h] = _mm256_blendv_ps(best[r][h], sum[r][h], larger);
        where[r][h] = _mm256_blendv_epi8(where[r][h], number, _mm256_castps_si256(larger));
      }
  }
  for (int r = 0; r < rows; r++) {
    float values[16];
    uint32_t panel[16];
    for (int h = 0; h < 2; h++) {
      _mm256_storeu_ps(values + 8 * h, best[r][h]);
      _mm256_storeu_si256((__m256i *)(panel + 8 * h), where[r][h]);
    }
    float top = -INFINITY;
    uint32_t first = 0;
    for (int lane = 0; lane < 16; lane++) {
      uint32_t number = panel[lane] * 16 + lane;
      if (values[lane] > top || (values[lane] == top && top > -INFINITY && number < first)) {
        top = values[lane];
        first = number;
      }
    }
    nearest[r] = first;
    value[r] = top;
  }
}

// 16 points against all centroids, points in lanes: for few dimensions, where keeping the best costs more than sums.
INLINE void nearest_lanes(const float *points, const size_t d, size_t stride, const float *panels, const float *bias,
                          size_t count, uint32_t *nearest, float *value) {
  float turned[16 * 16];  // (d, 16)
  for (int i = 0; i < 16; i++)
    for (size_t j = 0; j < d; j++) turned[j * 16 + i] = points[i * stride + j];
  __m256 best0 = _mm256_set1_ps(-INFINITY), best1 = best0;
  __m256i where0 = _mm256_setzero_si256(), where1 = where0;
  for (size_t c = 0; c < count; c++) {
    const float *centroid = panels + c / 16 * d * 16 + c % 16;
    __m256 sum0 = _mm256_broadcast_ss(bias + c), sum1 = sum0;
    for (size_t j = 0; j < d; j++) {
      __m256 element = _mm256_broadcast_ss(centroid + j * 16);
      sum0 = _mm256_fmadd_ps(_mm256_loadu_ps(turned + j * 16), element, sum0);
      sum1 = _mm256_fmadd_ps(_mm256_loadu_ps(turned + j * 16 + 8), element, sum1);
    }
    __m256 number = _mm256_castsi256_ps(_mm256_set1_epi32((int)c));
    __m256 larger0 = _mm256_cmp_ps(sum0, best0, _CMP_GT_OQ), larger1 = _mm256_cmp_ps(sum1, best1, _CMP_GT_OQ);
    best0 = _mm256_max_ps(best0, sum0);
    best1 = _mm256_max_ps(best1, sum1);
    where0 = _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(where0), number, larger0));
    where1 = _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(where1), number, larger1));
  }
  _mm256_storeu_ps(value, best0);
  _mm256_storeu_ps(value + 8, best1);
  _mm256_storeu_si256((__m256i *)nearest, where0);
  _mm256_storeu_si256((__m256i *)(nearest + 8), where1);
}

AVX2 static void nearest_avx2(const float *points, size_t n, size_t d, size_t stride, const float *panels,
                              const float *bias, size_t count, uint32_t *nearest, float *value) {
  size_t i = 0;
#define LANES(D) \
  for (; i + 16 <= n; i += 16) \
    nearest_lanes(points + i * stride, D, stride, panels, bias, count, nearest + i, value + i)
  if (d == 2) LANES(2);
  else if (d == 4) LANES(4);
  else if (d == 8) LANES(8);
  else if (d < 8) LANES(d);
#undef LANES
  for (; i + 4 <= n; i += 4)
    nearest_rows(points + i * stride, 4, d, stride, panels, bias, count, nearest + i, value + i);
  for (; i < n; i++) nearest_rows(points + i * stride, 1, d, stride, panels, bias, count, nearest + i, value + i);
}

// A tile of rows x 16: element (r, j) = start + sum over t of a[r * row + t * step] * b[t * ldb + j].
INLINE void tile(const float *a, const int rows, size_t row, size_t step, const float *b, size_t ldb, size_t n,
                 float *c, size_t ldc, size_t columns, int accumulate) {
  __m256 sum[6][2];
  float edge[16];
  for (int r = 0; r < rows; r++) {
    if (!accumulate) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    else if (columns >= 16) {
      sum[r][0] = _mm256_loadu_ps(c + r * ldc);
      sum[r][1] = _mm256_loadu_ps(c + r * ldc + 8);
    } else {
      for (size_t j = 0; j < 16; j++) edge[j] = j < columns ? c[r * ldc + j] : 0;
      sum[r][0] = _mm256_loadu_ps(edge);
      sum[r][1] = _mm256_loadu_ps(edge + 8);
    }
  }
  for (size_t t = 0; t < n; t++) {
    __m256 b0 = _mm256_loadu_ps(b + t * ldb), b1 = _mm256_loadu_ps(b + t * ldb + 8);
    for (int r = 0; r < rows; r++) {
      __m256 x = _mm256_broadcast_ss(a + r * row + t * step);
      sum[r][0] = _mm256_fmadd_ps(x, b0, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(x, b1, sum[r][1]);
    }
  }
  for (int r = 0; r < rows; r++) {
    if (columns >= 16) {
      _mm256_storeu_ps(c + r * ldc, sum[r][0]);
      _mm256_storeu_ps(c + r * ldc + 8, sum[r][1]);
    } else {
      _mm256_storeu_ps(edge, sum[r][0]);
      _mm256_storeu_ps(edge + 8, sum[r][1]);
      for (size_t j = 0; j < columns; j++) c[r * ldc + j] = edge[j];
    }
  }
}

AVX2 static void multiply_avx2(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns,
                               float *c, size_t ldc) {
  const size_t group = 96;  // rows of a that stay in the second cache while all panels pass
  for (size_t start = 0; start < n; start += group) {
    size_t end = start + group < n ? start + group : n;
    for (size_t j = 0; j < columns; j += 16) {
      const float *panel = panels + j * depth;
      size_t width = columns - j, i = start;
      for (; i + 6 <= end; i += 6) tile(a + i * lda, 6, lda, 1, panel, 16, depth, c + i * ldc + j, ldc, width, 0);
      for (; i < end; i++) tile(a + i * lda, 1, lda, 1, panel, 16, depth, c + i * ldc + j, ldc, width, 0);
    }
  }
}

AVX2 static void gram_avx2(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns,
                           size_t n, float *c, size_t ldc) {
  const size_t group = 64;  // rows of a and b that stay in the second cache while all tiles pass
  size_t whole = columns / 16 * 16;
  for (size_t start = 0; start < n; start += group) {
    size_t count = n - start < group ? n - start : group;
    const float *ga = a + start * lda, *gb = b + start * ldb;
    for (size_t j = 0; j < whole; j += 16) {
      size_t i = 0;
      for (; i + 6 <= rows; i += 6) tile(ga + i, 6, 1, lda, gb + j, ldb, count, c + i * ldc + j, ldc, 16, 1);
      if (i + 4 <= rows) tile(ga + i, 4, 1, lda, gb + j, ldb, count, c + i * ldc + j, ldc, 16, 1), i += 4;
      if (i + 2 <= rows) tile(ga + i, 2, 1, lda, gb + j, ldb, count, c + i * ldc + j, ldc, 16, 1), i += 2;
      for (; i < rows; i++) tile(ga + i, 1, 1, lda, gb + j, ldb, count, c + i * ldc + j, ldc, 16, 1);
    }
    if (whole < columns)
      ck_gram_portable(ga, lda, rows, gb + whole, ldb, columns - whole, count, c + whole, ldc);
  }
}

void ck_nearest(const float *points, size_t n, size_t d, size_t stride, const float *panels, const float *bias,
                size_t count, uint32_t *nearest, float *value) {
  (has_avx2() ? nearest_avx2 : ck_nearest_portable)(points, n, d, stride, panels, bias, count, nearest, value);
}

void ck_multiply(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns, float *c,
                 size_t ldc) {
  (has_avx2() ? multiply_avx2 : ck_multiply_portable)(a, n, depth, lda, panels, columns, c, ldc);
}

void ck_gram(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns, size_t n, float *c,
             size_t ldc) {
  (has_avx2() ? gram_avx2 : ck_gram_portable)(a, lda, rows, b, ldb, columns, n, c, ldc);
}
#else
void ck_nearest(const float *points, size_t n, size_t d, size_t stride, const float *panels, const float *bias,
                size_t count, uint32_t *nearest, float *value) {
  ck_nearest_portable(points, n, d, stride, panels, bias, count, nearest, value);
}
void ck_multiply(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns, float *c,
                 size_t ldc) {
  ck_multiply_portable(a, n, depth, lda, panels, columns, c, ldc);
}
void ck_gram(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns, size_t n, float *c,
             size_t ldc) {
  ck_gram_portable(a, lda, rows, b, ldb, columns, n, c, ldc);
}
#endif
