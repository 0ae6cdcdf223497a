/*
 * An Ethernet switch in user space whose every directed link can be cut, slowed, narrowed and made to lose, repeat,
 * reorder and change what passes. It needs CAP_NET_RAW in its own network namespace and nothing of the kernel's
 * queueing disciplines. The harness writes rules into a file both have mapped; a change is one small write.
 *
 * The layout of that file is also in layout.ts: change both.
 */
#ifndef SWITCH_H
#define SWITCH_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#define MAGIC 0x5753464cu
#define VERSION 1u
#define MAX_PORTS 256
#define MAX_LAYERS 8
/* A frame as the kernel hands it over: up to 64 KiB before it is cut to segments, behind its offload header. */
#define MAX_FRAME (65536 + 128)
#define OFFLOAD ((int)sizeof(struct virtio_net_hdr))
/* Frames of the prober: of an EtherType for local experiments, so that no node hears of them. Never counted. */
#define PROBE_TYPE 0x88b5

enum { CUT = 1, OVERTAKE = 2 };
enum { CONSTANT = 0, UNIFORM = 1, NORMAL = 2, EXPONENTIAL = 3 };

/* One part of how late a frame is. Only what a fault adds is counted. */
struct layer {
  uint64_t mean_ns, spread_ns;
  uint32_t shape, counted;
};

/* What one directed link does. Chances are parts of 2^32. */
struct rule {
  uint32_t flags, loss, duplicate, reorder, corrupt, tamper, mtu, layers;
  uint64_t rate, queue_bytes; /* bytes per second, bytes; 0: no limit */
  struct layer layer[MAX_LAYERS];
  uint32_t replay, forge, replay_age_ms, spare;
};

/* What one directed link did. */
struct counters {
  uint64_t frames, bytes, delivered, delivered_bytes;
  uint64_t cut, lost, overflowed, too_big;
  uint64_t delayed, duplicated, reordered, corrupted, tampered, travel_ns;
  uint64_t replayed, forged;
};

/* The file: this, two banks of rules, counters. `bank` grows with every change; its parity is the bank in force. */
struct shared {
  uint32_t magic, version, ports, bank;
  uint64_t seed;
  uint32_t ready;    /* set once frames are forwarded */
  uint32_t free_ip;  /* address at the last port whose frames no rule touches, as in a frame */
  uint32_t renewed;  /* how many times ports were opened anew, as SIGHUP asks */
  uint8_t spare[28];
};

_Static_assert(sizeof(struct rule) == 256, "layout.ts knows the size of a rule");
_Static_assert(sizeof(struct counters) == 128, "layout.ts knows the size of counters");
_Static_assert(sizeof(struct shared) == 64, "layout.ts knows the size of the head");

/* random.c */
void seed_random(uint64_t seed);
int chance(uint32_t of_2_32);
uint64_t below(uint64_t n);
uint64_t draw_delay(const struct layer *layer);

/* frames.c: all work on a frame behind its offload header */
int frame_type(const uint8_t *frame);
uint32_t source_ip(const uint8_t *frame);
uint32_t target_ip(const uint8_t *frame);
/* Length of the longest packet the frame becomes on a wire, without its Ethernet header. */
int wire_length(const uint8_t *offload_and_frame, int length);
/* Breaks the frame so that a checksum shows it; 0 when it cannot even be sent any more, being many packets in one. */
int corrupt(uint8_t *offload_and_frame, int length);
/* Changes a byte of what the frame carries and makes its checksum right again; 0 when it carries nothing. */
int tamper(uint8_t *offload_and_frame, int length);
/* The same with much of the content: letters and digits become others. */
int forge(uint8_t *offload_and_frame, int length);

/* late.c: frames that wait */
void late_add(int from, int to, uint64_t due_ns, const uint8_t *data, int length);
uint64_t late_next(void); /* when the first is due; UINT64_MAX when none waits */
/* Those of the links concerned wait no longer, and keep their order. */
void late_hurry(uint64_t now_ns, int (*concerned)(int from, int to));
int late_take(uint64_t now_ns, int *from, int *to, uint8_t *data);

/* past.c: frames that may come again */
void past_add(int link, uint64_t now_ns, const uint8_t *data, int length);
/* One of the link that is at least so old, or 0. */
int past_take(int link, uint64_t now_ns, uint64_t age_ns, uint8_t *data);

/* capture.c */
void capture_open(const char *path);
void capture(const uint8_t *frame, int length);
void capture_flush(void);

/* probe.c */
int run_prober(int count, char **words);

/* process.c */
uint64_t now_ns(void);
/* Says what failed and why, and ends the process. */
void fail(const char *what);

#endif
