/* Timers of the kernel in virtual time: the kernel's own are kept still, and made to go off when it is time. */
#include "stepper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_TIMERS 64
#define SECOND 1000000000ll
#define BY_SIGNAL -1

struct timer {
  pid_t tgid; /* 0: not in use */
  int fd;     /* BY_SIGNAL: SIGALRM */
  int64_t mono, wall, interval;
};

static struct timer timers[MAX_TIMERS];

static struct timer *timer_of(pid_t tgid, int fd) {
  struct timer *unused = 0;
  for (int i = 0; i < MAX_TIMERS; i++) {
    if (timers[i].tgid == tgid && timers[i].fd == fd) return &timers[i];
    if (timers[i].tgid == 0 && unused == 0) unused = &timers[i];
  }
  if (unused != 0) *unused = (struct timer){.tgid = tgid, .fd = fd, .mono = NEVER, .wall = NEVER};
  return unused;
}

static int64_t due_of(const struct timer *timer) {
  if (timer->wall != NEVER) return now.mono + (timer->wall - now.wall);
  return timer->mono;
}

static int64_t left(const struct timer *timer) {
  int64_t due = due_of(timer);
  return due == NEVER ? 0 : due > now.mono ? due - now.mono : 1;
}

/* Is this descriptor of a process still a timer, and on the wall clock? -1: it is none. */
static int wall_timer(pid_t tgid, int fd) {
  char path[64], line[128];
  int clock = -1;
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", tgid, fd);
  FILE *file = fopen(path, "r");
  while (file != 0 && fgets(line, sizeof line, file)) sscanf(line, "clockid: %d", &clock);
  if (file != 0) fclose(file);
  return clock < 0 ? -1 : clock == CLOCK_REALTIME;
}

static void arm(struct timer *timer, int64_t value, int64_t interval, int is_absolute, int on_wall) {
  timer->mono = timer->wall = NEVER;
  timer->interval = interval;
  if (value == 0) return;
  if (is_absolute && on_wall) timer->wall = value;
  else timer->mono = is_absolute ? value : now.mono + value;
}

/* Sets the kernel's timer behind a descriptor; 0, or -1 when there is none. */
static int set_kernel(struct task *task, int fd, int64_t ns) {
  struct itimerspec spec = {{0, 0}, {ns / SECOND, ns % SECOND}};
  int own = dup_of(task, fd);
  if (own < 0) return -1;
  int result = timerfd_settime(own, 0, &spec, 0);
  // It goes off in an instant; the program must find it so.
  struct pollfd polled = {own, POLLIN, 0};
  if (result == 0 && ns > 0) poll(&polled, 1, 1000);
  close(own);
  return result;
}

static int64_t put_timer(struct task *task, uint64_t address, const struct timer *timer, int64_t unit) {
  int64_t ns = left(timer);
  int64_t out[4] = {timer->interval / SECOND, timer->interval % SECOND / unit, ns / SECOND, ns % SECOND / unit};
  return address != 0 && poke(task, address, out, sizeof out) < 0 ? -EFAULT : 0;
}

int64_t set_timerfd(struct task *task, struct user_regs_struct *regs) {
  int64_t in[4];
  int on_wall = wall_timer(task->tgid, (int)regs->rdi);
  if (on_wall < 0) return -EBADF;
  if (peek(task, regs->rdx, in, sizeof in) < 0) return -EFAULT;
  struct timer *timer = timer_of(task->tgid, (int)regs->rdi);
  if (timer == 0) return -ENOMEM;
  if (put_timer(task, regs->r10, timer, 1) < 0) return -EFAULT;
  if (set_kernel(task, timer->fd, 0) < 0) return -EBADF;
  arm(timer, in[2] * SECOND + in[3], in[0] * SECOND + in[1], (int)regs->rsi & TFD_TIMER_ABSTIME, on_wall);
  return 0;
}

int64_t get_timerfd(struct task *task, struct user_regs_struct *regs) {
  struct timer *timer = timer_of(task->tgid, (int)regs->rdi);
  return timer == 0 ? -ENOMEM : put_timer(task, regs->rsi, timer, 1);
}

int64_t set_itimer(struct task *task, struct user_regs_struct *regs) {
  struct timer *timer = timer_of(task->tgid, BY_SIGNAL);
  int64_t in[4] = {0, 0, 0, 0};
  if (timer == 0) return -ENOMEM;
  if (regs->rsi != 0 && peek(task, regs->rsi, in, sizeof in) < 0) return -EFAULT;
  if (put_timer(task, regs->rdx, timer, 1000) < 0) return -EFAULT;
  arm(timer, in[2] * SECOND + in[3] * 1000, in[0] * SECOND + in[1] * 1000, 0, 0);
  return 0;
}

int64_t set_alarm(struct task *task, struct user_regs_struct *regs) {
  struct timer *timer = timer_of(task->tgid, BY_SIGNAL);
  if (timer == 0) return -ENOMEM;
  int64_t before = (left(timer) + SECOND - 1) / SECOND;
  arm(timer, (int64_t)(uint32_t)regs->rdi * SECOND, 0, 0, 0);
  return before;
}

static void fire(struct timer *timer) {
  struct task *task = find_task(timer->tgid);
  int64_t late = now.mono - due_of(timer);
  timer->wall = NEVER;
  timer->mono = NEVER;
  if (timer->interval > 0) timer->mono = now.mono - late % timer->interval + timer->interval;
  if (timer->fd != BY_SIGNAL) {
    // The descriptor may be closed by now, or another file.
    if (task == 0 || wall_timer(timer->tgid, timer->fd) < 0 || set_kernel(task, timer->fd, 1) < 0) timer->tgid = 0;
    return;
  }
  kill(timer->tgid, SIGALRM);
  hear_signal(task, SIGALRM);
}

/* Lets all timers go off that are due. */
void fire_timers(void) {
  for (int i = 0; i < MAX_TIMERS; i++) {
    if (timers[i].tgid != 0 && due_of(&timers[i]) <= now.mono) fire(&timers[i]);
  }
}

/* Virtual monotonic time at which the next timer is due; NEVER when none will be. */
int64_t next_timer(void) {
  int64_t next = NEVER;
  for (int i = 0; i < MAX_TIMERS; i++) {
    if (timers[i].tgid != 0 && due_of(&timers[i]) < next) next = due_of(&timers[i]);
  }
  return next;
}

/* Timers end with their process. */
void drop_timers(pid_t tgid) {
  for (int i = 0; i < MAX_TIMERS; i++) {
    if (timers[i].tgid == tgid) timers[i].tgid = 0;
  }
}
