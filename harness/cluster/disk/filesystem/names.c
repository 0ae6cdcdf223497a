/*
 * What was done to names since the journal was last committed, which any sync does: a journal holds everything that
 * came before. Removed files lie in a grave until then. Losing power takes all of it back, the latest first.
 */
#include "disk.h"
#include <dirent.h>
#include <sys/syscall.h>

#define MOST 200000

enum kind { MADE, GONE, MOVED, SWAPPED };

struct change {
  enum kind kind;
  struct inode *from, *to;
  char *old, *new;
  uint64_t grave;
};

static struct change *changes;
static size_t length, room;
static uint64_t next_grave;

uint64_t open_names(void) { return length; }

static int rename2(int from, const char *old, int to, const char *new, unsigned flags) {
  return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

static void note(enum kind kind, struct inode *from, const char *old, struct inode *to, const char *new,
                 uint64_t grave) {
  if (length >= MOST) commit_names();
  if (length == room) {
    room = room == 0 ? 64 : room * 2;
    changes = realloc(changes, room * sizeof *changes);
    if (changes == NULL) abort();
  }
  refer(from);
  if (to != NULL) refer(to);
  changes[length++] = (struct change){
      kind, from, to, strdup(old), new == NULL ? NULL : strdup(new), grave,
  };
}

static void drop_change(struct change *change) {
  release(change->from);
  if (change->to != NULL) release(change->to);
  free(change->old);
  free(change->new);
}

void name_made(struct inode *folder, const char *name) { note(MADE, folder, name, NULL, NULL, 0); }

static void grave_name(uint64_t grave, char name[32]) { sprintf(name, "%llu", (unsigned long long)grave); }

/* Marks what a name stood for as gone, when that was its last name. */
static void mark_buried(const char *grave, bool buried) {
  int fd = openat(graves, grave, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  struct inode *inode = inode_at(fd);
  if (inode == NULL) return;
  inode->buried = buried;
  forget(inode, 1);
}

bool is_empty(const struct inode *folder, const char *name) {
  int fd = openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  if (list == NULL) return false;
  int entries = 0;
  while (entries <= 2 && readdir(list) != NULL) entries++;
  closedir(list);
  return entries <= 2;
}

int bury(struct inode *folder, const char *name) {
  char grave[32];
  grave_name(next_grave, grave);
  if (rename2(folder->fd, name, graves, grave, 0) != 0) return errno;
  mark_buried(grave, true);
  note(GONE, folder, name, NULL, NULL, next_grave++);
  return 0;
}

int move_name(struct inode *from, const char *old, struct inode *to, const char *new, uint32_t flags) {
  if (flags & RENAME_EXCHANGE) {
    if (rename2(from->fd, old, to->fd, new, RENAME_EXCHANGE) != 0) return errno;
    note(SWAPPED, from, old, to, new, 0);
    return 0;
  }
  if (rename2(from->fd, old, to->fd, new, RENAME_NOREPLACE) == 0) {
    note(MOVED, from, old, to, new, 0);
    return 0;
  }
  if (errno != EEXIST || (flags & RENAME_NOREPLACE)) return errno;
  struct stat one, other;
  if (fstatat(from->fd, old, &one, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (fstatat(to->fd, new, &other, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  /* Two names of one file: nothing is to be done, says POSIX. */
  if (one.st_ino == other.st_ino && one.st_dev == other.st_dev) return 0;
  if (S_ISDIR(other.st_mode)) {
    if (!S_ISDIR(one.st_mode)) return EISDIR;
    if (!is_empty(to, new)) return ENOTEMPTY;
  } else if (S_ISDIR(one.st_mode)) {
    return ENOTDIR;
  }
  /* At no moment does the new name stand for nothing. */
  if (rename2(from->fd, old, to->fd, new, RENAME_EXCHANGE) != 0) return errno;
  note(SWAPPED, from, old, to, new, 0);
  return bury(from, old);
}

void commit_names(void) {
  for (size_t i = 0; i < length; i++) {
    if (changes[i].kind == GONE) {
      char grave[32];
      grave_name(changes[i].grave, grave);
      if (unlinkat(graves, grave, 0) != 0) unlinkat(graves, grave, AT_REMOVEDIR);
    }
    drop_change(&changes[i]);
  }
  length = 0;
  settle_sizes();
}

static int take_back(const struct change *change) {
  char grave[32];
  switch (change->kind) {
    case MADE:
      if (unlinkat(change->from->fd, change->old, 0) == 0) return 0;
      return unlinkat(change->from->fd, change->old, AT_REMOVEDIR);
    case GONE:
      grave_name(change->grave, grave);
      return rename2(graves, grave, change->from->fd, change->old, RENAME_NOREPLACE);
    case MOVED:
      return rename2(change->to->fd, change->new, change->from->fd, change->old, RENAME_NOREPLACE);
    case SWAPPED:
      return rename2(change->to->fd, change->new, change->from->fd, change->old, RENAME_EXCHANGE);
  }
  return -1;
}

void revert_names(bool torn, struct losses *losses) {
  size_t kept = torn ? random_below(length + 1) : 0;
  while (length > kept) {
    struct change *change = &changes[--length];
    if (take_back(change) == 0) losses->names++;
    else losses->problems++;
    drop_change(change);
  }
  commit_names();
}
