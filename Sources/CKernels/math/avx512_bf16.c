// AVX-512 with VNNI and BF16.
#include "internal.h"
#if defined(__x86_64__)
#include "intrinsics.h"

BEGIN_TARGET("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16")
#define W 16
#define ROWS 12
#define NAME ck_functions_avx512_bf16
#define INTEGERS __m512i
#define FLOATS __m512
#define INTRINSIC(name) _mm512_##name
#define VNNI
#define INT8_DOT(sum, x, w) ((vi)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(x), (__m512i)(w)))
#define BF16_DOT(sum, x, w) ((vf)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(w)))
#include "vector/vector.h"
END_TARGET
#endif
