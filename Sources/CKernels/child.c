#define _GNU_SOURCE
#include "include/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Room in a pipe: a batch of texts, or of vectors, without a switch between the two processes.
enum { PIPE_BYTES = 1 << 20 };

static void close_both(int ends[2]) {
  for (int end = 0; end < 2; end++) {
    if (ends[end] >= 0) close(ends[end]);
  }
}

// Every descriptor from 3 on closes when the program begins.
static void close_others_on_exec(void) {
#ifdef SYS_close_range
  // CLOSE_RANGE_CLOEXEC, Linux 5.11.
  if (syscall(SYS_close_range, 3U, ~0U, 4U) == 0) return;
#endif
  struct rlimit limit;
  int end = 65536;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end) end = (int)limit.rlim_cur;
  for (int descriptor = 3; descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// Runs in the child: async-signal-safe calls only. Returns the errno of what failed.
static int become(char *const argv[], char *const envp[], const char *directory, const int streams[3], pid_t parent) {
  setpgid(0, 0);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  // The parent may have died before the line above.
  if (getppid() != parent) return ECHILD;
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  // Above 2 first: any of the three may itself be 0, 1 or 2 where the parent has those closed.
  int moved[3];
  for (int stream = 0; stream < 3; stream++) {
    moved[stream] = fcntl(streams[stream], F_DUPFD_CLOEXEC, 3);
    if (moved[stream] < 0) return errno;
  }
  for (int stream = 0; stream < 3; stream++) {
    if (dup2(moved[stream], stream) < 0) return errno;
  }
  close_others_on_exec();
  if (directory && chdir(directory) != 0) return errno;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvpe(argv[0], argv, envp);
  return errno;
}

// A reader that went away must be an error of write, not the end of this process.
static void ignore_broken_pipes(void) {
  struct sigaction now;
  if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
  }
}

int32_t ck_child_start(char *const argv[], char *const envp[], const char *directory, struct ck_child *child) {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
  int failed = 0;
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) {
    failed = errno;
  } else {
    ignore_broken_pipes();
    // A signal handler of ours must not run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
      int streams[3] = {in[0], out[1], err[1]};
      int code = become(argv, envp, directory, streams, parent);
      ssize_t ignored = write(report[1], &code, sizeof code);
      (void)ignored;
      _exit(127);
    }
    failed = pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid > 0) {
      close(report[1]);
      report[1] = -1;
      int code = 0;
      ssize_t count;
      // Nothing comes when the program begins: its end of this pipe is closed by exec.
      while ((count = read(report[0], &code, sizeof code)) < 0 && errno == EINTR) {}
      if (count == (ssize_t)sizeof code) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        failed = code;
      }
      child->pid = pid;
    }
  }
  close_both(report);
  if (in[0] >= 0) close(in[0]);
  if (out[1] >= 0) close(out[1]);
  if (err[1] >= 0) close(err[1]);
  int ours[3] = {in[1], out[0], err[0]};
  for (int stream = 0; stream < 3; stream++) {
    if (ours[stream] < 0) continue;
    if (failed) {
      close(ours[stream]);
      continue;
    }
    fcntl(ours[stream], F_SETFL, O_NONBLOCK);
    if (stream < 2) fcntl(ours[stream], F_SETPIPE_SZ, PIPE_BYTES);
  }
  if (failed) return failed;
  child->input = in[1];
  child->output = out[0];
  child->errors = err[0];
  return 0;
}

int32_t ck_child_ended(int32_t pid, int32_t *status) {
  int raw = 0;
  pid_t found;
  while ((found = waitpid(pid, &raw, WNOHANG)) < 0 && errno == EINTR) {}
  if (found == 0) return 0;
  if (found < 0) return -1;
  *status = WIFSIGNALED(raw) ? -WTERMSIG(raw) : WEXITSTATUS(raw);
  return 1;
}
