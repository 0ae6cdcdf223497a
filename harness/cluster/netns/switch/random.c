/* Chances and delays. One generator, seeded by the harness: the same frames in the same order meet the same fate. */
#include "switch.h"

#include <math.h>

static uint64_t state = 88172645463325252ull;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1dull;
}

void seed_random(uint64_t seed) {
  state = seed * 0x9e3779b97f4a7c15ull + 88172645463325252ull;
  if (state == 0) state = 1;
  for (int i = 0; i < 8; i++) next();
}

int chance(uint32_t of_2_32) { return of_2_32 != 0 && (of_2_32 == UINT32_MAX || (uint32_t)(next() >> 32) < of_2_32); }

uint64_t below(uint64_t n) { return n == 0 ? 0 : next() % n; }

/* In (0, 1]: its logarithm is finite. */
static double unit(void) { return (double)((next() >> 11) + 1) / 9007199254740992.0; }

uint64_t draw_delay(const struct layer *layer) {
  double mean = (double)layer->mean_ns, spread = (double)layer->spread_ns, ns = mean;
  switch (layer->shape) {
    case UNIFORM:
      ns = mean + spread * (2 * unit() - 1);
      break;
    case NORMAL:
      ns = mean + spread * sqrt(-2 * log(unit())) * cos(2 * M_PI * unit());
      break;
    case EXPONENTIAL:
      ns = -mean * log(unit());
      break;
  }
  return ns > 0 ? (uint64_t)ns : 0;
}
