// AVX-512 with VNNI.
#include "internal.h"
#if defined(__x86_64__)
#include "intrinsics.h"

BEGIN_TARGET("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#define W 16
#define ROWS 12
#define NAME ck_functions_avx512_vnni
#define INTEGERS __m512i
#define FLOATS __m512
#define INTRINSIC(name) _mm512_##name
#define VNNI
#define INT8_DOT(sum, x, w) ((vi)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(x), (__m512i)(w)))
#include "vector/vector.h"
END_TARGET
#endif
