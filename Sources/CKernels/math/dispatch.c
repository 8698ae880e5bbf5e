// Which functions a processor gets.
#include "internal.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <stdatomic.h>

// Which register files the operating system saves: bits 1 and 2 for 256-bit registers, 5 to 7 for 512-bit ones.
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static int found(int instruction_set) {
  uint32_t a, b1, c1, d, b7, c7, d7, a71 = 0;
  if (!__get_cpuid(1, &a, &b1, &c1, &d) || !(c1 & bit_OSXSAVE)) return 0;
  uint32_t subleaves;
  if (!__get_cpuid_count(7, 0, &subleaves, &b7, &c7, &d7)) return 0;
  if (subleaves >= 1) __get_cpuid_count(7, 1, &a71, &b1, &d, &d7);
  uint64_t saved = saved_state();
  if ((saved & 6) != 6 || !(c1 & bit_FMA) || !(c1 & bit_F16C) || !(b7 & bit_AVX2)) return 0;
  if (instruction_set == CK_AVX2) return 1;
  if (instruction_set == CK_AVX2_VNNI) return (a71 >> 4) & 1;
  uint32_t needed = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
  if ((saved & 0xe6) != 0xe6 || (b7 & needed) != needed) return 0;
  if (instruction_set == CK_AVX512) return 1;
  if (!(c7 & bit_AVX512VNNI)) return 0;
  if (instruction_set == CK_AVX512_VNNI) return 1;
  return (a71 >> 5) & 1;
}

// The processor is asked once: in a virtual machine each question is a trap of microseconds.
int ck_supports(int instruction_set) {
  static _Atomic uint32_t known;  // bit 31: it was asked; bit i: set i is there
  if (instruction_set == CK_PORTABLE) return 1;
  if (instruction_set < 0 || instruction_set >= CK_INSTRUCTION_SETS) return 0;
  uint32_t sets = atomic_load_explicit(&known, memory_order_relaxed);
  if (!sets) {
    sets = 1u << 31;
    for (int i = CK_AVX2; i < CK_INSTRUCTION_SETS; i++) sets |= (uint32_t)(found(i) != 0) << i;
    atomic_store_explicit(&known, sets, memory_order_relaxed);
  }
  return sets >> instruction_set & 1;
}

const ck_functions *ck_functions_of(int instruction_set) {
  if (!ck_supports(instruction_set)) return &ck_functions_portable;
  switch (instruction_set) {
    case CK_AVX2: return &ck_functions_avx2;
    case CK_AVX2_VNNI: return &ck_functions_avx2_vnni;
    case CK_AVX512: return &ck_functions_avx512;
    case CK_AVX512_VNNI: return &ck_functions_avx512_vnni;
    case CK_AVX512_BF16: return &ck_functions_avx512_bf16;
    default: return &ck_functions_portable;
  }
}
#else
int ck_supports(int instruction_set) { return instruction_set == CK_PORTABLE; }
const ck_functions *ck_functions_of(int instruction_set) {
  (void)instruction_set;
  return &ck_functions_portable;
}
#endif
