/* Frames that wait for their time: a heap by due time, then by order of arrival. */
#include "switch.h"

#include <stdlib.h>
#include <string.h>

struct waiting {
  uint64_t due, number;
  int from, to, length;
  uint8_t data[];
};

static struct waiting **heap;
static int count, room;
static uint64_t numbers;

static int before(const struct waiting *a, const struct waiting *b) {
  return a->due < b->due || (a->due == b->due && a->number < b->number);
}

void late_add(int from, int to, uint64_t due_ns, const uint8_t *data, int length) {
  if (count == room) {
    room = room == 0 ? 1024 : 2 * room;
    heap = realloc(heap, room * sizeof *heap);
    if (heap == NULL) fail("no memory for frames that wait");
  }
  struct waiting *w = malloc(sizeof *w + length);
  if (w == NULL) fail("no memory for a frame that waits");
  *w = (struct waiting){.due = due_ns, .number = numbers++, .from = from, .to = to, .length = length};
  memcpy(w->data, data, length);
  int at = count++;
  for (int up; at > 0 && before(w, heap[up = (at - 1) / 2]); at = up) heap[at] = heap[up];
  heap[at] = w;
}

uint64_t late_next(void) { return count == 0 ? UINT64_MAX : heap[0]->due; }

static void sink(int at, struct waiting *w) {
  for (int down; (down = 2 * at + 1) < count; at = down) {
    if (down + 1 < count && before(heap[down + 1], heap[down])) down++;
    if (!before(heap[down], w)) break;
    heap[at] = heap[down];
  }
  heap[at] = w;
}

void late_hurry(uint64_t now, int (*concerned)(int from, int to)) {
  for (int i = 0; i < count; i++)
    if (heap[i]->due > now && concerned(heap[i]->from, heap[i]->to)) heap[i]->due = now;
  for (int i = count / 2 - 1; i >= 0; i--) sink(i, heap[i]);
}

int late_take(uint64_t now, int *from, int *to, uint8_t *data) {
  if (count == 0 || heap[0]->due > now) return 0;
  struct waiting *first = heap[0], *last = heap[--count];
  if (count > 0) sink(0, last);
  *from = first->from;
  *to = first->to;
  int length = first->length;
  memcpy(data, first->data, length);
  free(first);
  return length;
}
