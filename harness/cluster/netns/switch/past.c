/* Frames of links on which old ones come again: the last ones that were small enough to keep, in a ring for each link. */
#include "switch.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 64
#define LONGEST 4096

struct kept {
  uint64_t at;
  int length;
  uint8_t data[LONGEST];
};

struct ring {
  uint64_t added;
  struct kept kept[KEPT];
};

static struct ring *rings[MAX_PORTS * MAX_PORTS];

void past_add(int link, uint64_t now, const uint8_t *data, int length) {
  if (length > LONGEST) return;
  if (rings[link] == NULL) rings[link] = calloc(1, sizeof *rings[link]);
  if (rings[link] == NULL) fail("no memory for frames that may come again");
  struct kept *to = &rings[link]->kept[rings[link]->added++ % KEPT];
  to->at = now;
  to->length = length;
  memcpy(to->data, data, (size_t)length);
}

int past_take(int link, uint64_t now, uint64_t age, uint8_t *data) {
  struct ring *ring = rings[link];
  if (ring == NULL) return 0;
  int count = ring->added < KEPT ? (int)ring->added : KEPT;
  /* From one drawn at random on, the first that is old enough. */
  int first = (int)below((uint64_t)count);
  for (int i = 0; i < count; i++) {
    const struct kept *one = &ring->kept[(first + i) % count];
    if (one->at + age > now) continue;
    memcpy(data, one->data, (size_t)one->length);
    return one->length;
  }
  return 0;
}
