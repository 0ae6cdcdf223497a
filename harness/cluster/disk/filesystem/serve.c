/*
 * Questions of the kernel and words of the harness, one after the other. What takes longer by order waits in a list
 * meanwhile, unless whoever asked is told to end. The harness going away, or saying so, is the end.
 */
#include "disk.h"
#include <poll.h>
#include <time.h>

#define MOST ((1u << 20) + 8192)

struct late {
  uint64_t due;
  struct fuse_in_header *in;
  struct late *next;
};

static struct late *waiting;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void wait_for(const struct fuse_in_header *in, uint32_t ms) {
  struct late *late = malloc(sizeof *late);
  if (late == NULL || (late->in = malloc(in->len)) == NULL) abort();
  memcpy(late->in, in, in->len);
  late->due = now() + ms * 1000000ull;
  late->next = waiting;
  waiting = late;
  counts.slowed++;
}

/* Answers what is due; returns the milliseconds until something is, -1 for never. */
static int answer_due(void) {
  uint64_t at = now(), first = UINT64_MAX;
  for (struct late **slot = &waiting; *slot != NULL && !frozen;) {
    struct late *late = *slot;
    if (late->due > at) {
      if (late->due < first) first = late->due;
      slot = &late->next;
      continue;
    }
    *slot = late->next;
    handle(late->in, late->in + 1);
    free(late->in);
    free(late);
  }
  return first == UINT64_MAX ? -1 : (int)((first - at) / 1000000 + 1);
}

/* Whoever asked is to end: it need not wait for a slow disk. */
static void hurry(const struct fuse_interrupt_in *body) {
  for (struct late *late = waiting; late != NULL; late = late->next) {
    if (late->in->unique == body->unique) late->due = 0;
  }
}

/* One question; false when there is none at this moment. */
static bool answer_kernel(void) {
  static unsigned char bytes[MOST] __attribute__((aligned(16)));
  ssize_t got = read(kernel, bytes, sizeof bytes);
  if (got < 0) {
    if (errno == ENODEV) _exit(3);
    return errno == EINTR || errno == ENOENT;
  }
  if (got == 0) _exit(3);
  struct fuse_in_header *in = (struct fuse_in_header *)bytes;
  const void *body = in + 1;
  if (in->opcode == FUSE_INTERRUPT) {
    hurry(body);
    return true;
  }
  uint32_t ms = slowness(kinds_of(in, body));
  if (ms > 0) wait_for(in, ms);
  else handle(in, body);
  return true;
}

/* All lines there are; the end of them is the end. */
static void hear(void) {
  static char text[8192];
  static size_t length;
  ssize_t got = read(0, text + length, sizeof text - 1 - length);
  if (got <= 0) _exit(4);
  length += (size_t)got;
  text[length] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n')) != NULL) {
    *end = 0;
    obey(line);
    line = end + 1;
  }
  length -= (size_t)(line - text);
  memmove(text, line, length);
}

void serve(int fuse) {
  kernel = fuse;
  for (;;) {
    int patience = answer_due();
    /* A frozen disk answers nobody any more. */
    struct pollfd sources[2] = {{.fd = 0, .events = POLLIN}, {.fd = frozen ? -1 : fuse, .events = POLLIN}};
    if (poll(sources, 2, frozen ? -1 : patience) < 0 && errno != EINTR) _exit(1);
    if (sources[0].revents != 0) hear();
    for (int i = 0; i < 64 && sources[1].revents != 0 && !frozen && answer_kernel();) i++;
  }
}
