// C kernels of bigrain. Every function has a portable version, which is the oracle of the others;
// faster ones are chosen at run time by what the processor has.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "ckmath.h"
#include "vectors.h"

#include "child.h"

// Hands memory that was freed back to the system, where the C library can.
void ck_give_back(void);

// Asks the kernel to begin writing a file's content to the disk, where it can be asked. A hint: it waits for nothing, and
// says nothing of failures, which fsync reports.
void ck_begin_writing(int32_t descriptor);

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

// ---- postings.c: postings on their way into runs and lists ----

// How many of `count` postings may follow document `last` (2^32 - 1: none before) in a list of a shard of `total`
// documents: documents ascend, impacts are whole numbers of 1...65535 (`integers`) or finite.
size_t ck_posting_check(const uint32_t *documents, const float *impacts, size_t count, uint32_t last, uint32_t total,
                        int integers);
// LEB128: `count` values, at most 5 bytes each; gaps of documents after `last`; whole impacts less one. Bytes written.
size_t ck_varints(const uint32_t *values, size_t count, uint8_t *out);
size_t ck_posting_gaps(const uint32_t *documents, size_t count, uint32_t last, uint8_t *out);
size_t ck_posting_impacts(const float *impacts, size_t count, uint8_t *out);
// A block of 128 as `BitPackedCodec` has it, at most 1026 bytes. Returns them.
size_t ck_posting_block(const uint32_t *documents, const float *impacts, uint32_t base, int integers, uint8_t *out);
// Smallest and largest of at least one value.
void ck_float_range(const float *values, size_t count, float *lowest, float *highest);
// Reads `count` varints from `position`; the position behind them, or SIZE_MAX where one is too long or the bytes end.
size_t ck_read_varints(const uint8_t *bytes, size_t length, size_t position, uint32_t *values, size_t count);
// A counting sort of the postings of a chunk by their terms: how many each term has, added to `counts`, then every posting
// to its place, `next[term]` being the term's first. Impacts that are whole and 0 are left out.
void ck_count_integers(const uint32_t *terms, const uint16_t *impacts, size_t postings, uint32_t *counts);
void ck_count_floats(const uint32_t *terms, const float *impacts, size_t postings, uint32_t *counts);
void ck_place_integers(const uint32_t *offsets, size_t documents, const uint32_t *terms, const uint16_t *impacts,
                       uint32_t *next, uint32_t *out, float *weights);
void ck_place_floats(const uint32_t *offsets, size_t documents, const uint32_t *terms, const float *impacts,
                     uint32_t *next, uint32_t *out, float *weights);

// Prefix codes of at most CK_PREFIX_BITS bits for 256 symbols.
#define CK_PREFIX_BITS 11
#define CK_PREFIX_TABLE (1 << CK_PREFIX_BITS)
// Lengths (256) of a code for symbols that occur so often (256): the shortest, but where that limit is reached; 0 for those
// that never do, 1 for one alone.
void ck_prefix_lengths(const uint64_t *counts, uint8_t *lengths);
// Canonical codes (256), the first bit lowest, and the decoding table (CK_PREFIX_TABLE), by the next bits: length << 8 |
// symbol, length 15 where no code begins so. 0 where the lengths (256) are of no prefix code.
int ck_prefix_codes(const uint8_t *lengths, uint16_t *codes, uint16_t *decode);

// Postings in Huffman codes that are fitted to a shard (see `FittedModel`): blocks of CK_FITTED_BLOCK postings, gaps from
// the front, impacts from the back. A spool is (gap:varint impact-1:varint)*, lists one after the other.
#define CK_FITTED_BLOCK 256
struct ck_fitted;
// Writes `count` postings after document `base` (2^32 - 1: none) to `out`, at most 10 bytes each; returns the bytes.
size_t ck_spool(const uint32_t *documents, const float *impacts, size_t count, uint32_t base, uint8_t *out);
// Fits a model to the `lists` lists that begin at `starts` of the spool, and gives each its class. NULL: no memory.
struct ck_fitted *ck_fitted_fit(const uint8_t *spool, const uint64_t *starts, const uint32_t *frequencies, size_t lists,
                                uint64_t documents, uint8_t *classes);
void ck_fitted_free(struct ck_fitted *model);
size_t ck_fitted_size(const struct ck_fitted *model);
void ck_fitted_write(const struct ck_fitted *model, uint8_t *bytes);  // ck_fitted_size(model) bytes
struct ck_fitted *ck_fitted_read(const uint8_t *bytes, size_t length, uint64_t documents);  // NULL: malformed
// Encodes a list of the spool, at most 10 bytes a posting; last document, length and largest impact of each block.
size_t ck_fitted_encode(const struct ck_fitted *model, uint32_t impact_class, const uint8_t *spool, uint32_t frequency,
                        uint8_t *out, uint32_t *lasts, uint32_t *lengths, uint32_t *maxima);
// Decodes a block of `count` postings of a list of `frequency`, after document `base`. 0: malformed.
int ck_fitted_decode(const struct ck_fitted *model, uint32_t impact_class, uint32_t frequency, const uint8_t *bytes,
                     size_t length, uint32_t count, uint32_t base, uint32_t *documents, float *impacts);
// A list of at most CK_FITTED_BLOCK postings as one string of bits, gap and impact by turns. Encodes one of the spool from
// the lowest bit of `out` on, at most 10 bytes a posting; returns the bits.
size_t ck_fitted_encode_short(const struct ck_fitted *model, uint32_t impact_class, const uint8_t *spool,
                              uint32_t frequency, uint8_t *out);
// Decodes the list that begins at a bit of `bytes`; returns the bit behind it. 0: malformed.
uint64_t ck_fitted_decode_short(const struct ck_fitted *model, uint32_t impact_class, uint32_t frequency,
                                const uint8_t *bytes, size_t length, uint64_t bit, uint32_t *documents, float *impacts);

// Recursive graph bisection: brings documents together that have terms in common. Document d has the terms
// `terms[offsets[d]..<offsets[d + 1]]`, each once. `ck_bisect` is one level: it changes the order of `documents` so that
// its first half and its second are apart; `ck_bisect_all` goes on down to parts of `leaf`. Not for two threads at once.
struct ck_bisection;
struct ck_bisection *ck_bisection_new(uint32_t terms, uint32_t documents, const float *logs);  // NULL: no memory
void ck_bisection_free(struct ck_bisection *scratch);
void ck_bisection_logs(float *logs, uint32_t count);  // log2 of 0 (as 1), 1, ..., count - 1
void ck_bisect(struct ck_bisection *scratch, uint32_t *documents, uint32_t count, const uint64_t *offsets,
               const uint32_t *terms, uint32_t rounds);
void ck_bisect_all(struct ck_bisection *scratch, uint32_t *documents, uint32_t count, const uint64_t *offsets,
                   const uint32_t *terms, uint32_t rounds, uint32_t leaf);
