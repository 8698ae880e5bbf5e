// C kernels of bigrain. Every function has a portable version, which is the oracle of the others;
// faster ones are chosen at run time by what the processor has.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "ckmath.h"
#include "vectors.h"

#include "child.h"

// CRC-32C (Castagnoli, reflected, as in iSCSI, RFC 3720 appendix B.4) of `length` bytes, continuing `crc` (0 to begin).
uint32_t ck_crc32c(uint32_t crc, const uint8_t *bytes, size_t length);
uint32_t ck_crc32c_portable(uint32_t crc, const uint8_t *bytes, size_t length);

// Bit packing of blocks of 128 unsigned 32-bit values, `width` bits each (0...32), in the vertical layout of SIMD-BP128
// (Lemire and Boytsov, "Decoding billions of integers per second through vectorization", 2015): value i stands in
// 32-bit lane i % 4, so that four neighbours unpack in one 128-bit operation. A packed block has 16 * width bytes.
void ck_pack128(const uint32_t *values, uint32_t width, uint8_t *packed);
void ck_unpack128(const uint8_t *packed, uint32_t width, uint32_t *values);
// Unpacks gaps and sums them: values[i] = base + gap[0] + ... + gap[i], modulo 2^32.
void ck_unpack128_delta(const uint8_t *packed, uint32_t width, uint32_t base, uint32_t *values);
