/* Ends of tasks: what goes with them, and who is told. */
#include "stepper.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tells a process that one it started has ended: by the call that waits for it, or by the signal. */
static void tell_parent(pid_t parent) {
  for (int i = 0; i < task_count; i++) {
    if (tasks[i]->tgid != parent || tasks[i]->state != PARKED || tasks[i]->wait.kind != FOR_CHILD) continue;
    wake(tasks[i], CARRY_OUT, 0);
    return;
  }
  hear_signal(find_task(parent), SIGCHLD);
}

/* Processes that have ended, and who started them. */
static struct { pid_t pid, parent; } ended_children[MAX_TASKS];

static void remember_end(pid_t pid, pid_t parent) {
  for (int i = 0; i < MAX_TASKS; i++) {
    if (ended_children[i].pid != 0) continue;
    ended_children[i].pid = pid;
    ended_children[i].parent = parent;
    return;
  }
}

/* True when a process has a child that has ended and that nobody has waited for. */
int has_ended_child(pid_t parent) {
  for (int i = 0; i < MAX_TASKS; i++) {
    if (ended_children[i].pid == 0 || ended_children[i].parent != parent) continue;
    if (state_of(ended_children[i].pid, 0) == 'Z') return 1;
    ended_children[i].pid = 0;
  }
  return 0;
}

void remove_task(struct task *task) {
  for (int i = 0; i < task_count; i++) {
    if (tasks[i] != task) continue;
    memmove(&tasks[i], &tasks[i + 1], sizeof *tasks * (size_t)(--task_count - i));
    break;
  }
  if (task->pidfd >= 0) close(task->pidfd);
  if (task->clear_tid != 0) wake_futex(task->tgid, task->clear_tid, 1, ~0u);
  if (task->tid == task->tgid && task->parent != 0) {
    drop_timers(task->tgid);
    remember_end(task->tid, task->parent);
    tell_parent(task->parent);
  }
  free(task);
}
