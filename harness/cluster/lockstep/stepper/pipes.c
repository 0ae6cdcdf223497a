/* The pipes of the program, and what waits on their ends: input it has not taken, output nobody was told of. */
#include "stepper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct buffer {
  char *bytes;
  size_t size, room;
};

int stdin_write = -1, stdout_read = -1;
static struct buffer input, output;

/* Room for so many bytes more. */
static char *grow(struct buffer *buffer, size_t size) {
  if (buffer->size + size > buffer->room) {
    buffer->room = (buffer->size + size) * 2;
    buffer->bytes = realloc(buffer->bytes, buffer->room);
    if (buffer->bytes == 0) exit(1);
  }
  buffer->size += size;
  return buffer->bytes + buffer->size - size;
}

char *more_input(size_t size) { return grow(&input, size); }

size_t drain_output(void) {
  char bytes[65536];
  ssize_t size;
  size_t before = output.size;
  while ((size = read(stdout_read, bytes, sizeof bytes)) > 0) memcpy(grow(&output, (size_t)size), bytes, (size_t)size);
  return output.size - before;
}

size_t waiting_output(const char **bytes) {
  *bytes = output.bytes;
  return output.size;
}

void forget_output(void) { output.size = 0; }

void feed_input(void) {
  if (input.size == 0) return;
  ssize_t size = write(stdin_write, input.bytes, input.size);
  if (size < 0 && errno == EPIPE) size = (ssize_t)input.size;
  if (size <= 0) return;
  input.size -= (size_t)size;
  memmove(input.bytes, input.bytes + size, input.size);
}

int harness_gone(void) {
  struct pollfd polled = {COMMANDS, 0, 0};
  return poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR));
}
