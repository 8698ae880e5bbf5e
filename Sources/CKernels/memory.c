// What the process does when the system gives it no more memory, or no more threads. Swift's own answer is a trap, and
// Dispatch's to try again for ever; ours is the documented exit code and a line that says what helps. To end between any
// two instructions is safe: see "The crash contract" in docs/architecture.md. glibc only, and not under a sanitizer, which
// brings its own allocator.
#define _GNU_SOURCE
#include "ckernels.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

extern void *__libc_malloc(size_t count);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *place, size_t count);
extern void *__libc_memalign(size_t alignment, size_t count);

// EX_TEMPFAIL: the same command may do on a machine that has more.
enum { TRY_AGAIN = 75 };

// Several threads find the memory gone at once; the first of them tells it and ends the process. The others wait for that
// end, but not for ever: in a child between fork and exec there may be no first.
__attribute__((noreturn, cold)) static void end(void) {
  static const char words[] =
      "pipeline: out of memory: the system gives this process no more (ulimit -v, or the machine is full); finished "
      "work is kept, run the same command again with a smaller budget.memory or fewer workers\n";
  static atomic_flag told = ATOMIC_FLAG_INIT;
  if (atomic_flag_test_and_set(&told)) {
    sleep(1);
  } else {
    ssize_t done = write(STDERR_FILENO, words, sizeof words - 1);
    (void)done;
  }
  _exit(TRY_AGAIN);
}

static void *given(void *place, size_t count) {
  if (!place && count) end();
  return place;
}

void *malloc(size_t count) { return given(__libc_malloc(count), count); }
void *calloc(size_t number, size_t size) { return given(__libc_calloc(number, size), number && size); }
void *realloc(void *place, size_t count) { return given(__libc_realloc(place, count), count); }
void *memalign(size_t alignment, size_t count) { return given(__libc_memalign(alignment, count), count); }
void *aligned_alloc(size_t alignment, size_t count) { return given(__libc_memalign(alignment, count), count); }

int posix_memalign(void **result, size_t alignment, size_t count) {
  if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1))) return EINVAL;
  *result = given(__libc_memalign(alignment, count), count);
  return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  int error = real(thread, attributes, body, argument);
  if (error == EAGAIN || error == ENOMEM) end();
  return error;
}

#endif

void ck_give_back(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
