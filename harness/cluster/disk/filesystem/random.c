/* Chance of one seed (splitmix64, Steele, Lea and Flood 2014): what is torn is torn the same way again. */
#include "disk.h"

static uint64_t state = 1;

void seed_random(uint64_t seed) { state = seed; }

uint64_t random_below(uint64_t bound) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  z ^= z >> 31;
  return bound == 0 ? 0 : (uint64_t)(((__uint128_t)z * bound) >> 64);
}
