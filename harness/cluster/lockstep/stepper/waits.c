/* What a task can wait for: descriptors, futexes, time. Nothing here waits itself. */
#include "stepper.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <unistd.h>

/* How many of these descriptors have something to tell now. A descriptor that is not open has: an error. */
int fds_ready(struct task *task, const struct watched *fds, int count) {
  struct pollfd polled[MAX_FDS];
  int ready = 0;
  for (int i = 0; i < count; i++) {
    polled[i].fd = dup_of(task, fds[i].fd);
    polled[i].events = fds[i].events;
    polled[i].revents = 0;
    if (polled[i].fd < 0) ready++;
  }
  if (ready == 0) ready = poll(polled, count, 0);
  for (int i = 0; i < count; i++) {
    if (polled[i].fd >= 0) close(polled[i].fd);
  }
  return ready;
}

int is_due(const struct wait *wait) { return now.mono >= wait->mono || now.wall >= wait->wall; }

/* The earliest virtual monotonic time at which a parked task or a timer is due; NEVER when none will be. */
int64_t next_deadline(void) {
  int64_t next = next_timer();
  for (int i = 0; i < task_count; i++) {
    const struct wait *wait = &tasks[i]->wait;
    if (tasks[i]->state != PARKED) continue;
    if (wait->mono < next) next = wait->mono;
    if (wait->wall != NEVER) {
      int64_t at = now.mono + (wait->wall - now.wall);
      if (at < next) next = at;
    }
  }
  return next;
}

/* Whether a parked task can go on, and how. Who was parked before `step` began has new time or input to look at. */
static int may_wake(struct task *task, uint64_t step, enum outcome *how) {
  const struct wait *wait = &task->wait;
  *how = CARRY_OUT;
  if (wait->kind == FOR_CHILD) return 0;
  if (wait->kind == FOR_FDS && fds_ready(task, wait->fds, wait->fd_count) > 0) return 1;
  *how = wait->kind == FOR_ANYTHING ? AGAIN : LATE;
  return is_due(wait) || (wait->kind == FOR_ANYTHING && task->order < step);
}

/* Makes the task that has been parked longest, of those that can go on, runnable. One at a time: it may take what
   another waits for. */
struct task *wake_one(uint64_t step) {
  struct task *chosen = 0;
  enum outcome how, chosen_how = CARRY_OUT;
  for (int i = 0; i < task_count; i++) {
    struct task *task = tasks[i];
    if (task->state != PARKED || (chosen != 0 && chosen->order < task->order)) continue;
    if (!may_wake(task, step, &how)) continue;
    chosen = task;
    chosen_how = how;
  }
  if (chosen == 0) return 0;
  wake(chosen, chosen_how, 0);
  return chosen;
}

/* The task that has waited longest on a futex, or none. */
static struct task *longest_waiting(pid_t tgid, uint64_t address, uint32_t bits) {
  struct task *first = 0;
  for (int i = 0; i < task_count; i++) {
    struct task *one = tasks[i];
    if (one->state != PARKED || one->wait.kind != FOR_FUTEX || one->tgid != tgid) continue;
    if (one->wait.address != address || (one->wait.bits & bits) == 0) continue;
    if (first == 0 || one->order < first->order) first = one;
  }
  return first;
}

int wake_futex(pid_t tgid, uint64_t address, int count, uint32_t bits) {
  int woken = 0;
  while (woken < count) {
    struct task *task = longest_waiting(tgid, address, bits);
    if (task == 0) break;
    wake(task, RESULT, 0);
    woken++;
  }
  return woken;
}

static int64_t requeue(struct task *task, struct user_regs_struct *regs, int compares) {
  uint32_t value;
  if (compares) {
    if (peek(task, regs->rdi, &value, sizeof value) < 0) return -EFAULT;
    if (value != (uint32_t)regs->r9) return -EAGAIN;
  }
  int woken = wake_futex(task->tgid, regs->rdi, (int)regs->rdx, ~0u), moved = 0;
  for (int limit = (int)regs->r10; moved < limit; moved++) {
    struct task *one = longest_waiting(task->tgid, regs->rdi, ~0u);
    if (one == 0) break;
    one->wait.address = regs->r8;
  }
  return woken + (compares ? moved : 0);
}

/* FUTEX_WAKE_OP: changes a second word and wakes by what it was. */
static int64_t wake_op(struct task *task, struct user_regs_struct *regs) {
  uint32_t how = (uint32_t)regs->r9, old, value;
  int op = how >> 28 & 7, cmp = how >> 24 & 15;
  int32_t argument = (int32_t)(how << 8) >> 20, against = (int32_t)(how << 20) >> 20;
  if (how >> 31) argument = 1 << (argument & 31);
  if (peek(task, regs->r8, &old, sizeof old) < 0) return -EFAULT;
  value = op == 0 ? (uint32_t)argument : op == 1 ? old + argument : op == 2 ? old | argument
          : op == 3 ? old & ~argument : old ^ argument;
  if (poke(task, regs->r8, &value, sizeof value) < 0) return -EFAULT;
  int woken = wake_futex(task->tgid, regs->rdi, (int)regs->rdx, ~0u);
  int32_t was = (int32_t)old;
  int more = cmp == 0 ? was == against : cmp == 1 ? was != against : cmp == 2 ? was < against
             : cmp == 3 ? was <= against : cmp == 4 ? was > against : was >= against;
  if (more) woken += wake_futex(task->tgid, regs->r8, (int)regs->r10, ~0u);
  return woken;
}

static int64_t futex_wait(struct task *task, struct user_regs_struct *regs, int op, int *parks) {
  uint32_t value;
  if (peek(task, regs->rdi, &value, sizeof value) < 0) return -EFAULT;
  if (value != (uint32_t)regs->rdx) return -EAGAIN;
  struct wait wait = {.kind = FOR_FUTEX, .mono = NEVER, .wall = NEVER, .late = -ETIMEDOUT};
  wait.address = regs->rdi;
  wait.bits = (op & 127) == FUTEX_WAIT_BITSET ? (uint32_t)regs->r9 : ~0u;
  if (regs->r10 != 0) {
    int64_t time[2];
    if (peek(task, regs->r10, time, sizeof time) < 0) return -EFAULT;
    int64_t ns = time[0] > NEVER / 2000000000 ? NEVER : time[0] * 1000000000 + time[1];
    if ((op & 127) == FUTEX_WAIT) wait.mono = ns > NEVER - now.mono ? NEVER : now.mono + ns;
    else if (op & FUTEX_CLOCK_REALTIME) wait.wall = ns;
    else wait.mono = ns;
    if (is_due(&wait)) return -ETIMEDOUT;
  }
  task->wait = wait;
  *parks = 1;
  return 0;
}

/* A futex call, done here and never in the kernel: waiters are held by us. `parks` is set when it waits. */
int64_t handle_futex(struct task *task, struct user_regs_struct *regs, int *parks) {
  int op = (int)regs->rsi;
  switch (op & 127) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      return futex_wait(task, regs, op, parks);
    case FUTEX_WAKE:
      return wake_futex(task->tgid, regs->rdi, (int)regs->rdx, ~0u);
    case FUTEX_WAKE_BITSET:
      return wake_futex(task->tgid, regs->rdi, (int)regs->rdx, (uint32_t)regs->r9);
    case FUTEX_REQUEUE:
      return requeue(task, regs, 0);
    case FUTEX_CMP_REQUEUE:
      return requeue(task, regs, 1);
    case FUTEX_WAKE_OP:
      return wake_op(task, regs);
    default:
      return -ENOSYS;
  }
}
