/*
 * What is inside frames, as far as faults need it: IPv4 with TCP or UDP, and their checksums.
 *
 * The kernel hands over frames whose checksum it has not computed, and frames of up to 64 KiB that it would cut to
 * segments on a real device. A bit flipped in such a frame would reach the application unnoticed, as on no network,
 * so that breaking a frame means computing its checksum first.
 */
#include "switch.h"

#include <linux/if_ether.h>
#include <string.h>

enum { TCP = 6, UDP = 17, TCP_SUM = 16, UDP_SUM = 6 };

/* Where a frame carries what; offsets from its start. */
struct place {
  int ok, protocol, transport, payload, end;
};

static uint32_t read16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static void write16(uint8_t *at, uint32_t value) {
  at[0] = value >> 8;
  at[1] = value;
}

int frame_type(const uint8_t *frame) { return (int)read16(frame + 12); }

uint32_t source_ip(const uint8_t *frame) {
  uint32_t ip;
  memcpy(&ip, frame + ETH_HLEN + 12, sizeof ip);
  return ip;
}

uint32_t target_ip(const uint8_t *frame) {
  uint32_t ip;
  memcpy(&ip, frame + ETH_HLEN + 16, sizeof ip);
  return ip;
}

int wire_length(const uint8_t *data, int length) {
  struct virtio_net_hdr offload;
  memcpy(&offload, data, sizeof offload);
  if (offload.gso_type != VIRTIO_NET_HDR_GSO_NONE) return offload.hdr_len + offload.gso_size - ETH_HLEN;
  return length - OFFLOAD - ETH_HLEN;
}

static struct place look(const uint8_t *frame, int length) {
  struct place p = {0};
  if (length < ETH_HLEN + 20 || frame_type(frame) != ETH_P_IP) return p;
  const uint8_t *ip = frame + ETH_HLEN;
  p.transport = ETH_HLEN + (ip[0] & 15) * 4;
  p.protocol = ip[9];
  /* A frame of many segments may not say how long it is. */
  int told = ETH_HLEN + (int)read16(ip + 2);
  p.end = told > p.transport && told < length ? told : length;
  if (p.protocol == TCP && p.transport + 20 <= p.end) {
    p.payload = p.transport + (frame[p.transport + 12] >> 4) * 4;
  } else if (p.protocol == UDP && p.transport + 8 <= p.end) {
    p.payload = p.transport + 8;
  } else {
    return p;
  }
  p.ok = p.payload <= p.end;
  return p;
}

/* The Internet checksum over some bytes, which may hold the sum of a pseudo header where the checksum goes. */
static uint32_t checksum(const uint8_t *at, int length) {
  uint64_t sum = 0;
  for (; length > 1; at += 2, length -= 2) sum += read16(at);
  if (length == 1) sum += (uint32_t)at[0] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~(uint32_t)sum & 0xffff;
}

int corrupt(uint8_t *data, int length) {
  struct virtio_net_hdr offload;
  memcpy(&offload, data, sizeof offload);
  uint8_t *frame = data + OFFLOAD;
  int size = length - OFFLOAD;
  if (offload.gso_type != VIRTIO_NET_HDR_GSO_NONE) return 0;
  struct place p = look(frame, size);
  if (offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
    int start = offload.csum_start, sum = start + offload.csum_offset;
    if (start >= size || sum + 2 > size) return 0;
    write16(frame + sum, checksum(frame + start, (p.ok ? p.end : size) - start));
  }
  memset(data, 0, OFFLOAD);
  int from = p.ok ? p.transport : ETH_HLEN, to = p.ok ? p.end : size;
  if (from >= to) return 0;
  frame[from + below(to - from)] ^= 1 << below(8);
  return 1;
}

/* Flips bits of one byte of the content and makes the checksum right again. */
static void rewrite(uint8_t *frame, const struct place *p, int at, uint8_t bits, int unsummed) {
  /* A checksum the kernel has yet to compute will be that of the new content. */
  if (unsummed) {
    frame[at] ^= bits;
    return;
  }
  uint8_t *sum = frame + p->transport + (p->protocol == TCP ? TCP_SUM : UDP_SUM);
  uint8_t *word = frame + p->transport + ((at - p->transport) & ~1);
  int whole = word + 1 < frame + p->end;
  uint32_t old = whole ? read16(word) : (uint32_t)word[0] << 8;
  frame[at] ^= bits;
  uint32_t new = whole ? read16(word) : (uint32_t)word[0] << 8;
  /* UDP without a checksum has none to mend. Otherwise RFC 1624: HC' = ~(~HC + ~m + m'). */
  if (p->protocol == UDP && read16(sum) == 0) return;
  uint32_t mended = (~read16(sum) & 0xffff) + (~old & 0xffff) + new;
  while (mended >> 16) mended = (mended & 0xffff) + (mended >> 16);
  write16(sum, ~mended & 0xffff);
}

int tamper(uint8_t *data, int length) {
  struct virtio_net_hdr offload;
  memcpy(&offload, data, sizeof offload);
  uint8_t *frame = data + OFFLOAD;
  struct place p = look(frame, length - OFFLOAD);
  if (!p.ok || p.payload >= p.end) return 0;
  int at = p.payload + (int)below(p.end - p.payload);
  /* The lowest bit: a digit stays a digit more often than not, and text stays text. */
  rewrite(frame, &p, at, 1, offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
  return 1;
}

int forge(uint8_t *data, int length) {
  struct virtio_net_hdr offload;
  memcpy(&offload, data, sizeof offload);
  uint8_t *frame = data + OFFLOAD;
  struct place p = look(frame, length - OFFLOAD);
  if (!p.ok || p.payload >= p.end) return 0;
  /* Half of what comes after the first bytes, where lengths and kinds of messages are most likely. */
  int whole = p.end - p.payload, from = p.payload + whole / 4;
  for (int at = from; at < p.end; at += 1 + (int)below(3))
    rewrite(frame, &p, at, 1 + (uint8_t)below(3), offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
  return 1;
}
