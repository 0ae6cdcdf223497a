/* Starting the program: traced, with the filter, addresses that are the same in every run, and pipes. */
#include "stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"

#define OPTIONS                                                                                              \
  (PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | \
   PTRACE_O_TRACEVFORKDONE | PTRACE_O_EXITKILL)

static void on_tick(int signal) { (void)signal; }

static void become(char **argv, int in, int out, int gate, int failure) {
  char go;
  // What it sends to its process group must not reach the stepper.
  setsid();
  dup2(in, 0);
  dup2(out, 1);
  if (read(gate, &go, 1) != 1) _exit(127);
  signal(SIGALRM, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  if (personality(ADDR_NO_RANDOMIZE) < 0 && write(failure, "a", 1) < 0) _exit(127);
  prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
  char message[128] = "f";
  if (install_filter() < 0) snprintf(message + 1, sizeof message - 1, "no seccomp filter: %s", strerror(errno));
  else {
    execvp(argv[0], argv);
    snprintf(message + 1, sizeof message - 1, "%s", strerror(errno));
  }
  if (write(failure, message, strlen(message) + 1) < 0) _exit(126);
  _exit(127);
}

/* Stepper and program take turns: on one processor each finds what it needs where the other left it, and nobody is woken
   on another that sleeps. It also makes the program see one processor, whatever the machine has. */
static void share_processor(void) {
  cpu_set_t one;
  int processor = sched_getcpu();
  if (processor < 0) return;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  sched_setaffinity(0, sizeof one, &one);
}

/* Starts the program, held until the first step. Sets `trouble` when it cannot be started. */
void launch(char **argv) {
  int in[2], out[2], gate[2], failure[2];
  if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(gate, O_CLOEXEC) < 0 ||
      pipe2(failure, O_CLOEXEC) < 0) {
    snprintf(trouble, sizeof trouble, "no pipes: %s", strerror(errno));
    return;
  }
  fcntl(out[1], F_SETPIPE_SZ, 1 << 20);
  struct sigaction action = {.sa_handler = on_tick};
  sigaction(SIGALRM, &action, 0);
  signal(SIGPIPE, SIG_IGN);
  share_processor();
  first_pid = fork();
  if (first_pid == 0) become(argv, in[0], out[1], gate[0], failure[1]);
  close(in[0]);
  close(out[1]);
  close(failure[1]);
  stdin_write = in[1];
  stdout_read = out[0];
  fcntl(stdin_write, F_SETFL, O_NONBLOCK);
  fcntl(stdout_read, F_SETFL, O_NONBLOCK);
  if (first_pid < 0 || ptrace(PTRACE_SEIZE, first_pid, 0, OPTIONS) < 0) {
    snprintf(trouble, sizeof trouble, "it cannot be traced: %s", strerror(errno));
    return;
  }
  struct task *task = add_task(first_pid, first_pid);
  task->state = RUNNING;
  if (write(gate[1], "g", 1) < 0) snprintf(trouble, sizeof trouble, "%s", strerror(errno));
  close(gate[0]);
  close(gate[1]);
  // The loaded program closes this pipe; what is in it before is why there is none, or what is not as it should be.
  char message[130] = {0};
  int status;
  if (waitpid(first_pid, &status, __WALL) != first_pid) ended = 1;
  fcntl(failure[0], F_SETFL, O_NONBLOCK);
  ssize_t size = read(failure[0], message, sizeof message - 1);
  close(failure[0]);
  if (size > 0 && message[0] == 'a') {
    notes |= NOTE_ADDRESSES;
    memmove(message, message + 1, sizeof message - 1);
  }
  if (message[0] == 'f') snprintf(trouble, sizeof trouble, "%s", message + 1);
  take_event(first_pid, status, 0);
}
