// Files and memory; what fails ends the program.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline void *array(size_t count, size_t size) {
  void *result = calloc(count ? count : 1, size);
  if (!result) { perror("posting_limit"); exit(1); }
  return result;
}

static inline FILE *open_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  return file;
}

static inline void read_exactly(FILE *file, void *to, size_t size, size_t count) {
  if (fread(to, size, count, file) != count) { fprintf(stderr, "posting_limit: a file is too short\n"); exit(1); }
}
