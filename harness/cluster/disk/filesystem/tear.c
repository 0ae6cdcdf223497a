/*
 * Half of what was not synced, on an ext4 that is about to lose power: of every file some of its unsynced blocks are
 * written back, as the kernel may do at any time and in any order, and the rest is lost. What is unsynced is told by
 * the map of the file (blocks that have no place yet) and, where blocks have one, by what the image holds there.
 */
#include "disk.h"
#include <dirent.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define EXTENTS 64
#define MOST_FILES 32 /* told of; all are torn */

struct set {
  uint64_t *numbers;
  size_t count, room;
};

static int image_fd;
static uint64_t chance;
static unsigned told;
static FILE *out;

static void add(struct set *set, uint64_t number) {
  if (set->count == set->room) {
    set->room = set->room == 0 ? 256 : set->room * 2;
    set->numbers = realloc(set->numbers, set->room * sizeof *set->numbers);
    if (set->numbers == NULL) abort();
  }
  set->numbers[set->count++] = number;
}

static bool differs(int fd, uint64_t at, uint64_t size, const struct fiemap_extent *extent) {
  static unsigned char mine[BLOCK], disks[BLOCK];
  size_t length = size - at < BLOCK ? (size_t)(size - at) : BLOCK;
  if (pread(fd, mine, length, (off_t)at) != (ssize_t)length) return false;
  /* Room that was reserved reads as nothing until it is written. */
  memset(disks, 0, sizeof disks);
  if ((extent->fe_flags & FIEMAP_EXTENT_UNWRITTEN) == 0) {
    off_t place = (off_t)(extent->fe_physical + (at - extent->fe_logical));
    if (pread(image_fd, disks, length, place) != (ssize_t)length) return false;
  }
  return memcmp(mine, disks, length) != 0;
}

static void unsynced_in(int fd, const struct fiemap_extent *extent, uint64_t size, struct set *set) {
  uint64_t end = extent->fe_logical + extent->fe_length;
  bool placeless = (extent->fe_flags & FIEMAP_EXTENT_DELALLOC) != 0;
  if (!placeless && (extent->fe_flags & (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_NOT_ALIGNED)) != 0) return;
  for (uint64_t at = extent->fe_logical / BLOCK * BLOCK; at < end && at < size; at += BLOCK) {
    if (placeless || differs(fd, at, size, extent)) add(set, at / BLOCK);
  }
}

static void find_unsynced(int fd, uint64_t size, struct set *set) {
  static union {
    struct fiemap map;
    char room[sizeof(struct fiemap) + EXTENTS * sizeof(struct fiemap_extent)];
  } answer;
  for (uint64_t from = 0; from < size;) {
    memset(&answer.map, 0, sizeof answer.map);
    answer.map.fm_start = from;
    answer.map.fm_length = size - from;
    answer.map.fm_extent_count = EXTENTS;
    if (ioctl(fd, FS_IOC_FIEMAP, &answer.map) != 0 || answer.map.fm_mapped_extents == 0) return;
    for (unsigned i = 0; i < answer.map.fm_mapped_extents; i++) {
      const struct fiemap_extent *extent = &answer.map.fm_extents[i];
      unsynced_in(fd, extent, size, set);
      from = extent->fe_logical + extent->fe_length;
      if ((extent->fe_flags & FIEMAP_EXTENT_LAST) != 0) return;
    }
  }
}

/* Which of its blocks a file keeps: the first ones, or any. Of more than one block one is kept and one is lost. */
static void choose(const struct set *set, bool *kept) {
  size_t count = set->count;
  if (count == 1 || random_below(4) == 0) {
    kept[0] = count == 1 && random_below(2) == 0;
    return;
  }
  if (random_below(2) == 0) {
    memset(kept, true, 1 + random_below(count - 1));
    return;
  }
  for (size_t i = 0; i < count; i++) kept[i] = random_below(2) == 0;
  size_t one = random_below(count);
  kept[one] = true;
  kept[(one + 1 + random_below(count - 1)) % count] = false;
}

static void tell_ranges(const struct set *set, const bool *only) {
  bool first = true;
  for (size_t i = 0; i < set->count; i++) {
    if (only != NULL && !only[i]) continue;
    size_t length = 1;
    while (i + length < set->count && set->numbers[i + length] == set->numbers[i] + length && (only == NULL || only[i + length]))
      length++;
    fprintf(out, "%s[%llu,%zu]", first ? "" : ",", (unsigned long long)set->numbers[i], length);
    first = false;
    i += length - 1;
  }
}

static void tell(const char *name, const struct set *set, const bool *kept) {
  if (told++ >= MOST_FILES) return;
  fprintf(out, "%s{\"name\":\"", told > 1 ? "," : "");
  for (const unsigned char *c = (const unsigned char *)name; *c != 0; c++) {
    if (*c < 0x20) fprintf(out, "\\u%04x", *c);
    else fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  }
  fprintf(out, "\",\"unsynced\":[");
  tell_ranges(set, NULL);
  fprintf(out, "],\"written\":[");
  tell_ranges(set, kept);
  fprintf(out, "]}");
}

static void tear_file(int fd, const char *name, uint64_t size) {
  struct set set = {0};
  find_unsynced(fd, size, &set);
  bool *kept = set.count == 0 ? NULL : calloc(set.count, sizeof *kept);
  if (kept != NULL) {
    /* By name: the order of a folder is another one in every run. */
    uint64_t seed = chance;
    for (const char *c = name; *c != 0; c++) seed = (seed ^ (unsigned char)*c) * 0x100000001b3ull;
    seed_random(seed);
    choose(&set, kept);
    unsigned how = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    for (size_t i = 0; i < set.count; i++) {
      if (kept[i]) sync_file_range(fd, (off_t)(set.numbers[i] * BLOCK), BLOCK, how);
    }
    tell(name, &set, kept);
  }
  free(kept);
  free(set.numbers);
}

static void tear_folder(int folder, char *name, size_t length) {
  DIR *entries = fdopendir(folder);
  if (entries == NULL) {
    close(folder);
    return;
  }
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    int written = snprintf(name + length, 4096 - length, "%s%s", length == 0 ? "" : "/", entry->d_name);
    if (written < 0 || (size_t)written >= 4096 - length) continue;
    int fd = openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0) {
      if (fd >= 0) close(fd);
    } else if (S_ISDIR(stat.st_mode)) {
      tear_folder(fd, name, length + (size_t)written);
    } else {
      if (S_ISREG(stat.st_mode)) tear_file(fd, name, (uint64_t)stat.st_size);
      close(fd);
    }
  }
  closedir(entries);
}

int tear(int top, const char *image, uint64_t seed, FILE *answers) {
  static char name[4096];
  int folder = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  image_fd = open(image, O_RDONLY | O_CLOEXEC);
  if (folder < 0 || image_fd < 0) return -1;
  chance = seed;
  out = answers;
  fprintf(out, "{\"files\":[");
  tear_folder(folder, name, 0);
  fprintf(out, "],\"torn\":%u}\n", told);
  return close(image_fd);
}
