// AVX-512 without VNNI: inputs of 7 bits, as in avx2.c.
#include "internal.h"
#if defined(__x86_64__)
#include "intrinsics.h"

BEGIN_TARGET("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq")
#define W 16
#define ROWS 12
#define NAME ck_functions_avx512
#define INTEGERS __m512i
#define FLOATS __m512
#define INTRINSIC(name) _mm512_##name
#define INT8_DOT(sum, x, w) \
  ((sum) + (vi)_mm512_madd_epi16(_mm512_maddubs_epi16((__m512i)(x), (__m512i)(w)), _mm512_set1_epi16(1)))
#include "vector/vector.h"
END_TARGET
#endif
