// Prefix codes of bytes: lengths by Huffman's algorithm, at most CK_PREFIX_BITS each; codes are canonical, the first bit
// lowest. Integers only, so that every machine writes the same bytes.
#include "ckernels.h"
#include <string.h>

void ck_prefix_lengths(const uint64_t *counts, uint8_t *lengths) {
  uint64_t weight[512];
  uint16_t parent[512], leaf[256];
  uint64_t scaled[256];
  memcpy(scaled, counts, sizeof scaled);
  memset(lengths, 0, 256);
  for (;;) {
    uint32_t n = 0;
    for (uint32_t s = 0; s < 256; s++) if (scaled[s]) leaf[n++] = (uint16_t)s;
    if (n == 1) lengths[leaf[0]] = 1;
    if (n < 2) return;
    // Insertion sort by weight, then symbol: two queues then give the tree.
    for (uint32_t i = 1; i < n; i++) {
      uint16_t s = leaf[i]; uint32_t j = i;
      for (; j && scaled[leaf[j - 1]] > scaled[s]; j--) leaf[j] = leaf[j - 1];
      leaf[j] = s;
    }
    for (uint32_t i = 0; i < n; i++) weight[i] = scaled[leaf[i]];
    uint32_t next_leaf = 0, next_node = n, nodes = n;
    while (nodes < 2 * n - 1) {
      uint32_t pair[2];
      for (int k = 0; k < 2; k++)
        pair[k] = next_node >= nodes || (next_leaf < n && weight[next_leaf] <= weight[next_node]) ? next_leaf++ : next_node++;
      weight[nodes] = weight[pair[0]] + weight[pair[1]];
      parent[pair[0]] = parent[pair[1]] = (uint16_t)nodes++;
    }
    uint32_t longest = 0;
    uint8_t depth[512];
    depth[nodes - 1] = 0;
    for (uint32_t i = nodes - 1; i-- > 0;) {
      depth[i] = depth[parent[i]] + 1;
      if (i < n) { lengths[leaf[i]] = depth[i]; if (depth[i] > longest) longest = depth[i]; }
    }
    if (longest <= CK_PREFIX_BITS) return;
    for (uint32_t i = 0; i < n; i++) scaled[leaf[i]] = (scaled[leaf[i]] + 1) / 2;
  }
}

int ck_prefix_codes(const uint8_t *lengths, uint16_t *codes, uint16_t *decode) {
  uint32_t count[16] = {0};
  for (uint32_t s = 0; s < 256; s++) {
    if (lengths[s] > CK_PREFIX_BITS) return 0;
    if (lengths[s]) count[lengths[s]]++;
  }
  for (uint32_t i = 0; i < CK_PREFIX_TABLE; i++) decode[i] = 15 << 8;
  uint32_t code = 0, next[16] = {0};
  for (uint32_t l = 1; l <= CK_PREFIX_BITS; l++) { code = (code + count[l - 1]) << 1; next[l] = code; }
  uint64_t kraft = 0;
  for (uint32_t l = 1; l <= CK_PREFIX_BITS; l++) kraft += (uint64_t)count[l] << (CK_PREFIX_BITS - l);
  if (kraft > CK_PREFIX_TABLE) return 0;
  for (uint32_t s = 0; s < 256; s++) {
    uint32_t l = lengths[s];
    if (!l) continue;
    uint32_t c = next[l]++, reversed = 0;
    for (uint32_t b = 0; b < l; b++) reversed |= (c >> b & 1) << (l - 1 - b);
    codes[s] = (uint16_t)reversed;
    for (uint32_t i = reversed; i < CK_PREFIX_TABLE; i += 1u << l) decode[i] = (uint16_t)(l << 8 | s);
  }
  return 1;
}
