/*
 * What the unsynced part of files was before. Everything in a file that was there at its last sync and was changed
 * since is kept, block by block; what is behind its size at that time is nothing to keep. Losing power puts it back.
 */
#include "disk.h"

/* More than this is not kept: the disk then has written a file back by itself, as disks do. */
#define MOST_BLOCKS 65536u /* 256 MiB */

static struct inode *latest;
static uint64_t all_held, dirty_count;

uint64_t dirty_files(void) { return dirty_count; }

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* What was durable and is still in the file, or saved: everything before this. */
static uint64_t base_of(const struct inode *inode) { return least(inode->durable, inode->lowest); }

static void begin(struct inode *inode, uint64_t size) {
  if (inode->dirty) return;
  inode->dirty = true;
  inode->durable = inode->lowest = size;
  inode->later = NULL;
  inode->earlier = latest;
  if (latest != NULL) latest->later = inode;
  latest = inode;
  dirty_count++;
}

static struct block **slot_of(struct inode *inode, uint64_t number) {
  return &inode->blocks[(number * 0x9e3779b97f4a7c15ull >> 32) & (inode->slots - 1)];
}

static bool is_held(struct inode *inode, uint64_t number) {
  if (inode->slots == 0) return false;
  for (struct block *block = *slot_of(inode, number); block != NULL; block = block->next) {
    if (block->number == number) return true;
  }
  return false;
}

static void grow(struct inode *inode) {
  struct block **old = inode->blocks;
  uint32_t slots = inode->slots;
  inode->slots = slots == 0 ? 16 : slots * 4;
  inode->blocks = calloc(inode->slots, sizeof *inode->blocks);
  if (inode->blocks == NULL) abort();
  for (uint32_t i = 0; i < slots; i++) {
    for (struct block *block = old[i], *next; block != NULL; block = next) {
      next = block->next;
      struct block **slot = slot_of(inode, block->number);
      block->next = *slot;
      *slot = block;
    }
  }
  free(old);
}

static void hold(struct inode *inode, int fd, uint64_t from, uint64_t to) {
  for (uint64_t number = from / BLOCK; number * BLOCK < to; number++) {
    if (is_held(inode, number)) continue;
    if (inode->held >= inode->slots * 2) grow(inode);
    struct block *block = malloc(sizeof *block);
    if (block == NULL) abort();
    uint64_t length = least(BLOCK, base_of(inode) - number * BLOCK);
    ssize_t got = pread(fd, block->bytes, length, (off_t)(number * BLOCK));
    if (got < 0) got = 0;
    memset(block->bytes + got, 0, BLOCK - (size_t)got);
    block->length = (uint32_t)length;
    block->number = number;
    struct block **slot = slot_of(inode, number);
    block->next = *slot;
    *slot = block;
    inode->held++;
    all_held++;
  }
}

static uint64_t size_of(int fd) {
  struct stat stat;
  return fstat(fd, &stat) == 0 ? (uint64_t)stat.st_size : 0;
}

static void drop_blocks(struct inode *inode, uint64_t from) {
  for (uint32_t i = 0; i < inode->slots; i++) {
    for (struct block **at = &inode->blocks[i]; *at != NULL;) {
      struct block *block = *at;
      if (block->number < from) {
        at = &block->next;
        continue;
      }
      *at = block->next;
      free(block);
      inode->held--;
      all_held--;
    }
  }
}

void before_write(struct inode *inode, int fd, uint64_t offset, uint64_t length) {
  if (!inode->dirty) begin(inode, size_of(fd));
  uint64_t to = least(offset + length, base_of(inode));
  if (offset >= to) return;
  if (all_held + (to - offset) / BLOCK > MOST_BLOCKS) {
    settle(inode);
    begin(inode, size_of(fd));
    if ((to - offset) / BLOCK > MOST_BLOCKS) return;
  }
  hold(inode, fd, offset, to);
}

void before_resize(struct inode *inode, int fd, uint64_t size) {
  if (!inode->dirty) begin(inode, size_of(fd));
  uint64_t base = base_of(inode);
  if (size >= base) return;
  if (all_held + (base - size) / BLOCK > MOST_BLOCKS) {
    settle(inode);
    begin(inode, size);
    return;
  }
  hold(inode, fd, size, base);
  inode->lowest = size;
}

void born(struct inode *inode) { begin(inode, 0); }

void settle(struct inode *inode) {
  if (!inode->dirty) return;
  drop_blocks(inode, 0);
  inode->dirty = false;
  if (inode->earlier != NULL) inode->earlier->later = inode->later;
  if (inode->later != NULL) inode->later->earlier = inode->earlier;
  if (latest == inode) latest = inode->earlier;
  dirty_count--;
  /* May have been kept for this alone. */
  refer(inode);
  release(inode);
}

void settle_all(void) {
  while (latest != NULL) settle(latest);
}

/* A journal that is committed holds the smaller sizes of files, though not their content. */
void settle_sizes(void) {
  for (struct inode *inode = latest; inode != NULL; inode = inode->earlier) {
    if (inode->lowest >= inode->durable) continue;
    inode->durable = inode->lowest;
    drop_blocks(inode, (inode->lowest + BLOCK - 1) / BLOCK);
  }
}

/* Puts a block back; torn: sector by sector, or not. */
static void put_back(int fd, const struct block *block, uint64_t within, bool torn, struct losses *losses) {
  uint64_t start = block->number * BLOCK;
  if (start >= within) return;
  uint32_t length = (uint32_t)least(block->length, within - start);
  losses->blocks++;
  for (uint32_t at = 0; at < length; at += torn ? SECTOR : BLOCK) {
    if (torn && random_below(2) == 0) continue;
    size_t part = least(length - at, torn ? SECTOR : BLOCK);
    if (pwrite(fd, block->bytes + at, part, (off_t)(start + at)) != (ssize_t)part) losses->problems++;
  }
}

static void revert(struct inode *inode, bool torn, struct losses *losses) {
  char path[64];
  link_to(inode, path);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    losses->problems++;
    return;
  }
  uint64_t size = size_of(fd), target = inode->durable;
  /* A size is written before or after what it is about, and a file grows from its front. */
  if (torn && size > target) target += random_below(size - target + 1);
  if (torn && size < target && random_below(2) == 0) target = size;
  if (size != target || inode->held > 0) losses->files++;
  losses->bytes += size > target ? size - target : 0;
  for (uint32_t i = 0; i < inode->slots; i++) {
    for (struct block *block = inode->blocks[i]; block != NULL; block = block->next) {
      /* What was cut off comes back whole or not at all. */
      bool cut = block->number * BLOCK >= inode->lowest;
      put_back(fd, block, target, torn && !cut, losses);
    }
  }
  if (ftruncate(fd, (off_t)target) != 0) losses->problems++;
  close(fd);
}

void revert_contents(bool torn, struct losses *losses) {
  for (struct inode *inode = latest; inode != NULL; inode = inode->earlier) revert(inode, torn, losses);
}
