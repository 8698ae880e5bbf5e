// Matrix products, attention and the small vector functions of transformer inference.
//
// One table of functions an instruction set; the portable table is the oracle of the others. All functions are
// single-threaded and reentrant; packed matrices are read-only once filled and may be shared by any number of threads.
// Shapes are (rows, columns), row-major, strides in elements. No function depends on the number of rows for the order
// of a sum, so a row's result does not depend on its neighbours.
#pragma once
#include <stddef.h>
#include <stdint.h>

// An index into rows as the language that calls has it.
typedef ptrdiff_t ck_index;

// Each instruction set includes those before it, except that CK_AVX512 has no VNNI.
enum {
  CK_PORTABLE,      // plain C
  CK_AVX2,          // AVX2, FMA, F16C
  CK_AVX2_VNNI,     // with AVX-VNNI
  CK_AVX512,        // F, BW, VL, DQ
  CK_AVX512_VNNI,
  CK_AVX512_BF16,   // with VNNI
  CK_INSTRUCTION_SETS
};
// Whether this build has it and this processor and its operating system run it.
int ck_supports(int instruction_set);

enum { CK_F32, CK_F16, CK_BF16, CK_I8 };             // elements of stored tensors
enum { CK_PRECISION_FP32, CK_PRECISION_BF16, CK_PRECISION_INT8 };
enum {
  CK_NONE,
  CK_RELU,
  CK_GELU,           // x/2 (1 + erf(x / sqrt 2))
  CK_GELU_TANH,      // the approximation by tanh
  CK_TANH,
  CK_SIGMOID,
  CK_SOFTPLUS,       // log(1 + e^x)
  CK_LOG1P_RELU,     // log(1 + max(0, x))
  CK_LOG1P2_RELU,    // log(1 + log(1 + max(0, x)))
};
enum { CK_POOL_MAX, CK_POOL_SUM, CK_POOL_MEAN, CK_POOL_FIRST, CK_POOL_LAST };

// Blocks of weights that are left out where all are zero: of a whole panel's outputs and 4 inputs, of 1 output and 4
// neighbouring inputs, of 4 neighbouring outputs and 1 input.
enum { CK_BLOCKS_NONE, CK_BLOCKS_PANEL, CK_BLOCKS_1X4, CK_BLOCKS_4X1 };

// The blocks that are not zero, in groups of four inputs. PANEL: by panel, `panel` quads of weights a group.
// 1X4: by output, a quad a group. 4X1: by band of four outputs, four quads a group, one an output; the group's four inputs
// may stand anywhere. starts[i]: the first group of panel, output or band i. offsets: where a group's inputs (4X1: each of
// its four) stand in the rows as the kernels arrange them, in bytes.
typedef struct {
  int32_t blocks;
  ck_index *starts;
  uint32_t *offsets;
  int32_t *weights;
} ck_sparse;

// A weight matrix (outputs, inputs) in the layout that an instruction set multiplies by: panels of `panel` outputs,
// within a panel groups of `group` inputs: element (output, input) stands at
// ((output / panel * groups + input / group) * panel + output % panel) * group + input % group.
// int8: q = round-half-even(w * 127 / max |w of the output|), scale = max |w| / 127; never -128.
typedef struct ck_matrix {
  int32_t instruction_set, precision;
  ck_index outputs, inputs;
  ck_index panel, group, panels, groups;  // outputs <= panels * panel, inputs <= groups * group; the rest is zero
  int32_t element_bytes;                 // 4 fp32, 2 bf16, 1 int8
  int32_t levels;                        // int8: inputs are rounded to 0...levels: 255, or 127 where there is no VNNI
  void *weights;
  float *scales;                         // (panels * panel), int8 only
  int32_t *sums;                         // (panels * panel), int8 only: the sum of an output's weights
  ck_sparse *sparse;                     // int8 only, or null: the blocks that are not zero
} ck_matrix;

// Null where memory is short. Release with ck_matrix_destroy.
ck_matrix *ck_matrix_create(int instruction_set, int precision, ck_index outputs, ck_index inputs);
// Fills outputs first..<first + count from (count, inputs) elements of type `element`, at any alignment.
void ck_matrix_fill(ck_matrix *matrix, ck_index first, ck_index count, const void *values, int element);
// Once an int8 matrix is filled: finds the blocks that are not zero, and multiplies with them alone where that is
// faster by their measured density (blocks < 0), or with the kind that is asked for. Returns the kind.
int ck_matrix_find_blocks(ck_matrix *matrix, int blocks);
void ck_matrix_drop_blocks(ck_matrix *matrix);
// The share of the dense product's work that a kind of blocks takes.
double ck_matrix_density(const ck_matrix *matrix, int blocks);
void ck_matrix_destroy(ck_matrix *matrix);
ck_index ck_matrix_bytes(const ck_matrix *matrix);

// What follows a product: out = normalize(activation(input * weights^T + bias) + residual).
typedef struct {
  const float *bias;      // (outputs), or null
  int32_t activation;
  const float *residual;  // (rows, outputs), or null
  ck_index residual_stride;
  const float *gamma, *beta;  // (outputs): LayerNorm, or null
  float epsilon;
} ck_epilogue;

// What a pooled product does with the logits of a sequence's tokens:
// out[s][v] = pool over tokens t of s, counted[t] != 0, of activation((input[t] . weights[v] + bias[v]) * scales[t]).
// A sequence of which no token counts gives zeros.
typedef struct {
  const float *bias;       // (vocabulary), or null
  const float *scales;     // (tokens), or null
  const uint8_t *counted;  // (tokens), or null
  int32_t activation, pooling;  // CK_POOL_MAX, CK_POOL_SUM or CK_POOL_FIRST
} ck_head;

typedef struct {
  const void *rows;  // (rows, width) at any alignment
  int32_t element;
} ck_table;

typedef struct ck_functions {
  // out (rows, outputs) = epilogue(input (rows, inputs)). int8: each row is rounded to 8 bits (7 without VNNI) with its own scale and
  // zero point, sums are exact in 32 bits up to 65,536 inputs. `out` may be `residual`, not `input`.
  void (*multiply)(const ck_matrix *matrix, const float *input, ck_index input_stride, ck_index rows, float *out,
                   ck_index out_stride, const ck_epilogue *epilogue);
  // out (sequences, outputs): see ck_head. Never more than a tile of logits exists at a time.
  void (*pooled)(const ck_matrix *matrix, const float *input, ck_index input_stride, const ck_index *offsets,
                 ck_index sequences, float *out, ck_index out_stride, const ck_head *head);
  // Softmax attention within each sequence. q, k, v (tokens, heads * width) with one stride; out (tokens, heads * width).
  // Where `precision` is not CK_PRECISION_FP32, its products may be of numbers rounded to bf16, and are where the processor
  // has such products.
  void (*attention)(const float *q, const float *k, const float *v, ck_index stride, const ck_index *offsets,
                    ck_index sequences, ck_index heads, ck_index width, float scale, int precision, float *out,
                    ck_index out_stride);
  // out = (x - mean) / sqrt(variance + epsilon) * gamma + beta by row, of x = input + residual (or null). In place is fine.
  void (*layer_norm)(const float *input, ck_index input_stride, const float *residual, ck_index residual_stride,
                     ck_index rows, ck_index width, const float *gamma, const float *beta, float epsilon, float *out,
                     ck_index out_stride);
  // out[t] = words[ids[t]] + positions[first_position + t - its sequence's start] + types[type_ids[t], or 0].
  // `positions.rows` and `types.rows` may be null. The caller has checked every index.
  void (*embed)(ck_table words, ck_table positions, ck_table types, const int32_t *ids, const int32_t *type_ids,
                const ck_index *offsets, ck_index sequences, ck_index first_position, ck_index width, float *out,
                ck_index out_stride);
  void (*activate)(float *values, ck_index count, int activation);
  // out (sequences, width) of input (tokens, width): CK_POOL_*; tokens with counted[t] == 0 are left out.
  // An empty sequence gives zeros.
  void (*pool)(const float *input, ck_index input_stride, const ck_index *offsets, ck_index sequences, ck_index width,
               const uint8_t *counted, int pooling, float *out, ck_index out_stride);
  // Divides each row by max(its Euclidean length, epsilon).
  void (*normalize)(float *values, ck_index stride, ck_index rows, ck_index width, float epsilon);
  // out[r] = query . rows[r]; a row of `width` elements begins every `stride` elements, at any alignment.
  void (*dot_f32)(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out);
  void (*dot_f16)(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out);
  void (*dot_i8)(const int8_t *query, const void *rows, ck_index stride, ck_index count, ck_index width, int32_t *out);
  // out[r] = |query - rows[r]|^2.
  void (*distance_f32)(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out);
  // Conversions, round-half-even, at any alignment.
  void (*to_f32)(const void *values, int element, ck_index count, float *out);
  void (*from_f32)(const float *values, ck_index count, int element, void *out);
} ck_functions;

// The functions of an instruction set that ck_supports; the portable ones otherwise.
const ck_functions *ck_functions_of(int instruction_set);
// How ck_matrix is laid out for an instruction set.
void ck_layout(int instruction_set, int precision, ck_index *panel, ck_index *group, int32_t *element_bytes);
// Rounds inputs as another instruction set does, so that the portable functions can be its oracle.
void ck_matrix_set_levels(ck_matrix *matrix, int32_t levels);
int32_t ck_levels(int instruction_set);
