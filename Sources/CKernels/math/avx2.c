// AVX2. Inputs are rounded to 7 bits: a pair of products, 2 * 127 * 127, then fits the 16 bits of vpmaddubsw, which sums
// 32 products in the time of vpmaddwd's 16; the pairs are summed in 32 bits, so that nothing saturates.
#include "internal.h"
#if defined(__x86_64__)
#include "intrinsics.h"

BEGIN_TARGET("avx2,fma,f16c")
#define W 8
#define ROWS 6
#define NAME ck_functions_avx2
#define INTEGERS __m256i
#define FLOATS __m256
#define INTRINSIC(name) _mm256_##name
#define INT8_DOT(sum, x, w) \
  ((sum) + (vi)_mm256_madd_epi16(_mm256_maddubs_epi16((__m256i)(x), (__m256i)(w)), _mm256_set1_epi16(1)))
#include "vector/vector.h"
END_TARGET
#endif
