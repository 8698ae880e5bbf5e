// Intrinsics, and what a file does to be compiled for its instructions whatever the compiler's flags say.
// With CK_EMULATED, SIMDe stands in for what this processor lacks (scripts/test_emulated_kernels.sh).
#pragma once
#ifdef CK_EMULATED
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>
#define _mm256_dpbusd_avx_epi32 simde_mm256_dpbusd_epi32
#undef _mm512_madd_epi16  // an alias that SIMDe gets wrong
#define _mm512_madd_epi16 simde_mm512_madd_epi16
#define BEGIN_TARGET(features)
#define END_TARGET
#else
#include <immintrin.h>
#define CK_PRAGMA(text) _Pragma(#text)
#define BEGIN_TARGET(features) \
  CK_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END_TARGET CK_PRAGMA(clang attribute pop)
#endif
