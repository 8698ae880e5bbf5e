// What this machine can do at most, measured: `peak THREADS` prints one JSON object.
//
// fp32: fused multiply-adds on registers. int8: 8-bit dot products on registers (VNNI where there is any, else
// vpmaddubsw + vpmaddwd + vpaddd). read: bytes a second summed out of an array far larger than the caches.
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

enum { ROUNDS = 2000000, CHAINS = 12 };
static volatile float sink_f;
static volatile int sink_i;

__attribute__((target("avx2,fma"))) static double fp32_avx2(void) {
  __m256 sums[CHAINS], a = _mm256_set1_ps(1.0f), b = _mm256_set1_ps(1e-9f);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_set1_ps((float)i);
  for (long round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_fmadd_ps(sums[i], a, b);
  }
  for (int i = 1; i < CHAINS; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  sink_f = sums[0][0];
  return 2.0 * 8 * CHAINS * ROUNDS;
}

__attribute__((target("avx512f"))) static double fp32_avx512(void) {
  __m512 sums[CHAINS], a = _mm512_set1_ps(1.0f), b = _mm512_set1_ps(1e-9f);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  for (long round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(sums[i], a, b);
  }
  for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  sink_f = sums[0][0];
  return 2.0 * 16 * CHAINS * ROUNDS;
}

__attribute__((target("avx2"))) static double int8_avx2(void) {
  __m256i sums[CHAINS], ones = _mm256_set1_epi16(1), a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm256_set1_epi32(i);
  for (long round = 0; round < ROUNDS; round++) {
    __asm__("" : "+x"(a), "+x"(b));
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) {
      __m256i left = a;
      __asm__("" : "+x"(left));
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(left, b), ones));
    }
  }
  for (int i = 1; i < CHAINS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
  sink_i = _mm256_extract_epi32(sums[0], 0);
  return 2.0 * 32 * CHAINS * ROUNDS;
}

__attribute__((target("avx512f,avx512vnni"))) static double int8_vnni(void) {
  __m512i sums[CHAINS], a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_epi32(i);
  for (long round = 0; round < ROUNDS; round++) {
    __asm__("" : "+v"(a), "+v"(b));
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
  }
  for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  sink_i = _mm512_cvtsi512_si32(sums[0]);
  return 2.0 * 64 * CHAINS * ROUNDS;
}

static size_t read_bytes = 256u << 20;

__attribute__((target("avx2"))) static double read_memory(void) {
  uint8_t *array = aligned_alloc(64, read_bytes);
  memset(array, 1, read_bytes);
  __m256i sum = _mm256_setzero_si256();
  double best = 0;
  for (int pass = 0; pass < 5; pass++) {
    double begun = now();
    for (size_t at = 0; at < read_bytes; at += 64) {
      sum = _mm256_add_epi64(sum, _mm256_load_si256((const void *)(array + at)));
      sum = _mm256_add_epi64(sum, _mm256_load_si256((const void *)(array + at + 32)));
    }
    double rate = (double)read_bytes / (now() - begun);
    if (rate > best) best = rate;
  }
  sink_i = (int)_mm256_extract_epi32(sum, 0);
  free(array);
  return best;
}

struct job {
  double (*work)(void);
  int is_rate;
  double rate;
};

static void *run(void *argument) {
  struct job *job = argument;
  if (job->is_rate) {
    job->rate = job->work();
    return NULL;
  }
  for (int pass = 0; pass < 3; pass++) {
    double begun = now();
    double rate = job->work() / (now() - begun);
    if (rate > job->rate) job->rate = rate;
  }
  return NULL;
}

static double together(double (*work)(void), int is_rate, int threads) {
  pthread_t handles[256];
  struct job jobs[256];
  double sum = 0;
  for (int i = 0; i < threads; i++) {
    jobs[i] = (struct job){work, is_rate, 0};
    pthread_create(&handles[i], NULL, run, &jobs[i]);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(handles[i], NULL);
    sum += jobs[i].rate;
  }
  return sum;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 256) return 64;
  int wide = __builtin_cpu_supports("avx512f"), vnni = __builtin_cpu_supports("avx512vnni");
  printf("{\"threads\":%d,\"fp32_gflops\":%.1f,\"int8_gops\":%.1f,\"int8_kind\":\"%s\",\"read_gb_s\":%.2f}\n", threads,
         together(wide ? fp32_avx512 : fp32_avx2, 0, threads) * 1e-9,
         together(vnni ? int8_vnni : int8_avx2, 0, threads) * 1e-9, vnni ? "vnni" : "avx2",
         together(read_memory, 1, threads) * 1e-9);
  return 0;
}
