// Scores of product-quantized vectors: for each part of a vector, its code chooses an entry of the part's table.
// 8 bits: 32 documents at a time, four registers of sums, entries gathered; the tables (1 KiB a part) stay in the first
// cache for up to 32 parts and in the second beyond. 4 bits: tables of 16 bytes are a register, looked up by a shuffle
// for 32 documents at once (Andre, Kermarrec, Le Scouarnec, "Cache locality is not enough: high-performance nearest
// neighbor search with product quantization fast scan", VLDB 2015); sums are 16 bits wide and overflow beyond 257 parts.
#include "vectors.h"
#include <string.h>

void ck_adc8_portable(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores) {
  for (size_t b = 0; b < blocks; b++, scores += 32) {
    for (int i = 0; i < 32; i++) scores[i] = 0;
    for (size_t m = 0; m < parts; m++, codes += 32)
      for (int i = 0; i < 32; i++) scores[i] += tables[m * 256 + codes[i]];
  }
}

void ck_adc4_portable(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores) {
  for (size_t b = 0; b < blocks; b++, scores += 32) {
    for (int i = 0; i < 32; i++) scores[i] = 0;
    for (size_t m = 0; m < parts; m++, codes += 16)
      for (int i = 0; i < 16; i++) {
        scores[i] += tables[m * 16 + (codes[i] & 15)];
        scores[i + 16] += tables[m * 16 + (codes[i] >> 4)];
      }
  }
}

void ck_adc4_bytes_portable(const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums) {
  for (size_t b = 0; b < blocks; b++, sums += 32) {
    memset(sums, 0, 64);
    for (size_t m = 0; m < parts; m++, codes += 16)
      for (int i = 0; i < 16; i++) {
        sums[i] += tables[m * 16 + (codes[i] & 15)];
        sums[i + 16] += tables[m * 16 + (codes[i] >> 4)];
      }
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static void adc8_avx2(
    const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores) {
  for (size_t b = 0; b < blocks; b++, scores += 32) {
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    const float *table = tables;
    for (size_t m = 0; m < parts; m++, codes += 32, table += 256) {
      __m256i c0 = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)codes));
      __m256i c1 = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(codes + 8)));
      __m256i c2 = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(codes + 16)));
      __m256i c3 = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(codes + 24)));
      s0 = _mm256_add_ps(s0, _mm256_i32gather_ps(table, c0, 4));
      s1 = _mm256_add_ps(s1, _mm256_i32gather_ps(table, c1, 4));
      s2 = _mm256_add_ps(s2, _mm256_i32gather_ps(table, c2, 4));
      s3 = _mm256_add_ps(s3, _mm256_i32gather_ps(table, c3, 4));
    }
    _mm256_storeu_ps(scores, s0);
    _mm256_storeu_ps(scores + 8, s1);
    _mm256_storeu_ps(scores + 16, s2);
    _mm256_storeu_ps(scores + 24, s3);
  }
}

// Lane 0 of a register has the 16 documents of the low halves, lane 1 those of the high halves.
__attribute__((target("avx2"))) static void adc4_avx2(
    const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums) {
  const __m256i low = _mm256_set1_epi8(15), even = _mm256_set1_epi16(255);
  for (size_t b = 0; b < blocks; b++, sums += 32) {
    __m256i evens = _mm256_setzero_si256(), odds = evens;
    for (size_t m = 0; m < parts; m++, codes += 16) {
      __m128i packed = _mm_loadu_si128((const __m128i *)codes);
      __m256i code = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(packed, 4), packed), low);
      __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(tables + m * 16)));
      __m256i found = _mm256_shuffle_epi8(table, code);
      evens = _mm256_add_epi16(evens, _mm256_and_si256(found, even));
      odds = _mm256_add_epi16(odds, _mm256_srli_epi16(found, 8));
    }
    __m256i first = _mm256_unpacklo_epi16(evens, odds), second = _mm256_unpackhi_epi16(evens, odds);
    _mm256_storeu_si256((__m256i *)sums, _mm256_permute2x128_si256(first, second, 0x20));
    _mm256_storeu_si256((__m256i *)(sums + 16), _mm256_permute2x128_si256(first, second, 0x31));
  }
}

void ck_adc8(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores) {
  if (__builtin_cpu_supports("avx2")) adc8_avx2(codes, blocks, parts, tables, scores);
  else ck_adc8_portable(codes, blocks, parts, tables, scores);
}

void ck_adc4_bytes(const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums) {
  if (__builtin_cpu_supports("avx2")) adc4_avx2(codes, blocks, parts, tables, sums);
  else ck_adc4_bytes_portable(codes, blocks, parts, tables, sums);
}
#else
void ck_adc8(const uint8_t *codes, size_t blocks, size_t parts, const float *tables, float *scores) {
  ck_adc8_portable(codes, blocks, parts, tables, scores);
}
void ck_adc4_bytes(const uint8_t *codes, size_t blocks, size_t parts, const uint8_t *tables, uint16_t *sums) {
  ck_adc4_bytes_portable(codes, blocks, parts, tables, sums);
}
#endif
