/* The tasks there are: threads of the program and of what it started. */
#include "stepper.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

struct clock now;
struct task *tasks[MAX_TASKS];
int task_count, exit_status, cpu_limit_s;
uint32_t notes;
uint64_t next_order = 1;
char trouble[256];
pid_t first_pid;

struct task *find_task(pid_t tid) {
  for (int i = 0; i < task_count; i++) {
    if (tasks[i]->tid == tid) return tasks[i];
  }
  return 0;
}

struct task *leader_task(void) {
  struct task *task = find_task(first_pid);
  return task != 0 ? task : tasks[0];
}

struct task *add_task(pid_t tid, pid_t tgid) {
  if (task_count == MAX_TASKS) return 0;
  struct task *task = calloc(1, sizeof *task);
  task->tid = tid;
  task->tgid = tgid;
  task->pidfd = -1;
  task->state = RUNNABLE;
  task->order = next_order++;
  return tasks[task_count++] = task;
}

/* Our own descriptor of what is open as `fd` in the task; -1 when there is none. */
int dup_of(struct task *task, int fd) {
  if (task->pidfd < 0) task->pidfd = syscall(SYS_pidfd_open, task->tgid, 0);
  if (task->pidfd < 0) return -1;
  return syscall(SYS_pidfd_getfd, task->pidfd, fd, 0);
}

int others_runnable(const struct task *task) {
  for (int i = 0; i < task_count; i++) {
    if (tasks[i] != task && tasks[i]->state == RUNNABLE) return 1;
  }
  return 0;
}

char state_of(pid_t tid, long *cpu) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return '?';
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return '?';
  text[size] = 0;
  char *at = strrchr(text, ')'), state = '?';
  unsigned long user = 0, system = 0;
  if (at != 0) sscanf(at + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &user, &system);
  if (cpu != 0) *cpu = (long)(user + system);
  return state;
}

void wake(struct task *task, enum outcome outcome, int64_t result) {
  task->state = RUNNABLE;
  task->outcome = outcome;
  task->result = result;
  task->order = next_order++;
}

/* Does a signal do anything to a task now: is it caught, or deadly, and not held back? */
static int is_heard(struct task *task, int signal) {
  char path[64], line[256];
  unsigned long long caught = 0, ignored = 0, blocked = 0, bit = 1ull << (signal - 1);
  snprintf(path, sizeof path, "/proc/%d/status", task->tid);
  FILE *file = fopen(path, "r");
  while (file != 0 && fgets(line, sizeof line, file)) {
    sscanf(line, "SigCgt: %llx", &caught);
    sscanf(line, "SigIgn: %llx", &ignored);
    sscanf(line, "SigBlk: %llx", &blocked);
  }
  if (file != 0) fclose(file);
  int harmless = signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
  if (!(caught & bit) && (harmless || (ignored & bit))) return 0;
  long call = ptrace(PTRACE_PEEKUSER, task->tid, offsetof(struct user_regs_struct, orig_rax), 0);
  // These wait with a mask of their own, and have hardly any reason but signals to do so.
  int masks = call == SYS_rt_sigsuspend || call == SYS_ppoll || call == SYS_pselect6 || call == SYS_epoll_pwait ||
              call == SYS_epoll_pwait2;
  return masks || !(blocked & bit);
}

/* A task that is sent a signal may be parked: then its call is made, and the kernel ends it at once for the signal, to
   be repeated or not as the handler was installed. */
void hear_signal(struct task *task, int signal) {
  if (task == 0 || task->state != PARKED || signal < 1 || signal > 64 || !is_heard(task, signal)) return;
  wake(task, CARRY_OUT, 0);
}
