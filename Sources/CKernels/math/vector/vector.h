// The fast functions, written once over vectors of W floats (Clang's extended vectors). A file that includes this has
// defined W, ROWS (rows of a tile; a tile is ROWS x 2 W), NAME (the table's name), INTEGERS and
// FLOATS and INTRINSIC (what immintrin.h calls vectors of both and their functions), INT8_DOT (which adds to each 32-bit lane
// the four products of its unsigned and signed bytes) and, where there are such instructions, VNNI (INT8_DOT is one) and
// BF16_DOT.
//
// Accumulators: fp32 sums are one chain a result over the inner dimension in its order, whatever the number of rows.
// 8-bit: inputs 0...255 (or 127) times weights -127...127 in int32, exact to 65,536 inputs.
#include "../internal.h"

typedef float vf __attribute__((ext_vector_type(W)));
typedef int32_t vi __attribute__((ext_vector_type(W)));
typedef uint32_t vu __attribute__((ext_vector_type(W)));
typedef int8_t vb __attribute__((ext_vector_type(W)));
typedef int16_t vs __attribute__((ext_vector_type(W)));
typedef uint16_t vh __attribute__((ext_vector_type(W)));
typedef vf vf_any __attribute__((aligned(1), may_alias));
typedef vi vi_any __attribute__((aligned(1), may_alias));
typedef vb vb_any __attribute__((aligned(1), may_alias));
typedef vh vh_any __attribute__((aligned(1), may_alias));
typedef int32_t lane_any __attribute__((aligned(1), may_alias));
typedef float float_any __attribute__((may_alias));
#define INLINE static inline __attribute__((always_inline))
#define PANEL (2 * W)

INLINE vf load(const float *p) { return *(const vf_any *)p; }
INLINE void store(float *p, vf v) { *(vf_any *)p = v; }
INLINE vf multiply_add(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
INLINE vf larger(vf a, vf b) { return a > b ? a : b; }
INLINE vf smaller(vf a, vf b) { return a < b ? a : b; }
INLINE vf splat(float x) { return (vf)x; }
INLINE vf floats(vi v) { return __builtin_convertvector(v, vf); }
// Rounded half to even; in range.
INLINE vi integers(vf v) { return (vi)INTRINSIC(cvtps_epi32)((FLOATS)v); }

#ifdef BF16_DOT
// 2 W numbers as bf16, half to even, in their order. Subnormal ones become zero.
INLINE vi bf16_pair(vf first, vf second) { return (vi)INTRINSIC(cvtne2ps_pbh)((FLOATS)second, (FLOATS)first); }
#endif

// Halves are folded until one lane is left: the same order for every vector.
#if W == 8
#define FOLDED(v, with) \
  v = with(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7)); \
  v = with(v, __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3)); \
  v = with(v, __builtin_shufflevector(v, v, 1, 1, 1, 1, 1, 1, 1, 1));
#else
#define FOLDED(v, with) \
  v = with(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)); \
  v = with(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7)); \
  v = with(v, __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3)); \
  v = with(v, __builtin_shufflevector(v, v, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
#endif

INLINE vf plus(vf a, vf b) { return a + b; }

INLINE float sum_of(vf v) {
  FOLDED(v, plus)
  return v[0];
}

INLINE float largest_of(vf v) {
  FOLDED(v, larger)
  return v[0];
}

// The first n < W values, zero behind them.
INLINE vf load_some(const float *p, ck_index n) {
  float lanes[W] = {0};
  for (ck_index i = 0; i < n; i++) lanes[i] = p[i];
  return load(lanes);
}

INLINE void store_some(float *p, vf v, ck_index n) {
  float lanes[W];
  store(lanes, v);
  for (ck_index i = 0; i < n; i++) p[i] = lanes[i];
}

#include "functions.h"
#include "tiles.h"
#include "inputs.h"
#include "layer_norm.h"
#include "epilogue.h"
#include "screen.h"
#include "sparse.h"
#include "products.h"
#include "pooled.h"
#include "attention.h"
#include "embeddings.h"
#include "rows.h"

const ck_functions NAME = {
    .multiply = multiply, .pooled = pooled, .attention = attention, .layer_norm = layer_norm, .embed = embed,
    .activate = activate, .pool = pool, .normalize = normalize, .dot_f32 = dot_f32, .dot_f16 = dot_f16,
    .dot_i8 = dot_i8, .distance_f32 = distance_f32, .to_f32 = to_f32, .from_f32 = from_f32,
};
