// C kernels of dense vectors, their codes and their clusters. Every function has a portable version, which is the
// oracle of the others and gives the same bits: sums are added in one fixed order, products are fused (fma) where said.
#pragma once
#include <stddef.h>
#include <stdint.h>

// ---- dotproducts.c: rows of stored vectors ----

// How a row's elements are stored.
enum { CK_ROW_F32 = 0, CK_ROW_F16 = 1, CK_ROW_I8 = 2 };

// Dot product of two float vectors. Element i is fused into partial sum i mod 32; then the partial sums j, j + 8, j + 16,
// j + 24 are added as (0 + 1) + (2 + 3), and the eight results as halves: 4 and 4, 2 and 2, 1 and 1.
float ck_dot(const float *a, const float *b, size_t n);
float ck_dot_portable(const float *a, const float *b, size_t n);

// Widens a row's elements to floats, exactly.
void ck_row_decode(const uint8_t *row, int kind, size_t n, float *out);
void ck_row_decode_portable(const uint8_t *row, int kind, size_t n, float *out);

// scores[r * queries + q] = ck_dot(row r, query q). `scratch` has n floats.
void ck_row_scores(const uint8_t *rows, size_t stride, size_t count, int kind, size_t n, const float *query,
                   size_t queries, float *scratch, float *scores);

// IEEE 754 binary16, rounded half to even; too large becomes infinite.
void ck_to_f16(const float *values, size_t n, uint8_t *out);
// Whole numbers in -127...127: value * inverse, rounded half to even.
void ck_to_i8(const float *values, size_t n, float inverse, uint8_t *out);

// ---- floats.c: long rows ----

// maxima[b] = the largest of values[b * 32 ..< (b + 1) * 32], the last block having what is left; -infinity where none is
// a number.
enum { CK_MAXIMA_BLOCK = 32 };
void ck_block_maxima(const float *values, size_t count, float *maxima);
// Whether no value is infinite or no number.
int ck_all_finite(const float *values, size_t count);

// ---- adc.c: scores of product-quantized vectors by tables ----

// Blocks of 32 documents. 8 bits: code m of document i of block b is codes[(b * parts + m) * 32 + i].
// scores[b * 32 + i] = sum over m, ascending, of tables[m * 256 + code].
void ck_adc8(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores);
void ck_adc8_portable(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores);
// 4 bits: 16 bytes a part: byte i has document i in its low half and document i + 16 in its high half.
void ck_adc4_portable(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores);
// The same sums of tables of bytes, exact in 16 bits. Precondition: parts <= 256.
void ck_adc4_bytes(const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums);
void ck_adc4_bytes_portable(const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums);

// ---- clusters.c: k-means and small matrix products ----

// Centroids in panels of 16: element j of centroid c is panels[(c / 16 * d + j) * 16 + c % 16]; bias[c] = -|c|^2 / 2, or
// -infinity for padding. For each of n points (rows of `stride` floats): nearest[i] = the centroid with the largest
// bias + x.c (fused, j ascending), the first of equals, and value[i] = that sum; |x|^2 - 2 * value is the squared distance.
void ck_nearest(const float *points, size_t n, size_t d, size_t stride, const float *panels, const float *bias,
                size_t count, uint32_t *nearest, float *value);
void ck_nearest_portable(const float *points, size_t n, size_t d, size_t stride, const float *panels, const float *bias,
                         size_t count, uint32_t *nearest, float *value);

// c[i * ldc + j] = sum over t, ascending and fused, of a[i * lda + t] * b[t][j]; b in panels of 16 columns, each (depth, 16).
void ck_multiply(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns, float *c,
                 size_t ldc);
void ck_multiply_portable(const float *a, size_t n, size_t depth, size_t lda, const float *panels, size_t columns,
                          float *c, size_t ldc);

// c[i * ldc + j] += sum over rows t, ascending and fused, of a[t * lda + i] * b[t * ldb + j], for i < rows, j < columns.
void ck_gram(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns, size_t n, float *c,
             size_t ldc);
void ck_gram_portable(const float *a, size_t lda, size_t rows, const float *b, size_t ldb, size_t columns, size_t n,
                      float *c, size_t ldc);
