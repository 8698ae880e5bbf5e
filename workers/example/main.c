// A worker in one C file: an example of the protocol (docs/backend-protocol.md), and what tests and benchmarks run. Its
// "model" is a hash: it answers at once, the same for the same text. It can also misbehave, for the tests.
//
//   example-worker dense|sparse|token-vectors|expansion [--dimension N] [--terms N] [--identity TEXT]
//                  [--limit-batch N] [--in-flight N] [--misbehave HOW] [--mark FILE]
//
// Nothing but C11 and POSIX.
#define _GNU_SOURCE
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELLO = 1, VOCABULARY = 2, TEXTS = 3, TOKENS = 4, DENSE = 5, SPARSE = 6, TOKEN_VECTORS = 7, EXPANSION = 8,
       ERROR = 15 };
enum { VOCABULARY_TERMS = 30522 };

static uint32_t crc_table[8][256];

// CRC-32 (IEEE), eight bytes at a time ("slicing by 8", Kounavis and Berry, 2008).
static void make_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    crc_table[0][byte] = crc;
  }
  for (int slice = 1; slice < 8; slice++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t before = crc_table[slice - 1][byte];
      crc_table[slice][byte] = before >> 8 ^ crc_table[0][before & 255];
    }
  }
}

static uint32_t crc32_of(uint32_t crc, const uint8_t *bytes, size_t length) {
  crc = ~crc;
  for (; length >= 8; length -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    word ^= crc;
    crc = 0;
    for (int slice = 0; slice < 8; slice++) crc ^= crc_table[7 - slice][word >> (8 * slice) & 255];
  }
  for (; length > 0; length--) crc = crc >> 8 ^ crc_table[0][(crc ^ *bytes++) & 255];
  return ~crc;
}

struct buffer {
  uint8_t *bytes;
  size_t length, room;
};

static uint8_t *extend(struct buffer *buffer, size_t more) {
  if (buffer->length + more > buffer->room) {
    buffer->room = 2 * (buffer->length + more);
    buffer->bytes = realloc(buffer->bytes, buffer->room);
    if (!buffer->bytes) abort();
  }
  buffer->length += more;
  return buffer->bytes + buffer->length - more;
}

static void append(struct buffer *buffer, const void *bytes, size_t length) {
  if (length > 0) memcpy(extend(buffer, length), bytes, length);
}

struct header {
  char magic[4];
  uint8_t kind, side;
  uint16_t zero;
  uint64_t sequence;
  uint32_t count, length, zero2, crc;
};

static void put(const void *bytes, size_t length) {
  if (fwrite(bytes, 1, length, stdout) != length) exit(0);
}

static void send_frame(uint8_t kind, uint64_t sequence, uint32_t count, const struct buffer *payload, uint32_t spoil) {
  struct header header = {{'B', 'G', 'R', 'N'}, kind, 0, 0, sequence, count, (uint32_t)payload->length, 0, 0};
  uint32_t crc = crc32_of(0, (const uint8_t *)&header, 28);
  header.crc = crc32_of(crc, payload->bytes, payload->length) ^ spoil;
  put(&header, sizeof header);
  put(payload->bytes, payload->length);
  fflush(stdout);
}

// Reads a frame; the worker ends when there is none.
static struct header receive(struct buffer *payload) {
  struct header header;
  if (fread(&header, 1, sizeof header, stdin) != sizeof header) exit(0);
  payload->length = 0;
  uint8_t *bytes = extend(payload, header.length);
  if (fread(bytes, 1, header.length, stdin) != header.length) exit(0);
  if (memcmp(header.magic, "BGRN", 4) != 0 ||
      crc32_of(crc32_of(0, (const uint8_t *)&header, 28), bytes, header.length) != header.crc) {
    fprintf(stderr, "a frame that is damaged\n");
    exit(3);
  }
  return header;
}

// FNV-1a.
static uint64_t hash_of(const uint8_t *bytes, size_t length) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t index = 0; index < length; index++) hash = (hash ^ bytes[index]) * 0x100000001B3u;
  return hash;
}

// `count` values in [-1, 1) that follow from `hash`.
static void put_values(struct buffer *answer, uint64_t hash, uint32_t count) {
  float *values = (float *)(void *)extend(answer, 4 * (size_t)count);
  uint32_t state = (uint32_t)(hash ^ hash >> 32);
  for (uint32_t index = 0; index < count; index++) {
    state = state * 1664525u + 1013904223u;
    float value = (float)(int32_t)state * 0x1p-31f;
    memcpy(values + index, &value, 4);
  }
}

static const char *option(int count, char **arguments, const char *name, const char *standard) {
  for (int index = 2; index + 1 < count; index++) {
    if (strcmp(arguments[index], name) == 0) return arguments[index + 1];
  }
  return standard;
}

static uint32_t dimension, terms;

// The answer to the texts or ids in `input`: one hash a passage, of its bytes.
static void encode(uint8_t kind, const struct header *question, const struct buffer *input, struct buffer *answer) {
  uint32_t count = question->count;
  const uint8_t *bytes = input->bytes + 4 * (size_t)count;
  uint64_t *hashes = malloc(8 * (size_t)count + 8);
  for (uint32_t row = 0; row < count; row++) {
    uint32_t length;
    memcpy(&length, input->bytes + 4 * (size_t)row, 4);
    if (question->kind == TOKENS) length *= 4;
    hashes[row] = hash_of(bytes, length) + question->side;
    bytes += length;
  }
  answer->length = 0;
  uint32_t many = kind == TOKEN_VECTORS ? 3 : terms, three = 3;
  if (kind != DENSE) {
    if (kind == EXPANSION) for (uint32_t row = 0; row < count; row++) append(answer, &three, 4);
    for (uint32_t row = 0; row < count; row++) append(answer, &many, 4);
  }
  uint32_t step = VOCABULARY_TERMS / (terms + 1);
  if (kind == EXPANSION) {
    for (uint32_t index = 0; index < 3 * count; index++) append(answer, &index, 4);
  }
  if (kind == SPARSE || kind == EXPANSION) {
    for (uint32_t row = 0; row < count; row++) {
      for (uint32_t term = 0; term < terms; term++) {
        uint32_t id = term * step + (uint32_t)((hashes[row] + term * 0x9E3779B97F4A7C15u) >> 40) % step;
        append(answer, &id, 4);
      }
    }
  }
  for (uint32_t row = 0; row < count; row++) {
    put_values(answer, hashes[row], kind == DENSE ? dimension : kind == TOKEN_VECTORS ? 3 * dimension : terms);
  }
  free(hashes);
}

static bool is(const char *how, const char *name) { return strcmp(how, name) == 0; }

static void greet(uint8_t kind, int count, char **arguments, const char *how, struct buffer *buffer) {
  char text[4096];
  const char *names[] = {"dense", "sparse", "token-vectors", "expansion"};
  bool has_vectors = kind == DENSE || kind == TOKEN_VECTORS;
  buffer->length = 0;
  int length = snprintf(
      text, sizeof text,
      "{\"protocol\":%s,\"gives\":\"%s\",\"takes\":[\"texts\",\"tokens\"],\"identity\":\"%s\",\"dimension\":%u,"
      "\"vocabulary\":%u,\"limits\":{\"batch\":%s,\"inFlight\":%s,\"vectors\":512}}",
      is(how, "old-protocol") ? "99" : "1", names[kind - DENSE], option(count, arguments, "--identity", "example-1"),
      has_vectors ? dimension : 0, kind == SPARSE ? VOCABULARY_TERMS : 0,
      option(count, arguments, "--limit-batch", "1024"), option(count, arguments, "--in-flight", "8"));
  append(buffer, text, (size_t)length);
  send_frame(HELLO, 0, 0, buffer, 0);
  if (kind != SPARSE) return;
  buffer->length = 0;
  struct buffer words = {0};
  for (uint32_t term = 0; term < VOCABULARY_TERMS; term++) {
    uint32_t bytes = (uint32_t)snprintf(text, sizeof text, "term%u", term);
    append(buffer, &bytes, 4);
    append(&words, text, bytes);
  }
  append(buffer, words.bytes, words.length);
  send_frame(VOCABULARY, 0, VOCABULARY_TERMS, buffer, 0);
}

// Answers as a broken worker might; as it should where `how` is nothing of that.
static void misbehave(const char *how, const struct header *question, struct buffer *answer, uint8_t kind) {
  uint64_t sequence = question->sequence;
  uint32_t count = question->count;
  if (is(how, "never")) for (;;) pause();
  if (is(how, "exit-0")) exit(0);
  if (is(how, "exit-3")) {
    fprintf(stderr, "CUDA out of memory, as it were\n");
    exit(3);
  }
  if (is(how, "crash")) abort();
  if (is(how, "print")) {
    put("Loading model...\n a line that a library printed to standard output\n", 66);
    fflush(stdout);
  }
  if (is(how, "nan")) memcpy(answer->bytes + answer->length - 4, (float[]){0.0f / 0.0f}, 4);
  if (is(how, "infinite")) memcpy(answer->bytes + answer->length - 4, (float[]){1.0f / 0.0f}, 4);
  if (is(how, "count")) count--;
  if (is(how, "short")) answer->length -= 4;
  if (is(how, "long")) append(answer, "1234", 4);
  if (is(how, "lengths")) memset(answer->bytes, 0xFF, 4);
  if (is(how, "term")) memset(answer->bytes + 4 * (size_t)count, 0x7F, 4);
  if (is(how, "twice-a-term")) memcpy(answer->bytes + 4 * (size_t)count, answer->bytes + 4 * (size_t)count + 4, 4);
  if (is(how, "unasked")) sequence += 1000000;
  if (is(how, "kind")) kind = TEXTS;
  if (is(how, "twice")) send_frame(kind, sequence, count, answer, 0);
  if (is(how, "flood")) for (;;) send_frame(kind, sequence, count, answer, 0);
  if (is(how, "error")) {
    answer->length = 0;
    append(answer, "no such token in \033[2J this model", 32);
    kind = ERROR;
  }
  if (is(how, "huge")) {
    struct header header = {{'B', 'G', 'R', 'N'}, kind, 0, 0, sequence, count, 0xFFFFFFF0u, 0, 0};
    put(&header, sizeof header);
    fflush(stdout);
    for (;;) pause();
  }
  if (is(how, "half")) {
    struct header header = {{'B', 'G', 'R', 'N'}, kind, 0, 0, sequence, count, (uint32_t)answer->length, 0, 0};
    put(&header, sizeof header);
    put(answer->bytes, answer->length / 2);
    fflush(stdout);
    exit(0);
  }
  if (is(how, "close-input")) {
    close(0);
    for (;;) pause();
  }
  if (is(how, "close-output")) {
    fclose(stdout);
    close(1);
    for (;;) pause();
  }
  send_frame(kind, sequence, count, answer, is(how, "checksum") ? 1 : 0);
}

int main(int count, char **arguments) {
  const char *kinds = count > 1 ? arguments[1] : "";
  uint8_t kind = is(kinds, "dense") ? DENSE : is(kinds, "sparse") ? SPARSE : is(kinds, "token-vectors") ? TOKEN_VECTORS
               : is(kinds, "expansion") ? EXPANSION : 0;
  if (!kind) {
    fprintf(stderr, "usage: example-worker dense|sparse|token-vectors|expansion [options]\n");
    return 64;
  }
  dimension = (uint32_t)atoi(option(count, arguments, "--dimension", "384"));
  terms = (uint32_t)atoi(option(count, arguments, "--terms", "100"));
  const char *how = option(count, arguments, "--misbehave", "");
  const char *mark = option(count, arguments, "--mark", NULL);
  // Unbuffered where it must be known whether something waits.
  setvbuf(stdin, NULL, is(how, "reverse") ? _IONBF : _IOFBF, 1 << 20);
  setvbuf(stdout, NULL, _IOFBF, 1 << 20);
  make_crc_table();
  struct buffer question = {0}, answer = {0}, held = {0};
  uint64_t held_sequence = 0;
  uint32_t held_count = 0;

  if (is(how, "silent-start")) for (;;) pause();
  if (is(how, "exit-at-start")) return 1;
  if (is(how, "garbage-at-start")) for (;;) put("all work and no play makes jack a dull boy\n", 43);
  if (is(how, "environment")) {
    extern char **environ;
    for (char **variable = environ; *variable; variable++) fprintf(stderr, "variable %s\n", *variable);
    for (int descriptor = 3; descriptor < 4096; descriptor++) {
      if (lseek(descriptor, 0, SEEK_CUR) >= 0) fprintf(stderr, "descriptor %d\n", descriptor);
    }
    char folder[4096];
    if (getcwd(folder, sizeof folder)) fprintf(stderr, "folder %s\n", folder);
  }
  receive(&question);
  greet(kind, count, arguments, how, &answer);
  for (uint64_t batch = 0;; batch++) {
    struct header header = receive(&question);
    encode(kind, &header, &question, &answer);
    if (is(how, "flood-errors")) {
      for (int line = 0; line < 200000; line++) fprintf(stderr, "warning %d: \033[31mred\033[0m\a\n", line);
    }
    if (is(how, "slow")) usleep(300000);
    if (is(how, "reverse")) {
      // Holds every batch until the next has been answered, or none comes.
      if (held.length > 0) {
        send_frame(kind, header.sequence, header.count, &answer, 0);
        send_frame(kind, held_sequence, held_count, &held, 0);
        held.length = 0;
        continue;
      }
      struct pollfd input = {0, POLLIN, 0};
      if (poll(&input, 1, 100) > 0) {
        append(&held, answer.bytes, answer.length);
        held_sequence = header.sequence;
        held_count = header.count;
        continue;
      }
    }
    if (mark && access(mark, F_OK) != 0) {
      // Once: a worker that breaks, and does not when it is started again.
      fclose(fopen(mark, "w"));
      misbehave(how, &header, &answer, kind);
    } else if (!mark && batch >= 1) {
      misbehave(how, &header, &answer, kind);
    } else {
      send_frame(kind, header.sequence, header.count, &answer, 0);
    }
  }
}
