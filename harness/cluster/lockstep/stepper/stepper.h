/*
 * The stepper runs one program in lock step with a harness: under ptrace, one thread at a time, on a clock that
 * only the harness moves. What its parts share: tasks, what they wait for, and time.
 */
#ifndef STEPPER_H
#define STEPPER_H

#define _GNU_SOURCE
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#define NEVER INT64_MAX
#define MAX_TASKS 512
/* The descriptor on which the harness sends its steps. */
#define COMMANDS 3
#define MAX_FDS 64

/* Added to the harness's monotonic time: no program expects a machine that booted this instant. */
#define MONO_BASE 1000000000000ll

/* The pid every program sees as its own, whatever it is; its parent is 1. */
#define SHOWN_PID 4242

enum task_state {
  RUNNABLE, /* may go on: it is held at a stop */
  RUNNING,  /* goes on now */
  PARKED,   /* held at a system call that would wait */
  OUTSIDE,  /* waits in the kernel for something that is not held here */
};

/* What a parked task waits for; deadlines are in addition to it. */
enum wait_kind { FOR_TIME, FOR_FDS, FOR_FUTEX, FOR_CHILD, FOR_ANYTHING };

struct watched {
  int fd;
  short events;
};

struct wait {
  enum wait_kind kind;
  int64_t mono; /* due at this virtual monotonic time, or NEVER */
  int64_t wall; /* due at this virtual wall time, or NEVER */
  int64_t late; /* what the call returns when it is due */
  int fd_count;
  struct watched fds[MAX_FDS];
  uint64_t address; /* of the futex */
  uint32_t bits;
};

/* How a parked task goes on: the call is made, is over with `result`, has run into its deadline, is judged anew. */
enum outcome { CARRY_OUT, RESULT, LATE, AGAIN };

struct task {
  pid_t tid, tgid, parent; /* parent: the process that started its process */
  enum task_state state;
  uint64_t order;      /* when it was parked or became runnable: first in, first out */
  struct wait wait;
  enum outcome outcome; /* what becomes of the call it was parked at */
  int64_t result;
  int pending, status; /* a stop that has not been looked at */
  int signal;          /* to be delivered when it goes on */
  uint64_t clear_tid;  /* futex that is woken when it ends */
  int gave_way;        /* others have had their turn before the call it is at */
  int pidfd;           /* of its process; -1 until needed */
};

struct clock { int64_t mono, wall; };

/* Observations about a step that the harness is told: bits of `notes`. */
enum note {
  NOTE_THREADS = 1,    /* more than one thread ran; they take turns */
  NOTE_PREEMPTED = 2,  /* a thread was interrupted at no particular place: another run may differ */
  NOTE_OUTSIDE = 4,    /* something outside was waited for: another run may differ */
  NOTE_NETWORK = 8,    /* it dialled or listened on a network of its own */
  NOTE_CHILDREN = 16,  /* it started other processes */
  NOTE_ADDRESSES = 32, /* addresses could not be made the same in every run */
  NOTE_SPINNING = 64,  /* it asked for the time again and again instead of waiting */
};

extern struct clock now;
extern struct task *tasks[MAX_TASKS];
extern int task_count;
extern int cpu_limit_s; /* processor time a step may take */
extern uint32_t notes;
extern uint64_t next_order;

/* calls.c: what happens at a system call of a task that is held at its entry. 1: it may go on, 0: it is held,
   -1: the program cannot be run in lock step (see `trouble`). */
int handle_call(struct task *task);
/* True for a read of the time-stamp counter, which is then answered. */
int handle_tsc(struct task *task);
/* Prepares a program that was just loaded: no vDSO, seeded randomness. */
void handle_exec(struct task *task);
void set_result(struct task *task, int64_t result);
void give_late(struct task *task);
void seed_random(uint64_t seed);
void stop_spinning(void);

/* waits.c: what can be waited for. */
int fds_ready(struct task *task, const struct watched *fds, int count);
int is_due(const struct wait *wait);
int64_t next_deadline(void);
struct task *wake_one(uint64_t step);
int wake_futex(pid_t tgid, uint64_t address, int count, uint32_t bits);
int64_t handle_futex(struct task *task, struct user_regs_struct *regs, int *parks);

/* memory.c: the memory of a task. 0: done, -1: not there. */
int peek(struct task *task, uint64_t address, void *into, size_t size);
int poke(struct task *task, uint64_t address, const void *from, size_t size);

/* tasks.c: which tasks there are. */
struct task *find_task(pid_t tid);
struct task *leader_task(void);
struct task *add_task(pid_t tid, pid_t tgid);
void wake(struct task *task, enum outcome outcome, int64_t result);
/* Our own descriptor of what is open as `fd` in the task; -1 when there is none. */
int dup_of(struct task *task, int fd);
int others_runnable(const struct task *task);
char state_of(pid_t tid, long *cpu);
void hear_signal(struct task *task, int signal);
extern pid_t first_pid; /* of the program */

/* ends.c: ends of tasks. */
void remove_task(struct task *task);
int has_ended_child(pid_t parent);

/* timers.c: timers that come as signals or on descriptors. Calls return what the program is answered. */
int64_t set_timerfd(struct task *task, struct user_regs_struct *regs);
int64_t get_timerfd(struct task *task, struct user_regs_struct *regs);
int64_t set_itimer(struct task *task, struct user_regs_struct *regs);
int64_t set_alarm(struct task *task, struct user_regs_struct *regs);
void fire_timers(void);
int64_t next_timer(void);
void drop_timers(pid_t tgid);

/* launch.c: starts the program, held until the first step; sets `trouble` when it cannot be started. */
void launch(char **argv);

/* run.c: letting tasks run. */
void take_event(pid_t tid, int status, struct task *running);
extern int ended;
/* Runs until all tasks wait. 0: idle, 1: the program has ended, -1: it cannot go on (see `trouble`). */
int run_until_idle(void);
void end_all(void);
void send_signal(int signal);
extern int exit_status;
extern char trouble[256];

/* pipes.c: the pipes of the program. */
/* Takes what the program has written; how much that was. */
size_t drain_output(void);
/* What it has written and nobody was told of; how much that is. */
size_t waiting_output(const char **bytes);
void forget_output(void);
/* Room for input that is to wait. */
char *more_input(size_t size);
/* As much of the waiting input as its pipe takes. */
void feed_input(void);
int harness_gone(void);
extern int stdin_write, stdout_read;

#endif
