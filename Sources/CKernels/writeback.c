// Asking the kernel to write.
#define _GNU_SOURCE
#include "ckernels.h"
#if defined(__linux__)
#include <fcntl.h>
#endif

void ck_begin_writing(int32_t descriptor) {
#if defined(__linux__)
  sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
  (void)descriptor;
#endif
}
