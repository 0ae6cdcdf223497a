/* What becomes of the system calls that tell the time, wait, or draw: see the list in filter.c. */
#include "stepper.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ll
/* So many questions for the time, or looks at descriptors that have nothing, are a program that waits by asking;
   the harness then moves the clock. One that has been seen at it is believed sooner. */
#define CLOCK_LIMIT 4096
#define CLOCK_LIMIT_AGAIN 32
#define POLL_LIMIT 32
#define POLL_LIMIT_AGAIN 2
#define TURN_READS 64
#define SPIN_NS 1000000

static uint64_t random_state;

void seed_random(uint64_t seed) { random_state = seed; }

/* splitmix64 */
static uint64_t draw(void) {
  uint64_t z = (random_state += 0x9e3779b97f4a7c15ull);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

static int64_t draw_into(struct task *task, uint64_t address, uint64_t size) {
  unsigned char bytes[4096];
  if (size > 1 << 20) size = 1 << 20;
  for (uint64_t done = 0; done < size;) {
    uint64_t part = size - done < sizeof bytes ? size - done : sizeof bytes;
    for (uint64_t i = 0; i < part; i++) bytes[i] = (unsigned char)draw();
    if (poke(task, address + done, bytes, part) < 0) return -EFAULT;
    done += part;
  }
  return (int64_t)size;
}

/* The call is not made; it returns this. */
void set_result(struct task *task, int64_t result) {
  struct user_regs_struct regs;
  ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
  regs.orig_rax = (uint64_t)-1;
  regs.rax = (uint64_t)result;
  ptrace(PTRACE_SETREGS, task->tid, 0, &regs);
}

static int answer(struct task *task, int64_t result) {
  set_result(task, result);
  return 1;
}

static int park(struct task *task, struct wait wait) {
  task->wait = wait;
  task->state = PARKED;
  task->order = next_order++;
  return 0;
}

static int clock_reads, empty_polls, spinning;

/* The program waits as it should, or has found something to do. */
void stop_spinning(void) { clock_reads = empty_polls = spinning = 0; }

/* Lets other tasks that can run do so before this one goes on, if there are any: it may be waiting for them although
   it never stops. 1: it is held, and its call is judged anew when its turn comes. */
static int gives_way(struct task *task) {
  if (task->gave_way || !others_runnable(task)) {
    task->gave_way = 0;
    return 0;
  }
  task->gave_way = 1;
  wake(task, AGAIN, 0);
  return 1;
}

/* Parks a program for a moment when it waits by asking. */
static int spun(struct task *task, int is_clock) {
  if ((!is_clock || clock_reads % TURN_READS == TURN_READS - 1) && gives_way(task)) return 1;
  if (is_clock) clock_reads++;
  else empty_polls++;
  if (clock_reads < (spinning ? CLOCK_LIMIT_AGAIN : CLOCK_LIMIT) &&
      empty_polls < (spinning ? POLL_LIMIT_AGAIN : POLL_LIMIT)) {
    return 0;
  }
  stop_spinning();
  spinning = 1;
  notes |= NOTE_SPINNING;
  park(task, (struct wait){.kind = FOR_ANYTHING, .mono = now.mono + SPIN_NS, .wall = NEVER});
  return 1;
}

static int64_t clock_ns(clockid_t id) {
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI) return now.wall;
  return now.mono;
}

static int put_time(struct task *task, uint64_t address, int64_t ns, int64_t unit) {
  int64_t time[2] = {ns / SECOND, ns % SECOND / unit};
  if (address != 0 && poke(task, address, time, sizeof time) < 0) return answer(task, -EFAULT);
  return answer(task, 0);
}

/* Reads a timespec; NEVER for none. -1 when it is not there or makes no sense. */
static int get_time(struct task *task, uint64_t address, int64_t unit, int64_t *ns) {
  int64_t time[2];
  *ns = NEVER;
  if (address == 0) return 0;
  if (peek(task, address, time, sizeof time) < 0 || time[0] < 0 || time[1] < 0) return -1;
  if (time[0] < NEVER / 2 / SECOND) *ns = time[0] * SECOND + time[1] * unit;
  return 0;
}

static int64_t after(int64_t ns) { return ns >= NEVER - now.mono ? NEVER : now.mono + ns; }

static int sleep_call(struct task *task, struct user_regs_struct *regs) {
  int absolute = regs->orig_rax == SYS_clock_nanosleep && (regs->rsi & TIMER_ABSTIME);
  clockid_t id = regs->orig_rax == SYS_clock_nanosleep ? (clockid_t)regs->rdi : CLOCK_MONOTONIC;
  uint64_t address = regs->orig_rax == SYS_clock_nanosleep ? regs->rdx : regs->rdi;
  int64_t ns;
  if (address == 0 || get_time(task, address, 1, &ns) < 0) return answer(task, -EINVAL);
  struct wait wait = {.kind = FOR_TIME, .mono = NEVER, .wall = NEVER, .late = 0};
  if (!absolute) wait.mono = after(ns);
  else if (clock_ns(id) == now.wall) wait.wall = ns;
  else wait.mono = ns;
  if (ns == 0 && !absolute) return spun(task, 0) ? 0 : answer(task, 0);
  if (is_due(&wait)) return answer(task, 0);
  stop_spinning();
  return park(task, wait);
}

/* Waits for descriptors: goes on when one is ready or nothing is to be waited for. */
static int watch(struct task *task, struct wait *wait, int64_t ns) {
  int ready = fds_ready(task, wait->fds, wait->fd_count);
  if (ready > 0) {
    stop_spinning();
    return gives_way(task) ? 0 : 1;
  }
  if (ns == 0) return spun(task, 0) ? 0 : 1;
  wait->kind = FOR_FDS;
  wait->mono = after(ns);
  wait->wall = NEVER;
  wait->late = 0;
  stop_spinning();
  return park(task, *wait);
}

static int too_many(struct task *task) {
  (void)task;
  snprintf(trouble, sizeof trouble, "it waits for more than %d files at once", MAX_FDS);
  return -1;
}

static int poll_call(struct task *task, struct user_regs_struct *regs, int64_t ns) {
  struct pollfd polled[MAX_FDS];
  struct wait wait = {.fd_count = 0};
  if (regs->rsi > MAX_FDS) return too_many(task);
  if (regs->rsi > 0 && peek(task, regs->rdi, polled, regs->rsi * sizeof *polled) < 0) return 1;
  for (uint64_t i = 0; i < regs->rsi; i++) {
    if (polled[i].fd < 0) continue;
    wait.fds[wait.fd_count++] = (struct watched){polled[i].fd, polled[i].events};
  }
  return watch(task, &wait, ns);
}

static int select_call(struct task *task, struct user_regs_struct *regs, int64_t ns) {
  static const short events[] = {POLLIN, POLLOUT, POLLPRI};
  uint64_t at[] = {regs->rsi, regs->rdx, regs->r10};
  struct wait wait = {.fd_count = 0};
  int limit = (int)regs->rdi > FD_SETSIZE ? FD_SETSIZE : (int)regs->rdi;
  for (int kind = 0; kind < 3; kind++) {
    fd_set set;
    FD_ZERO(&set);
    if (at[kind] == 0) continue;
    if (peek(task, at[kind], &set, ((size_t)limit + 63) / 64 * 8) < 0) return 1;
    for (int fd = 0; fd < limit; fd++) {
      if (!FD_ISSET(fd, &set)) continue;
      if (wait.fd_count == MAX_FDS) return too_many(task);
      wait.fds[wait.fd_count++] = (struct watched){fd, events[kind]};
    }
  }
  return watch(task, &wait, ns);
}

/* A call that is late leaves its sets empty, as the kernel does. */
static void clear_sets(struct task *task) {
  struct user_regs_struct regs;
  char zeros[FD_SETSIZE / 8] = {0};
  ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
  if (regs.orig_rax != SYS_select && regs.orig_rax != SYS_pselect6) return;
  uint64_t at[] = {regs.rsi, regs.rdx, regs.r10};
  size_t size = (regs.rdi > FD_SETSIZE ? FD_SETSIZE : regs.rdi + 63) / 64 * 8;
  for (int kind = 0; kind < 3; kind++) {
    if (at[kind] != 0) poke(task, at[kind], zeros, size);
  }
}

/* A wait has run into its deadline. */
void give_late(struct task *task) {
  if (task->wait.kind == FOR_FDS) clear_sets(task);
  set_result(task, task->wait.late);
}

static int64_t milliseconds(uint64_t ms) { return (int)ms < 0 ? NEVER : (int64_t)(int)ms * 1000000; }

static int read_call(struct task *task, struct user_regs_struct *regs) {
  struct stat about;
  int fd = dup_of(task, (int)regs->rdi);
  if (fd < 0) return 1;
  fstat(fd, &about);
  int flags = fcntl(fd, F_GETFL);
  close(fd);
  if (S_ISCHR(about.st_mode) && (about.st_rdev == makedev(1, 8) || about.st_rdev == makedev(1, 9)) &&
      regs->orig_rax == SYS_read) {
    return answer(task, draw_into(task, regs->rsi, regs->rdx));
  }
  if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || (flags & O_NONBLOCK)) return 1;
  uint64_t options = regs->orig_rax == SYS_recvfrom ? regs->r10 : regs->orig_rax == SYS_recvmsg ? regs->rdx : 0;
  if (options & MSG_DONTWAIT) return 1;
  struct wait wait = {.fd_count = 1, .fds = {{(int)regs->rdi, POLLIN}}};
  return watch(task, &wait, NEVER);
}

static int network_call(struct task *task, struct user_regs_struct *regs) {
  sa_family_t family = 0;
  peek(task, regs->rsi, &family, sizeof family);
  if (family == AF_INET || family == AF_INET6) notes |= NOTE_NETWORK;
  return 1;
}

/* Signals to the pid it believes to have go to the one it has; whoever is parked hears of them. */
static int kill_call(struct task *task, struct user_regs_struct *regs) {
  if (regs->rdi == SHOWN_PID) {
    regs->rdi = (uint64_t)first_pid;
    ptrace(PTRACE_SETREGS, task->tid, 0, regs);
  }
  if (regs->orig_rax == SYS_tgkill) {
    hear_signal(find_task((pid_t)regs->rsi), (int)regs->rdx);
    return 1;
  }
  for (int i = 0; i < task_count; i++) {
    // A number that is not positive means a group: everybody here, but for programs that make groups of their own.
    int is_meant = (int)regs->rdi <= 0 || tasks[i]->tid == (pid_t)regs->rdi;
    if (is_meant && tasks[i]->tid == tasks[i]->tgid) hear_signal(tasks[i], (int)regs->rsi);
  }
  return 1;
}

static int for_child(struct task *task, struct user_regs_struct *regs) {
  uint64_t options = regs->orig_rax == SYS_wait4 ? regs->rdx : regs->r10;
  int children = 0;
  for (int i = 0; i < task_count; i++) children += tasks[i]->parent == task->tgid;
  if ((options & 1) || children == 0 || has_ended_child(task->tgid)) return 1;
  return park(task, (struct wait){.kind = FOR_CHILD, .mono = NEVER, .wall = NEVER});
}

static int clock_call(struct task *task, struct user_regs_struct *regs) {
  if (spun(task, 1)) return 0;
  if (regs->orig_rax == SYS_clock_gettime) {
    return put_time(task, regs->rsi, clock_ns((clockid_t)regs->rdi), 1);
  }
  if (regs->orig_rax == SYS_gettimeofday) return put_time(task, regs->rdi, now.wall, 1000);
  int64_t seconds = now.wall / SECOND;
  if (regs->rdi != 0) poke(task, regs->rdi, &seconds, sizeof seconds);
  return answer(task, seconds);
}

static int futex_call(struct task *task, struct user_regs_struct *regs) {
  int parks = 0;
  int64_t result = handle_futex(task, regs, &parks);
  if (!parks) return answer(task, result);
  stop_spinning();
  return park(task, task->wait);
}

static int timed_call(struct task *task, struct user_regs_struct *regs) {
  int64_t ns;
  switch (regs->orig_rax) {
    case SYS_poll:
      return poll_call(task, regs, milliseconds(regs->rdx));
    case SYS_ppoll:
      if (get_time(task, regs->rdx, 1, &ns) < 0) return 1;
      return poll_call(task, regs, ns);
    case SYS_select:
      if (get_time(task, regs->r8, 1000, &ns) < 0) return 1;
      return select_call(task, regs, ns);
    case SYS_pselect6:
      if (get_time(task, regs->r8, 1, &ns) < 0) return 1;
      return select_call(task, regs, ns);
    case SYS_epoll_pwait2:
      if (get_time(task, regs->r10, 1, &ns) < 0) return 1;
      break;
    default:
      ns = milliseconds(regs->r10);
  }
  struct wait wait = {.fd_count = 1, .fds = {{(int)regs->rdi, POLLIN}}};
  return watch(task, &wait, ns);
}

int handle_call(struct task *task) {
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, task->tid, 0, &regs) < 0) return 1;
  switch (regs.orig_rax) {
    case SYS_clock_gettime: case SYS_gettimeofday: case SYS_time:
      return clock_call(task, &regs);
    case SYS_nanosleep: case SYS_clock_nanosleep:
      return sleep_call(task, &regs);
    case SYS_read: case SYS_readv: case SYS_recvfrom: case SYS_recvmsg: case SYS_accept: case SYS_accept4:
      return read_call(task, &regs);
    case SYS_poll: case SYS_ppoll: case SYS_select: case SYS_pselect6:
    case SYS_epoll_wait: case SYS_epoll_pwait: case SYS_epoll_pwait2:
      return timed_call(task, &regs);
    case SYS_futex:
      return futex_call(task, &regs);
    case SYS_getrandom:
      return answer(task, draw_into(task, regs.rdi, regs.rsi));
    case SYS_getpid:
      return answer(task, task->tgid == leader_task()->tgid ? SHOWN_PID : task->tgid);
    case SYS_getppid:
      return answer(task, task->tgid == leader_task()->tgid ? 1 : SHOWN_PID);
    case SYS_kill: case SYS_tgkill:
      return kill_call(task, &regs);
    case SYS_sched_yield:
      if (spun(task, 0)) return 0;
      wake(task, CARRY_OUT, 0);
      return 0;
    case SYS_set_tid_address:
      task->clear_tid = regs.rdi;
      return 1;
    case SYS_wait4: case SYS_waitid:
      return for_child(task, &regs);
    case SYS_pause: case SYS_rt_sigsuspend:
      return park(task, (struct wait){.kind = FOR_ANYTHING, .mono = NEVER, .wall = NEVER});
    case SYS_connect: case SYS_bind:
      return network_call(task, &regs);
    case SYS_timerfd_settime: return answer(task, set_timerfd(task, &regs));
    case SYS_timerfd_gettime: return answer(task, get_timerfd(task, &regs));
    case SYS_setitimer: return regs.rdi == 0 ? answer(task, set_itimer(task, &regs)) : 1;
    case SYS_alarm: return answer(task, set_alarm(task, &regs));
    default:
      return 1;
  }
}

int handle_tsc(struct task *task) {
  struct user_regs_struct regs;
  unsigned char code[3];
  ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
  if (peek(task, regs.rip, code, sizeof code) < 0) return 0;
  int rdtsc = code[0] == 0x0f && code[1] == 0x31;
  int rdtscp = code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9;
  if (!rdtsc && !rdtscp) return 0;
  regs.rax = (uint32_t)now.mono;
  regs.rdx = (uint64_t)now.mono >> 32;
  if (rdtscp) regs.rcx = 0;
  regs.rip += rdtsc ? 2 : 3;
  ptrace(PTRACE_SETREGS, task->tid, 0, &regs);
  return 1;
}

/* The kernel's notes to a new program: no vDSO, which would tell the time without asking, and seeded bytes. */
void handle_exec(struct task *task) {
  struct user_regs_struct regs;
  ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
  uint64_t at = regs.rsp, word, entry[2];
  if (peek(task, at, &word, 8) < 0) return;
  at += 8 * (word + 2);
  do {
    if (peek(task, at, &word, 8) < 0) return;
    at += 8;
  } while (word != 0);
  for (;; at += 16) {
    if (peek(task, at, entry, sizeof entry) < 0 || entry[0] == AT_NULL) return;
    if (entry[0] == AT_RANDOM) draw_into(task, entry[1], 16);
    if (entry[0] != AT_SYSINFO_EHDR) continue;
    entry[0] = AT_IGNORE;
    poke(task, at, entry, sizeof entry);
  }
}
