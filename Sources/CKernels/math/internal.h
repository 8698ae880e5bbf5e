// What the files of this folder share.
#pragma once
#include "../include/ckmath.h"
#include <math.h>
#include <string.h>

extern const ck_functions ck_functions_portable;
#if defined(__x86_64__)
extern const ck_functions ck_functions_avx2, ck_functions_avx2_vnni, ck_functions_avx512, ck_functions_avx512_vnni,
    ck_functions_avx512_bf16;
#endif

// A coarse copy of an fp32 matrix of a vocabulary, which tells where logits cannot be above zero (vector/screen.h): weights
// w ~ q * scale, -levels <= q <= levels, laid out as int8 ones are. Inputs are rounded to as many levels around a centre of
// levels + 1.
typedef struct {
  int32_t levels;
  int8_t *weights;
  int32_t *starts;                   // (panels * panel): what sums begin with: -(levels + 1) times the sum of q
  float *scales, *lengths, *errors;  // (panels * panel): the scale; |w|; |w - q * scale|. The last two are rounded up.
} ck_screen;

enum { CK_SCREEN_SUMS = 8, CK_SCREENED_OUTPUTS = 4096 };

// |x|^2 and |w|^2 below which no fp32 sum of their products overflows.
#define CK_SCREEN_SQUARES 1e36

// What ck_matrix_create allocates: the matrix first, so that a pointer to it is one to this.
typedef struct {
  ck_matrix matrix;
  ck_screen *screen;  // or null
} ck_screened_matrix;

// Levels of the screen's weights: 8 bits; 6 where there is no VNNI.
static inline int32_t ck_screen_levels(const ck_matrix *matrix) {
  return ck_levels(matrix->instruction_set) == 255 ? 127 : 31;
}

// Groups of four inputs; without VNNI as many as are summed in 16 bits at a time or a multiple. Those behind the inputs are
// zero.
static inline ck_index ck_screen_groups(const ck_matrix *matrix) {
  ck_index groups = (matrix->inputs + 3) / 4;
  return ck_screen_levels(matrix) == 127 ? groups : (groups + CK_SCREEN_SUMS - 1) / CK_SCREEN_SUMS * CK_SCREEN_SUMS;
}

// Lengths of what is rounded, with all rounding of the sums and of this one. What is added is far below what matters, and
// keeps products with a length away from numbers that lose bits.
static inline float ck_screen_length(double length) { return (float)(length * (1 + 1e-6) + 1e-37); }

static inline const ck_screen *ck_screen_of(const ck_matrix *matrix) {
  return ((const ck_screened_matrix *)matrix)->screen;
}

ck_screen *ck_screen_create(const ck_matrix *matrix);
void ck_screen_destroy(ck_screen *screen);
void ck_screen_fill(ck_screen *screen, const ck_matrix *matrix, ck_index output, const float *row);
ck_index ck_screen_bytes(const ck_matrix *matrix);

// Working memory of the calling thread, 64-byte aligned, at least `bytes` long; valid until the thread's next call with
// the same slot (0 or 1). It grows, and is freed when the thread ends. Aborts where memory is short.
void *ck_scratch(int slot, size_t bytes);

static inline uint16_t ck_bf16_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)((bits >> 16) | 0x40);  // NaN stays NaN
  return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}

static inline float ck_float_of_bf16(uint16_t value) {
  uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

static inline float ck_float_of_f16(uint16_t value) {
  uint32_t sign = (uint32_t)(value & 0x8000u) << 16, exponent = (value >> 10) & 31, fraction = value & 0x3ffu, bits;
  float result;
  if (exponent == 31) {
    bits = sign | 0x7f800000u | (fraction << 13);
  } else if (exponent) {
    bits = sign | ((exponent + 112) << 23) | (fraction << 13);
  } else {
    result = (float)fraction * 0x1p-24f;
    return sign ? -result : result;
  }
  memcpy(&result, &bits, 4);
  return result;
}

static inline uint16_t ck_f16_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint16_t sign = (uint16_t)((bits >> 16) & 0x8000u);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) return sign | 0x7e00u | (uint16_t)((bits >> 13) & 0x3ffu);
  if (bits >= 0x477ff000u) return sign | 0x7c00u;
  if (bits < 0x38800000u) {  // below 2^-14: a multiple of 2^-24; the sum's last bits are the rounded multiple
    float magnitude, sum;
    memcpy(&magnitude, &bits, 4);
    sum = magnitude + 0.5f;
    memcpy(&bits, &sum, 4);
    return sign | (uint16_t)(bits - 0x3f000000u);
  }
  bits += 0xfffu + ((bits >> 13) & 1);
  return sign | (uint16_t)((bits - 0x38000000u) >> 13);
}

// GELU where the next product rounds to 8 bits or bf16, so that it need not be exact to the last bit of fp32: x times the
// normal distribution's function at x, which is 1/2 and an odd polynomial on [-4.25, 4.25], fitted by linear programming to
// the least largest error of the product. It is below 1e-4, a hundredth of a step of what is rounded to 8 bits.
#define CK_GELU_BOUND 4.25f
static const float ck_gelu_terms[8] = {0.398420036f, -0.0654534996f, 0.00925782602f, -0.000940448488f,
                                       6.55272088e-05f, -2.9388093e-06f, 7.57085203e-08f, -8.46042958e-10f};
enum { CK_ROUGH_GELU = 100 };  // an activation beside CK_GELU and the others, of matrices that are not fp32

static inline float ck_rough_gelu(float x) {
  float near = x > CK_GELU_BOUND ? CK_GELU_BOUND : x < -CK_GELU_BOUND ? -CK_GELU_BOUND : x;
  float z = near * near, p = ck_gelu_terms[7];
  for (int i = 6; i >= 0; i--) p = p * z + ck_gelu_terms[i];
  return x * (near * p + 0.5f);
}

// The activation that a matrix's products get.
static inline int ck_activation(const ck_matrix *matrix, int activation) {
  return activation == CK_GELU && matrix->precision != CK_PRECISION_FP32 ? CK_ROUGH_GELU : activation;
}

// How a row of inputs is rounded to 8 bits: value ~ (q - zero) * scale, 0 <= q <= levels, zero itself is exact.
static inline void ck_row_scale(float low, float high, float levels, float *scale, float *inverse, int32_t *zero) {
  low = low < 0 ? low : 0;
  high = high > 0 ? high : 0;
  float range = high - low;
  if (!(range > 1e-30f)) {
    *scale = 0, *inverse = 0, *zero = 0;
    return;
  }
  *scale = range / levels;
  *inverse = levels / range;
  *zero = (int32_t)rintf(-low * *inverse);
}
