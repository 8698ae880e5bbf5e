// Child processes: the part that has to be C, because nothing but async-signal-safe calls may run between fork and exec.
#pragma once
#include <stdint.h>

struct ck_child {
  int32_t pid;
  // Our ends of its standard streams; non-blocking, closed by exec.
  int32_t input;
  int32_t output;
  int32_t errors;
};

// Starts argv[0] (looked up in PATH) with exactly the environment `envp`, in `directory` (NULL: ours), as the leader of a
// process group of its own, with no open descriptor but 0, 1 and 2, default signal handlers and an empty signal mask.
// The kernel kills it when the calling thread ends, so that thread must live as long as the child is wanted.
// Returns 0, or the errno of what failed; a program that cannot be executed is reported here too.
int32_t ck_child_start(char *const argv[], char *const envp[], const char *directory, struct ck_child *child);

// Whether the child has ended; reaps it. *status is its exit code, or minus the number of the signal that killed it.
// Returns 1 when it has ended, 0 while it runs, and -1 if it cannot be known.
int32_t ck_child_ended(int32_t pid, int32_t *status);
