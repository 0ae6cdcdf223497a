/* The memory of a task, read and written from outside. */
#include "stepper.h"

#include <sys/uio.h>

int peek(struct task *task, uint64_t address, void *into, size_t size) {
  struct iovec local = {into, size}, remote = {(void *)address, size};
  return process_vm_readv(task->tid, &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -1;
}

int poke(struct task *task, uint64_t address, const void *from, size_t size) {
  struct iovec local = {(void *)from, size}, remote = {(void *)address, size};
  return process_vm_writev(task->tid, &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -1;
}
