// Preloaded into `pipeline` by the tests (LD_PRELOAD): makes chosen calls on files fail, or writes down all of them.
//
//   FAULT_ROOT   only files whose absolute path begins so count
//   FAULT_CALL   write, fsync, rename, mmap, read or open; pread and pwrite count as read and write, fdatasync as fsync
//   FAULT_AT     the k-th of them, from 1, fails
//   FAULT_ERROR  an errno; `short`: half of the bytes are done; `kill`: the process dies in the place of the call
//   FAULT_EVER   if set, all later calls of the kind fail too
//   FAULT_MARK   a file that is made when the fault happens: a run that leaves none has passed untouched
//   FAULT_CLOCK  seconds by which the wall clock is wrong; no other variable is needed for it
//   FAULT_CLOCK_EVERY  if set, after every so many readings the clock jumps: there, back, there...
//   FAULT_TRACE  a file to which every call that changes something is appended, in the order in which they happened:
//                op:u8 fd:i32 offset:u64 length:u32 pathLength:u32 otherLength:u32 bytes[length] path other
//                op: o open (offset: flags), w write, s fsync, r rename, u unlink, d mkdir, x rmdir, l symlink,
//                t truncate (offset: length), c close
#define _GNU_SOURCE
#include "include/faults.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char ours[DESCRIPTORS];
static const char *root, *call, *mark;
static long at, seen;
static long clock_offset, clock_every, clock_readings;
static int error_number, is_short, is_kill, forever, trace = -1, ready;

#define REAL(result, name, ...)                                                                                        \
  static result (*real)(__VA_ARGS__);                                                                                  \
  if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, name)

static void prepare(void) {
  if (ready) return;
  ready = 1;
  root = getenv("FAULT_ROOT");
  call = getenv("FAULT_CALL");
  mark = getenv("FAULT_MARK");
  const char *k = getenv("FAULT_AT"), *error = getenv("FAULT_ERROR"), *file = getenv("FAULT_TRACE");
  at = k ? atol(k) : 0;
  if (error) {
    is_short = !strcmp(error, "short");
    is_kill = !strcmp(error, "kill");
    error_number = atoi(error);
  }
  const char *wrong = getenv("FAULT_CLOCK"), *every = getenv("FAULT_CLOCK_EVERY");
  clock_offset = wrong ? atol(wrong) : 0;
  clock_every = every ? atol(every) : 0;
  forever = getenv("FAULT_EVER") != NULL;
  if (file) trace = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int counts(const char *path) { return root && path && !strncmp(path, root, strlen(root)); }
static int is_ours(int fd) { return fd >= 0 && fd < DESCRIPTORS && ours[fd]; }

// 0: the call goes on. 1: it fails, errno is set. 2: it does half.
static int fails(const char *name) {
  if (!call || !at || strcmp(call, name)) return 0;
  long now = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
  if (now != at && !(forever && now > at)) return 0;
  if (mark) {
    long fd = syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) syscall(SYS_close, fd);
  }
  if (is_kill) syscall(SYS_kill, getpid(), SIGKILL);
  if (is_short) return 2;
  errno = error_number;
  return 1;
}

static void note(char op, int fd, uint64_t offset, const void *bytes, size_t length, const char *path,
                 const char *other) {
  if (trace < 0) return;
  int32_t descriptor = fd;
  uint32_t sizes[3] = {(uint32_t)length, path ? (uint32_t)strlen(path) : 0, other ? (uint32_t)strlen(other) : 0};
  struct iovec parts[] = {{&op, 1},
                          {&descriptor, 4},
                          {&offset, 8},
                          {sizes, 12},
                          {(void *)bytes, length},
                          {(void *)path, sizes[1]},
                          {(void *)other, sizes[2]}};
  syscall(SYS_writev, trace, parts, 7);
}

static void enter(void) {
  if (trace >= 0) pthread_mutex_lock(&lock);
}
static void leave(void) {
  int code = errno;
  if (trace >= 0) pthread_mutex_unlock(&lock);
  errno = code;
}

static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
  prepare();
  if (!counts(path)) {
    int fd = real(path, flags, mode);
    if (fd >= 0 && fd < DESCRIPTORS) ours[fd] = 0;
    return fd;
  }
  if (fails("open") == 1) return -1;
  enter();
  int fd = real(path, flags, mode);
  if (fd >= 0 && fd < DESCRIPTORS) ours[fd] = 1;
  if (fd >= 0) note('o', fd, (uint64_t)((flags & O_CREAT ? 1 : 0) | (flags & O_TRUNC ? 2 : 0)), NULL, 0, path, NULL);
  leave();
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(list, int) : 0;
  va_end(list);
  REAL(int, "open", const char *, int, ...);
  return opened(path, flags, mode, real);
}

int open64(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(list, int) : 0;
  va_end(list);
  REAL(int, "open64", const char *, int, ...);
  return opened(path, flags, mode, real);
}

int close(int fd) {
  REAL(int, "close", int);
  prepare();
  if (!is_ours(fd)) return real(fd);
  enter();
  ours[fd] = 0;
  note('c', fd, 0, NULL, 0, NULL, NULL);
  int result = real(fd);
  leave();
  return result;
}

static ssize_t written(int fd, const void *bytes, size_t count, off64_t offset) {
  enter();
  if (trace >= 0 && offset < 0) {
    off64_t place = lseek64(fd, 0, SEEK_CUR);
    note('w', fd, (uint64_t)place, bytes, count, NULL, NULL);
  } else {
    note('w', fd, (uint64_t)offset, bytes, count, NULL, NULL);
  }
  ssize_t result = offset < 0 ? syscall(SYS_write, fd, bytes, count) : syscall(SYS_pwrite64, fd, bytes, count, offset);
  leave();
  return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  prepare();
  if (!is_ours(fd)) return syscall(SYS_write, fd, bytes, count);
  int fault = fails("write");
  if (fault == 1) return -1;
  return written(fd, bytes, fault == 2 && count > 1 ? count / 2 : count, -1);
}

static ssize_t placed(int fd, const void *bytes, size_t count, off64_t offset) {
  prepare();
  if (!is_ours(fd)) return syscall(SYS_pwrite64, fd, bytes, count, offset);
  int fault = fails("write");
  if (fault == 1) return -1;
  return written(fd, bytes, fault == 2 && count > 1 ? count / 2 : count, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return placed(fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) { return placed(fd, bytes, count, offset); }

ssize_t read(int fd, void *bytes, size_t count) {
  prepare();
  int fault = is_ours(fd) ? fails("read") : 0;
  if (fault == 1) return -1;
  return syscall(SYS_read, fd, bytes, fault == 2 && count > 1 ? count / 2 : count);
}

static ssize_t fetched(int fd, void *bytes, size_t count, off64_t offset) {
  prepare();
  int fault = is_ours(fd) ? fails("read") : 0;
  if (fault == 1) return -1;
  return syscall(SYS_pread64, fd, bytes, fault == 2 && count > 1 ? count / 2 : count, offset);
}
ssize_t pread(int fd, void *bytes, size_t count, off_t offset) { return fetched(fd, bytes, count, offset); }
ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) { return fetched(fd, bytes, count, offset); }

static int synchronized(int fd, long number) {
  prepare();
  if (!is_ours(fd)) return (int)syscall(number, fd);
  if (fails("fsync") == 1) return -1;
  enter();
  // Under a trace the disk is simulated: waiting for the real one would only take time.
  int result = trace >= 0 ? 0 : (int)syscall(number, fd);
  note('s', fd, 0, NULL, 0, NULL, NULL);
  leave();
  return result;
}
int fsync(int fd) { return synchronized(fd, SYS_fsync); }
int fdatasync(int fd) { return synchronized(fd, SYS_fdatasync); }

static int cut(int fd, off64_t length) {
  prepare();
  enter();
  int result = (int)syscall(SYS_ftruncate, fd, length);
  if (is_ours(fd)) note('t', fd, (uint64_t)length, NULL, 0, NULL, NULL);
  leave();
  return result;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static void *mapped(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  prepare();
  if (is_ours(fd) && fails("mmap") == 1) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mapped(address, length, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mapped(address, length, protection, flags, fd, offset);
}

int rename(const char *from, const char *to) {
  prepare();
  if (counts(to) && fails("rename") == 1) return -1;
  enter();
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (!result && counts(to)) note('r', -1, 0, NULL, 0, from, to);
  leave();
  return result;
}

int unlink(const char *path) {
  prepare();
  enter();
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (!result && counts(path)) note('u', -1, 0, NULL, 0, path, NULL);
  leave();
  return result;
}

int rmdir(const char *path) {
  prepare();
  enter();
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
  if (!result && counts(path)) note('x', -1, 0, NULL, 0, path, NULL);
  leave();
  return result;
}

int mkdir(const char *path, mode_t mode) {
  prepare();
  enter();
  int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  if (!result && counts(path)) note('d', -1, 0, NULL, 0, path, NULL);
  leave();
  return result;
}

int symlink(const char *target, const char *path) {
  prepare();
  enter();
  int result = (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
  if (!result && counts(path)) note('l', -1, 0, NULL, 0, path, target);
  leave();
  return result;
}

// Only the wall clock: whoever measures a time should have asked another one.
static long wrong_by(void) {
  prepare();
  if (!clock_offset || !clock_every) return clock_offset;
  return __atomic_fetch_add(&clock_readings, 1, __ATOMIC_SEQ_CST) / clock_every % 2 ? clock_offset : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += wrong_by();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *place) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (place) *place = precise.tv_sec;
  return precise.tv_sec;
}
