// Working memory by thread.
#include "internal.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct {
  void *memory[2];
  size_t bytes[2];
} scratch;

static _Thread_local scratch *of_thread;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *value) {
  scratch *mine = value;
  free(mine->memory[0]);
  free(mine->memory[1]);
  free(mine);
}

static void make_key(void) { pthread_key_create(&key, release); }

void *ck_scratch(int slot, size_t bytes) {
  scratch *mine = of_thread;
  if (!mine) {
    pthread_once(&once, make_key);
    mine = of_thread = calloc(1, sizeof(scratch));
    if (!mine) abort();
    pthread_setspecific(key, mine);
  }
  if (mine->bytes[slot] < bytes) {
    free(mine->memory[slot]);
    size_t size = (bytes + bytes / 2 + 4095) / 4096 * 4096;
    mine->memory[slot] = aligned_alloc(4096, size);
    if (!mine->memory[slot]) abort();
    mine->bytes[slot] = size;
  }
  return mine->memory[slot];
}
