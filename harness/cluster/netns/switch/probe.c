/*
 * The prober: says whether a frame that leaves one node now reaches another. It holds a socket on the device of every
 * node, in the node's own namespace, so that what it tries is the way of the node's own frames, device to device.
 *
 * switch probe NAMESPACE DEVICE MAC ... ; then lines `ID FROM TO MILLISECONDS` in, `ID 1` (arrived) or `ID 0` out.
 */
#define _GNU_SOURCE
#include "switch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_QUESTIONS 256
/* Tries of one question: a link may lose some. */
#define TRIES 6

struct end {
  int fd;
  uint8_t mac[6];
};

struct question {
  int used, from, to, tries;
  uint32_t id;
  uint64_t next_ns, step_ns, end_ns;
};

struct probe_frame {
  uint8_t to[6], from[6];
  uint16_t type;
  uint32_t id;
  uint8_t padding[44];
} __attribute__((packed));

static struct end ends[MAX_PORTS];
static int end_count;
static struct question questions[MAX_QUESTIONS];

static void open_end(struct end *end, const char *namespace, const char *device, const char *mac) {
  int ns = open(namespace, O_RDONLY | O_CLOEXEC);
  if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) fail(namespace);
  close(ns);
  end->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  struct sockaddr_ll at = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(PROBE_TYPE),
                           .sll_ifindex = (int)if_nametoindex(device)};
  if (end->fd < 0 || at.sll_ifindex == 0 || bind(end->fd, (struct sockaddr *)&at, sizeof at) < 0) fail(device);
  int on = 1;
  (void)setsockopt(end->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  unsigned b[6];
  if (sscanf(mac, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) fail(mac);
  for (int i = 0; i < 6; i++) end->mac[i] = (uint8_t)b[i];
}

static void answer(struct question *q, int arrived) {
  printf("%u %d\n", q->id, arrived);
  fflush(stdout);
  q->used = 0;
}

static void ask(const char *line) {
  unsigned id, ms;
  int from, to;
  if (sscanf(line, "%u %d %d %u", &id, &from, &to, &ms) != 4) return;
  struct question *q = questions;
  while (q < questions + MAX_QUESTIONS && q->used) q++;
  if (q == questions + MAX_QUESTIONS || from < 0 || to < 0 || from >= end_count || to >= end_count) {
    printf("%u 0\n", id);
    fflush(stdout);
    return;
  }
  uint64_t now = now_ns(), wait = (uint64_t)ms * 1000000;
  *q = (struct question){.used = 1, .id = id, .from = from, .to = to, .next_ns = now, .end_ns = now + wait};
  /* Soon again at first, then later and later: 1, 3, 7, 15... of 64 parts of the time there is. */
  q->step_ns = wait / 128;
}

static void hear(int to) {
  struct probe_frame frame;
  ssize_t length;
  while ((length = recv(ends[to].fd, &frame, sizeof frame, MSG_DONTWAIT)) >= 18) {
    for (struct question *q = questions; q < questions + MAX_QUESTIONS; q++) {
      if (q->used && q->id == frame.id && q->to == to) answer(q, 1);
    }
  }
}

/* Sends what is due and gives up what is late; returns how long nothing else is to be done, ms. */
static int work(void) {
  uint64_t now = now_ns(), next = UINT64_MAX;
  for (struct question *q = questions; q < questions + MAX_QUESTIONS; q++) {
    if (!q->used) continue;
    if (now >= q->end_ns) {
      answer(q, 0);
      continue;
    }
    if (q->tries < TRIES && now >= q->next_ns) {
      struct probe_frame frame = {.type = htons(PROBE_TYPE), .id = q->id};
      memcpy(frame.to, ends[q->to].mac, 6);
      memcpy(frame.from, ends[q->from].mac, 6);
      (void)!send(ends[q->from].fd, &frame, sizeof frame, MSG_DONTWAIT);
      q->tries++;
      q->next_ns = now + q->step_ns;
      q->step_ns *= 2;
    }
    uint64_t due = q->tries < TRIES && q->next_ns < q->end_ns ? q->next_ns : q->end_ns;
    if (due < next) next = due;
  }
  return next == UINT64_MAX ? -1 : (int)((next - now) / 1000000) + 1;
}

/* Takes whole lines from stdin; 0 at its end. */
static int read_questions(void) {
  static char text[1 << 16];
  static size_t held;
  ssize_t n = read(0, text + held, sizeof text - held - 1);
  if (n <= 0) return n < 0 && errno == EINTR;
  held += (size_t)n;
  text[held] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n')) != NULL) {
    *end = 0;
    ask(line);
    line = end + 1;
  }
  held -= (size_t)(line - text);
  memmove(text, line, held);
  if (held == sizeof text - 1) held = 0;
  return 1;
}

int run_prober(int count, char **words) {
  for (int i = 0; i + 2 < count && end_count < MAX_PORTS; i += 3)
    open_end(&ends[end_count++], words[i], words[i + 1], words[i + 2]);
  struct pollfd polled[MAX_PORTS + 1];
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < end_count; i++) polled[i] = (struct pollfd){.fd = ends[i].fd, .events = POLLIN};
    polled[end_count] = (struct pollfd){.fd = 0, .events = POLLIN};
    if (poll(polled, (nfds_t)end_count + 1, work()) < 0 && errno != EINTR) fail("poll");
    for (int i = 0; i < end_count; i++)
      if (polled[i].revents & POLLIN) hear(i);
    if (polled[end_count].revents & (POLLIN | POLLHUP) && !read_questions()) return 0;
  }
}
