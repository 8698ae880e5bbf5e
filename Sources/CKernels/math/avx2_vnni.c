// AVX2 with AVX-VNNI.
#include "internal.h"
#if defined(__x86_64__)
#include "intrinsics.h"

BEGIN_TARGET("avx2,fma,f16c,avxvnni")
#define W 8
#define ROWS 6
#define NAME ck_functions_avx2_vnni
#define INTEGERS __m256i
#define FLOATS __m256
#define INTRINSIC(name) _mm256_##name
#define VNNI
#define INT8_DOT(sum, x, w) ((vi)_mm256_dpbusd_avx_epi32((__m256i)(sum), (__m256i)(x), (__m256i)(w)))
#include "vector/vector.h"
END_TARGET
#endif
