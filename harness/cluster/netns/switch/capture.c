/* A record of frames as their senders sent them, in the format every network analyser reads. */
#include "switch.h"

#include <stdio.h>
#include <time.h>

#define CAPTURE_BYTES (64ll << 20)

static FILE *file;
static long long written;

struct head {
  uint32_t magic;
  uint16_t major, minor;
  int32_t zone;
  uint32_t figures, longest, link;
};

void capture_open(const char *path) {
  file = fopen(path, "wb");
  if (file == NULL) fail(path);
  /* Times in nanoseconds, Ethernet. */
  struct head head = {.magic = 0xa1b23c4d, .major = 2, .minor = 4, .longest = 262144, .link = 1};
  fwrite(&head, sizeof head, 1, file);
}

void capture(const uint8_t *frame, int length) {
  if (file == NULL || written > CAPTURE_BYTES) return;
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  uint32_t head[4] = {(uint32_t)at.tv_sec, (uint32_t)at.tv_nsec, (uint32_t)length, (uint32_t)length};
  fwrite(head, sizeof head, 1, file);
  fwrite(frame, (size_t)length, 1, file);
  written += length + (long long)sizeof head;
}

void capture_flush(void) {
  if (file != NULL) fflush(file);
}
