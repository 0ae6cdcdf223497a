/* Ports, forwarding, and the loop around them. See switch.h. */
#define _GNU_SOURCE
#include "switch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Frames taken from one port before the others get their turn. */
#define TURN 64
/* A frame drawn to come out of order is held back by up to so long. */
#define HOLD_BACK_NS 20000000ull
/* New rules are noticed at least so often while frames wait. */
#define LONGEST_SLEEP_NS 10000000ull
/* What may wait under a rate that sets no limit of its own: nobody's memory is endless. */
#define LONGEST_QUEUE (16ull << 20)

static struct shared *shared;
static struct rule *banks[2];
static struct counters *counted;
static volatile sig_atomic_t ended, renewal;
/* A port whose device is not there has no socket (-1) and no device (0). */
static int ports, sockets[MAX_PORTS], indexes[MAX_PORTS], epoll;
static char **devices;
/* Per directed link: when it has sent all it was given, and when the last frame in order is due. */
static uint64_t *busy_until, *last_due, *known_rate;
static uint32_t known_bank;

static const struct rule *rule_of(int link) {
  uint32_t bank = __atomic_load_n(&shared->bank, __ATOMIC_ACQUIRE) & 1;
  return &banks[bank][link];
}

static void map_file(const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) fail(path);
  struct shared head;
  if (read(fd, &head, sizeof head) != sizeof head || head.magic != MAGIC || head.version != VERSION) {
    errno = EPROTO;
    fail(path);
  }
  ports = (int)head.ports;
  if (ports < 1 || ports > MAX_PORTS) fail("number of ports");
  size_t links = (size_t)ports * ports;
  size_t size = sizeof head + links * (2 * sizeof(struct rule) + sizeof(struct counters));
  uint8_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail("mmap");
  close(fd);
  shared = (struct shared *)at;
  banks[0] = (struct rule *)(at + sizeof head);
  banks[1] = banks[0] + links;
  counted = (struct counters *)(banks[1] + links);
  busy_until = calloc(links, sizeof *busy_until);
  last_due = calloc(links, sizeof *last_due);
  known_rate = calloc(links, sizeof *known_rate);
  if (busy_until == NULL || last_due == NULL || known_rate == NULL) fail("calloc");
}

static int open_port(const char *device, int index) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  int on = 1, size = 16 << 20;
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) < 0) fail("PACKET_VNET_HDR");
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) fail("PACKET_IGNORE_OUTGOING");
  /* Faster where the kernel lets us; nothing else depends on these. */
  (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  struct sockaddr_ll to = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(ETH_P_ALL),
                           .sll_ifindex = index};
  if (bind(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  /* Gone again already. */
  if (errno != ENODEV) fail(device);
  close(fd);
  return -1;
}

/* Opens what is there now and was not before: the device of a node that was started again is a new one. */
static void open_ports(void) {
  for (int i = 0; i < ports; i++) {
    int index = (int)if_nametoindex(devices[i]);
    if (index == indexes[i] && sockets[i] >= 0) continue;
    if (sockets[i] >= 0) close(sockets[i]);
    sockets[i] = index == 0 ? -1 : open_port(devices[i], index);
    indexes[i] = sockets[i] < 0 ? 0 : index;
    if (sockets[i] < 0) continue;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event) < 0) fail("epoll_ctl");
  }
}

static void emit(int to, const uint8_t *data, int length) {
  /* A device whose other end is gone or full loses the frame, as devices do. */
  if (sockets[to] < 0) return;
  if (send(sockets[to], data, (size_t)length, MSG_DONTWAIT) < 0 && errno == EBADF) fail("send");
}

static void deliver(int from, int to, const uint8_t *data, int length, int counts) {
  struct counters *c = &counted[from * ports + to];
  if (counts) {
    c->delivered++;
    c->delivered_bytes += (uint64_t)(length - OFFLOAD);
  }
  emit(to, data, length);
}

/* What somebody on the link adds to it: before a true frame a false one with its number in the connection, so that the
 * true one is taken for a repetition; after it one that was there before. */
static void intrude(int from, int to, const uint8_t *data, int length, uint64_t now, int counts, int after) {
  static uint8_t false_one[MAX_FRAME];
  int link = from * ports + to;
  const struct rule *rule = rule_of(link);
  struct counters *c = &counted[link];
  if (!after && chance(rule->forge)) {
    memcpy(false_one, data, (size_t)length);
    if (forge(false_one, length)) {
      c->forged += counts;
      emit(to, false_one, length);
    }
  }
  if (!after || rule->replay == 0) return;
  int old = chance(rule->replay) ? past_take(link, now, (uint64_t)rule->replay_age_ms * 1000000, false_one) : 0;
  past_add(link, now, data, length);
  if (old == 0) return;
  c->replayed += counts;
  emit(to, false_one, old);
}

/* One copy of a frame: what is done to it, and when it arrives. */
static void pass(int from, int to, const uint8_t *data, int length, uint64_t now, int counts, int first) {
  static uint8_t changed[MAX_FRAME];
  int link = from * ports + to;
  const struct rule *rule = rule_of(link);
  struct counters *c = &counted[link];
  if (chance(rule->corrupt)) {
    c->corrupted += counts;
    memcpy(changed, data, (size_t)length);
    if (!corrupt(changed, length)) return;
    data = changed;
  }
  if (chance(rule->tamper)) {
    if (data != changed) memcpy(changed, data, (size_t)length);
    if (tamper(changed, length)) {
      c->tampered += counts;
      data = changed;
    }
  }
  uint64_t late = 0, by_fault = 0;
  for (uint32_t i = 0; i < rule->layers && i < MAX_LAYERS; i++) {
    uint64_t ns = draw_delay(&rule->layer[i]);
    late += ns;
    if (rule->layer[i].counted) by_fault += ns;
  }
  uint64_t sent = now;
  if (rule->rate != 0) {
    uint64_t line = rule->queue_bytes == 0 ? LONGEST_QUEUE : rule->queue_bytes;
    uint64_t start = busy_until[link] > now ? busy_until[link] : now;
    if ((double)(start - now) / 1e9 * (double)rule->rate > (double)line) {
      c->overflowed += counts;
      return;
    }
    sent = busy_until[link] = start + (uint64_t)((double)(length - OFFLOAD) * 1e9 / (double)rule->rate);
    by_fault += start - now;
  }
  uint64_t due = sent + late;
  if (chance(rule->reorder)) {
    due += 1000000 + below(HOLD_BACK_NS);
    c->reordered += counts;
  } else if (!(rule->flags & OVERTAKE)) {
    if (due < last_due[link]) due = last_due[link];
    last_due[link] = due;
  }
  if (counts) {
    c->travel_ns += due - now;
    if (by_fault > 0 && first) c->delayed++;
  }
  if (due <= now) deliver(from, to, data, length, counts);
  else late_add(from, to, due, data, length);
}

static void forward(int from, int to, const uint8_t *data, int length, uint64_t now) {
  const uint8_t *frame = data + OFFLOAD;
  int type = frame_type(frame), clients = ports - 1;
  if (type == ETH_P_IP && length >= OFFLOAD + ETH_HLEN + 20) {
    /* How the harness itself sees whether a node lives: no fault of the network may look like a dead node. */
    int free = (from == clients && source_ip(frame) == shared->free_ip) ||
               (to == clients && target_ip(frame) == shared->free_ip);
    if (free) return emit(to, data, length);
  }
  int link = from * ports + to, counts = type != PROBE_TYPE;
  const struct rule *rule = rule_of(link);
  struct counters *c = &counted[link];
  if (counts) {
    c->frames++;
    c->bytes += (uint64_t)(length - OFFLOAD);
  }
  if (rule->flags & CUT) {
    c->cut += counts;
  } else if (rule->mtu != 0 && wire_length(data, length) > (int)rule->mtu) {
    c->too_big += counts;
  } else if (chance(rule->loss)) {
    c->lost += counts;
  } else {
    int copies = 1 + chance(rule->duplicate);
    if (copies == 2) c->duplicated += counts;
    if (counts) intrude(from, to, data, length, now, counts, 0);
    for (int i = 0; i < copies; i++) pass(from, to, data, length, now, counts, i == 0);
    if (counts) intrude(from, to, data, length, now, counts, 1);
  }
}

static int has_address(const uint8_t *address, int port) {
  return address[0] == 0x02 && address[1] == 0x66 && address[2] == 0x6c &&
         (address[4] << 8 | address[5]) - 1 == port;
}

/* A frame for one port, by the address the harness gave to what is behind it, or for all. */
static void receive(int from, const uint8_t *data, int length, uint64_t now) {
  const uint8_t *frame = data + OFFLOAD;
  /* Behind the port of the clients may be more than they: a node that is not yet at its own port. */
  if (from == ports - 1 && !has_address(frame + 6, from)) return;
  capture(frame, length - OFFLOAD);
  int to = (frame[4] << 8 | frame[5]) - 1;
  if (frame[0] == 0x02 && frame[1] == 0x66 && frame[2] == 0x6c && to >= 0 && to < ports) {
    if (to != from) forward(from, to, data, length, now);
    return;
  }
  for (to = 0; to < ports; to++)
    if (to != from) forward(from, to, data, length, now);
}

static int has_new_rate(int from, int to) {
  int link = from * ports + to;
  return rule_of(link)->rate != known_rate[link];
}

/* A line that forms before a narrow link is gone when the link is narrow no more. */
static void notice_rates(uint64_t now) {
  uint32_t bank = __atomic_load_n(&shared->bank, __ATOMIC_ACQUIRE);
  if (bank == known_bank) return;
  known_bank = bank;
  late_hurry(now, has_new_rate);
  for (int link = 0; link < ports * ports; link++) {
    uint64_t rate = rule_of(link)->rate;
    if (rate == known_rate[link]) continue;
    known_rate[link] = rate;
    busy_until[link] = last_due[link] = now;
  }
}

static void release(uint64_t now) {
  static uint8_t data[MAX_FRAME];
  int from, to, length;
  while ((length = late_take(now, &from, &to, data)) > 0) {
    int link = from * ports + to, counts = frame_type(data + OFFLOAD) != PROBE_TYPE;
    /* What was under way when the link was cut is lost with it. */
    if (rule_of(link)->flags & CUT) counted[link].cut += counts;
    else deliver(from, to, data, length, counts);
  }
}

static int wait_for(struct epoll_event *events, uint64_t due) {
  uint64_t now = now_ns();
  if (due == UINT64_MAX) return epoll_wait(epoll, events, MAX_PORTS, 1000);
  uint64_t ns = due > now ? due - now : 0;
  if (ns > LONGEST_SLEEP_NS) ns = LONGEST_SLEEP_NS;
  struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
  int n = epoll_pwait2(epoll, events, MAX_PORTS, &t, NULL);
  /* Kernels before 5.11 wait in whole milliseconds. */
  return n < 0 && errno == ENOSYS ? epoll_wait(epoll, events, MAX_PORTS, (int)(ns / 1000000)) : n;
}

static void told(int signal) {
  if (signal == SIGHUP) renewal = 1;
  else ended = 1;
}

static void serve(void) {
  open_ports();
  __atomic_store_n(&shared->ready, 1, __ATOMIC_RELEASE);
  static uint8_t data[MAX_FRAME];
  struct epoll_event events[MAX_PORTS];
  while (!ended) {
    if (renewal) {
      renewal = 0;
      open_ports();
      __atomic_add_fetch(&shared->renewed, 1, __ATOMIC_RELEASE);
    }
    notice_rates(now_ns());
    release(now_ns());
    int n = wait_for(events, late_next());
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    if (n <= 0) capture_flush();
    for (int k = 0; k < n; k++) {
      int from = (int)events[k].data.u32;
      for (int turn = 0; turn < TURN; turn++) {
        ssize_t length = recv(sockets[from], data, sizeof data, MSG_DONTWAIT);
        if (length < OFFLOAD + ETH_HLEN) break;
        receive(from, data, (int)length, now_ns());
      }
    }
  }
}

/* Who sends a frame wakes the switch, and kernels like to run it where the sender runs: the two would take turns on one
 * processor while another has nothing to do. On one of its own it carries a quarter more. */
static void keep_to_one_processor(void) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return;
  int before = (int)(getpid() % CPU_COUNT(&allowed));
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || before-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

/* switch FILE CAPTURE DEVICE... (CAPTURE `-`: none), or switch probe ... (see probe.c). */
int main(int count, char **words) {
  prctl(PR_SET_PDEATHSIG, 9);
  if (count >= 2 && strcmp(words[1], "probe") == 0) return run_prober(count - 2, words + 2);
  if (count < 4) {
    fprintf(stderr, "usage: switch FILE CAPTURE DEVICE...\n");
    return 64;
  }
  prctl(PR_SET_TIMERSLACK, 1000);
  /* A wire does not wait for a processor. Where this is not allowed it does. */
  if (setpriority(PRIO_PROCESS, 0, -15) == 0) keep_to_one_processor();
  map_file(words[1]);
  if (count - 3 != ports) {
    fprintf(stderr, "switch: %s is for %d ports, not %d\n", words[1], ports, count - 3);
    return 64;
  }
  seed_random(shared->seed);
  if (strcmp(words[2], "-") != 0) capture_open(words[2]);
  devices = words + 3;
  for (int i = 0; i < ports; i++) sockets[i] = -1;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll");
  struct sigaction action = {.sa_handler = told};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  serve();
  capture_flush();
  return 0;
}
