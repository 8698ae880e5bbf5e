// Rows of stored vectors against queries. Accumulators are 32-bit floats, 32 partial sums (see vectors.h): four 8-lane
// registers on AVX2, which is what hides the latency of fused multiply-add.
#include "vectors.h"
#include <math.h>
#include <string.h>

static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff, bits;
  if (exponent == 31) bits = sign | 0x7f800000u | fraction << 13;
  else if (exponent) bits = sign | (exponent + 112) << 23 | fraction << 13;
  else {
    float value = (float)fraction * 0x1p-24f;
    memcpy(&bits, &value, 4);
    bits |= sign;
  }
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static uint16_t float_to_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00);
  if (magnitude >= 0x47800000u) return (uint16_t)(sign | 0x7c00);
  if (magnitude < 0x38800000u) {  // subnormal: the addition rounds half to even
    float absolute;
    memcpy(&absolute, &magnitude, 4);
    absolute += 0.5f;
    memcpy(&magnitude, &absolute, 4);
    return (uint16_t)(sign | (magnitude - 0x3f000000u));
  }
  uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return (uint16_t)(sign | ((rounded - 0x38000000u) >> 13));
}

void ck_to_f16(const float *values, size_t n, uint8_t *out) {
  for (size_t i = 0; i < n; i++) {
    uint16_t half = float_to_half(values[i]);
    memcpy(out + 2 * i, &half, 2);
  }
}

void ck_to_i8(const float *values, size_t n, float inverse, uint8_t *out) {
  for (size_t i = 0; i < n; i++) {
    float scaled = rintf(values[i] * inverse);
    out[i] = (uint8_t)(int8_t)(scaled > 127 ? 127 : scaled < -127 ? -127 : scaled);
  }
}

void ck_row_decode_portable(const uint8_t *row, int kind, size_t n, float *out) {
  if (kind == CK_ROW_F32) memcpy(out, row, n * 4);
  else if (kind == CK_ROW_F16)
    for (size_t i = 0; i < n; i++) {
      uint16_t half;
      memcpy(&half, row + 2 * i, 2);
      out[i] = half_to_float(half);
    }
  else
    for (size_t i = 0; i < n; i++) out[i] = (float)(int8_t)row[i];
}

static float reduce(const float partial[32]) {
  float sum[8];
  for (int j = 0; j < 8; j++) sum[j] = (partial[j] + partial[j + 8]) + (partial[j + 16] + partial[j + 24]);
  for (int width = 4; width >= 1; width /= 2)
    for (int j = 0; j < width; j++) sum[j] += sum[j + width];
  return sum[0];
}

float ck_dot_portable(const float *a, const float *b, size_t n) {
  float partial[32] = {0};
  for (size_t i = 0; i < n; i++) partial[i % 32] = fmaf(a[i], b[i], partial[i % 32]);
  return reduce(partial);
}

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma,f16c")))

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

AVX2 static float dot_avx2(const float *a, const float *b, size_t n) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
    s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
    s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
  }
  if (i < n) {
    float partial[32];
    _mm256_storeu_ps(partial, s0);
    _mm256_storeu_ps(partial + 8, s1);
    _mm256_storeu_ps(partial + 16, s2);
    _mm256_storeu_ps(partial + 24, s3);
    for (size_t j = 0; i < n; i++, j++) partial[j] = __builtin_fmaf(a[i], b[i], partial[j]);
    return reduce(partial);
  }
  __m256 sum = _mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3));
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

AVX2 static void decode_avx2(const uint8_t *row, int kind, size_t n, float *out) {
  size_t i = 0;
  if (kind == CK_ROW_F16)
    for (; i + 8 <= n; i += 8)
      _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(row + 2 * i))));
  else if (kind == CK_ROW_I8)
    for (; i + 8 <= n; i += 8)
      _mm256_storeu_ps(
          out + i, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(row + i)))));
  size_t width = kind == CK_ROW_F32 ? 4 : kind == CK_ROW_F16 ? 2 : 1;
  ck_row_decode_portable(row + i * width, kind, n - i, out + i);
}

float ck_dot(const float *a, const float *b, size_t n) {
  return has_avx2() ? dot_avx2(a, b, n) : ck_dot_portable(a, b, n);
}

void ck_row_decode(const uint8_t *row, int kind, size_t n, float *out) {
  if (has_avx2()) decode_avx2(row, kind, n, out);
  else ck_row_decode_portable(row, kind, n, out);
}
#else
float ck_dot(const float *a, const float *b, size_t n) { return ck_dot_portable(a, b, n); }
void ck_row_decode(const uint8_t *row, int kind, size_t n, float *out) { ck_row_decode_portable(row, kind, n, out); }
#endif

void ck_row_scores(const uint8_t *rows, size_t stride, size_t count, int kind, size_t n, const float *query,
                   size_t queries, float *scratch, float *scores) {
  for (size_t r = 0; r < count; r++) {
    ck_row_decode(rows + r * stride, kind, n, scratch);
    for (size_t q = 0; q < queries; q++) scores[r * queries + q] = ck_dot(scratch, query + q * n, n);
  }
}
