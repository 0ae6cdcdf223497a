/* Letting tasks run: one at a time, in a fixed order, each until it would wait. */
#include "stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_US 10000
/* Ticks a task may sleep in the kernel before others get their turn. */
#define ASLEEP_TICKS 2
/* Processor time a task may take, in 1/100 s, while others could use it: more when it does not look as if it waited
   for them in a loop. */
#define LOOP_TURN 5
#define LONG_TURN 200
#define LOOP_BYTES 512
#define LOOK_TICKS 20
#define WALL_LIMIT_TICKS 12000
#define OUTSIDE_GRACE_TICKS 20

int ended;
static int ticks;
static size_t drained; /* output taken at the last tick: who writes much waits for its pipe */
static long cpu_began; /* of the first process, in this step; -1: not looked at */

/* A program that never waits would hold up time for ever. CPU time counts: the machine may be busy. */
static void check_limits(void) {
  long cpu = 0;
  if (ticks % LOOK_TICKS != 0) return;
  state_of(first_pid, &cpu);
  if (cpu_began < 0) cpu_began = cpu;
  long seconds = (cpu - cpu_began) / sysconf(_SC_CLK_TCK);
  if (seconds >= cpu_limit_s || ticks > WALL_LIMIT_TICKS) {
    snprintf(trouble, sizeof trouble, "it ran for %ld s of processor time without waiting for input or time",
             seconds);
  }
}

/* Waits for the next stop or end of any task; 0 when a tick passed first. */
static pid_t next_stop(int *status) {
  pid_t tid = waitpid(-1, status, __WALL);
  if (tid < 0) {
    if (errno == ECHILD) ended = 1;
    ticks++;
    check_limits();
    drained = drain_output();
    if (harness_gone()) exit(0);
    return 0;
  }
  return tid;
}

static void resume(struct task *task) {
  task->state = RUNNING;
  ptrace(PTRACE_CONT, task->tid, 0, (long)task->signal);
  task->signal = 0;
}

/* Tasks that stopped for the first time before their parents told of them. */
static pid_t early[16];

static int is_early(pid_t tid) {
  for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
    if (early[i] != tid) continue;
    early[i] = 0;
    return 1;
  }
  return 0;
}

static void remember_early(pid_t tid) {
  for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
    if (early[i] != 0) continue;
    early[i] = tid;
    return;
  }
}

static void adopt(struct task *parent, int event) {
  unsigned long tid = 0;
  int status;
  ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid);
  struct user_regs_struct regs;
  ptrace(PTRACE_GETREGS, parent->tid, 0, &regs);
  // Its first stop comes by itself, whether or not anybody lets it run; perhaps it has come already.
  if (!is_early((pid_t)tid)) {
    while (waitpid((pid_t)tid, &status, __WALL) < 0 && errno == EINTR) continue;
    if (!WIFSTOPPED(status)) return;
  }
  char path[64], line[256];
  int tgid = (int)tid;
  snprintf(path, sizeof path, "/proc/%lu/status", tid);
  FILE *file = fopen(path, "r");
  while (file != 0 && fgets(line, sizeof line, file)) sscanf(line, "Tgid: %d", &tgid);
  if (file != 0) fclose(file);
  struct task *task = add_task((pid_t)tid, tgid);
  if (task == 0) {
    snprintf(trouble, sizeof trouble, "it has more than %d threads", MAX_TASKS);
    return;
  }
  task->parent = tgid == parent->tgid ? parent->parent : parent->tgid;
  notes |= tgid == parent->tgid ? NOTE_THREADS : NOTE_CHILDREN;
  if (tgid != parent->tgid || event == PTRACE_EVENT_VFORK) return;
  // Where the kernel clears the id when the thread ends: in the fourth argument of clone, in a field of clone3.
  if (regs.orig_rax == 435) peek(task, regs.rdi + 16, &task->clear_tid, 8);
  else task->clear_tid = regs.r10;
}

static void after_exec(struct task *task) {
  for (int i = task_count - 1; i >= 0; i--) {
    struct task *other = tasks[i];
    if (other != task && other->tgid == task->tgid) {
      other->clear_tid = 0;
      remove_task(other);
    }
  }
  if (task->pidfd >= 0) close(task->pidfd);
  task->pidfd = -1;
  handle_exec(task);
}

/* What a stop of a task means; leaves it running or held. */
static void handle_stop(struct task *task, int status) {
  int signal = WSTOPSIG(status), event = status >> 16;
  switch (event) {
    case PTRACE_EVENT_SECCOMP: {
      int next = handle_call(task);
      if (next == 1) resume(task);
      else if (next < 0) task->state = PARKED;
      return;
    }
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
      adopt(task, event);
      resume(task);
      // The parent of a vfork sleeps until its child is another program.
      if (event == PTRACE_EVENT_VFORK) task->state = OUTSIDE;
      return;
    case PTRACE_EVENT_EXEC:
      after_exec(task);
      break;
    case PTRACE_EVENT_STOP:
    case PTRACE_EVENT_VFORK_DONE:
      break;
    default:
      if (signal == SIGSEGV && handle_tsc(task)) break;
      task->signal = signal;
  }
  resume(task);
}

/* An end or a stop of any task. */
void take_event(pid_t tid, int status, struct task *running) {
  struct task *task = find_task(tid);
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    if (tid == first_pid) {
      ended = 1;
      exit_status = status;
    }
    if (task != 0) remove_task(task);
    return;
  }
  if (task == 0 && status >> 16 == PTRACE_EVENT_EXEC) {
    // A thread that was not the first loaded a program: it goes on under the id of the process.
    task = add_task(tid, tid);
  }
  if (task == 0) {
    remember_early(tid);
    return;
  }
  if (task == running) {
    handle_stop(task, status);
    return;
  }
  task->pending = 1;
  task->status = status;
  task->state = RUNNABLE;
  task->order = next_order++;
}

static void go_on(struct task *task) {
  if (task->pending) {
    task->pending = 0;
    task->state = RUNNING;
    handle_stop(task, task->status);
    return;
  }
  enum outcome outcome = task->outcome;
  task->outcome = CARRY_OUT;
  if (outcome == RESULT) set_result(task, task->result);
  else if (outcome == LATE) give_late(task);
  else if (outcome == AGAIN) {
    task->state = RUNNING;
    int next = handle_call(task);
    if (next < 0) task->state = PARKED;
    if (next != 1) return;
  }
  resume(task);
}

static struct task *next_runnable(void) {
  struct task *next = 0;
  for (int i = 0; i < task_count; i++) {
    if (tasks[i]->state == RUNNABLE && (next == 0 || tasks[i]->order < next->order)) next = tasks[i];
  }
  return next;
}

/* Stops a running task where it is. 1: it is held at no system call; 0: something else has happened to it. */
static int interrupt(struct task *task) {
  pid_t tid = task->tid, who;
  int status;
  if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0) return 0;
  while (find_task(tid) == task && task->state == RUNNING && !ended) {
    if ((who = next_stop(&status)) == 0) continue;
    if (who != tid) {
      take_event(who, status, 0);
      continue;
    }
    if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP) return 1;
    take_event(who, status, task);
    return 0;
  }
  return 0;
}

/* Takes the processor from a task that others wait for, when it seems to wait for them in a loop, or takes long. */
static void preempt(struct task *task, long used) {
  struct user_regs_struct regs;
  uint64_t low = UINT64_MAX, high = 0, stack_low = UINT64_MAX, stack_high = 0;
  int samples = used > LONG_TURN ? 1 : 4;
  for (int i = 0; i < samples; i++) {
    if (next_runnable() == 0 || !interrupt(task)) return;
    ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
    if (regs.rip < low) low = regs.rip;
    if (regs.rip > high) high = regs.rip;
    if (regs.rsp < stack_low) stack_low = regs.rsp;
    if (regs.rsp > stack_high) stack_high = regs.rsp;
    if (i == samples - 1) break;
    resume(task);
    struct timespec moment = {0, 1000000};
    nanosleep(&moment, 0);
  }
  if (high - low > LOOP_BYTES || stack_high - stack_low > LOOP_BYTES) {
    resume(task);
    return;
  }
  notes |= NOTE_PREEMPTED;
  task->outcome = CARRY_OUT;
  task->state = RUNNABLE;
  task->order = next_order++;
}

/* Lets one task run until it is held or gone. */
static void run_task(struct task *task) {
  pid_t tid = task->tid;
  int asleep = 0, status;
  long began = -1, used = 0;
  go_on(task);
  while (!ended && trouble[0] == 0 && find_task(tid) == task && task->state == RUNNING) {
    pid_t who = next_stop(&status);
    if (who != 0) {
      take_event(who, status, task);
      continue;
    }
    asleep = state_of(tid, &used) == 'S' && drained == 0 ? asleep + 1 : 0;
    if (began < 0) began = used;
    if (asleep > ASLEEP_TICKS) {
      notes |= NOTE_OUTSIDE;
      task->state = OUTSIDE;
    } else if (used - began > LOOP_TURN) {
      preempt(task, used - began);
    }
  }
}

/* Something waits in the kernel for what we do not see; gives it a little real time. 1: it has come back. */
static int wait_outside(void) {
  int outside = 0, until = ticks + OUTSIDE_GRACE_TICKS, status;
  for (int i = 0; i < task_count; i++) outside += tasks[i]->state == OUTSIDE;
  while (outside > 0 && ticks < until && !ended) {
    pid_t who = next_stop(&status);
    if (who == 0) continue;
    take_event(who, status, 0);
    return 1;
  }
  return 0;
}

static void set_ticks(long us) {
  struct itimerval every = {{0, us}, {0, us}};
  setitimer(ITIMER_REAL, &every, 0);
}

int run_until_idle(void) {
  uint64_t step = next_order;
  cpu_began = -1;
  ticks = 0;
  set_ticks(TICK_US);
  fire_timers();
  feed_input();
  while (!ended && trouble[0] == 0) {
    struct task *task = next_runnable();
    if (task == 0) {
      feed_input();
      task = wake_one(step);
    }
    if (task != 0) run_task(task);
    else if (!wait_outside()) break;
  }
  set_ticks(0);
  drain_output();
  return trouble[0] != 0 ? -1 : ended;
}

void end_all(void) {
  int status;
  set_ticks(0);
  for (int i = 0; i < task_count; i++) kill(tasks[i]->tgid, SIGKILL);
  for (;;) {
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid == first_pid && !WIFSTOPPED(status)) exit_status = status;
    // A task may stop once more on its way out.
    if (tid > 0 && WIFSTOPPED(status)) ptrace(PTRACE_CONT, tid, 0, 0);
    if (tid < 0 && errno != EINTR) return;
  }
}

/* A signal for the program. */
void send_signal(int signal) {
  kill(first_pid, signal);
  hear_signal(find_task(first_pid), signal);
}
