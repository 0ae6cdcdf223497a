/* What the kernel asks of the file system, one function for each. All of it happens in the folder at once. */
#include "disk.h"
#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

/* How long the kernel may believe what it was told, seconds: files may be changed from outside between two starts. */
#define BELIEVED 1
#define MOST (1u << 20)

struct handle {
  int fd;
  struct inode *inode;
  DIR *list;
};

static unsigned char *buffer(void) {
  static unsigned char *bytes;
  if (bytes == NULL && (bytes = malloc(MOST)) == NULL) abort();
  return bytes;
}

static void fail(const struct fuse_in_header *in, int error) { reply(in->unique, error, NULL, 0); }
static void done(const struct fuse_in_header *in, int error) { reply(in->unique, error, NULL, 0); }

static struct handle *handle_of(uint64_t fh) { return (struct handle *)(uintptr_t)fh; }

static struct handle *new_handle(int fd, struct inode *inode) {
  struct handle *handle = calloc(1, sizeof *handle);
  if (handle == NULL) abort();
  handle->fd = fd;
  handle->inode = inode;
  refer(inode);
  return handle;
}

static int attributes(const struct inode *inode, struct fuse_attr *to) {
  struct stat stat;
  if (fstatat(inode->fd, "", &stat, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) return errno;
  memset(to, 0, sizeof *to);
  to->ino = stat.st_ino;
  to->size = (uint64_t)stat.st_size;
  to->blocks = (uint64_t)stat.st_blocks;
  to->atime = (uint64_t)stat.st_atim.tv_sec;
  to->mtime = (uint64_t)stat.st_mtim.tv_sec;
  to->ctime = (uint64_t)stat.st_ctim.tv_sec;
  to->atimensec = (uint32_t)stat.st_atim.tv_nsec;
  to->mtimensec = (uint32_t)stat.st_mtim.tv_nsec;
  to->ctimensec = (uint32_t)stat.st_ctim.tv_nsec;
  to->mode = stat.st_mode;
  to->nlink = (uint32_t)stat.st_nlink - (inode->buried && stat.st_nlink > 0 ? 1 : 0);
  to->uid = stat.st_uid;
  to->gid = stat.st_gid;
  to->rdev = (uint32_t)stat.st_rdev;
  to->blksize = (uint32_t)stat.st_blksize;
  return 0;
}

/* The inode of a name, with one lookup more; 0 or an error. */
static int look_up(struct inode *folder, const char *name, struct inode **found) {
  int fd = openat(folder->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  *found = inode_at(fd);
  return *found == NULL ? errno : 0;
}

static int entry_of(struct inode *folder, const char *name, struct fuse_entry_out *out, struct inode **found) {
  memset(out, 0, sizeof *out);
  int error = look_up(folder, name, found);
  if (error == 0) error = attributes(*found, &out->attr);
  out->nodeid = error == 0 ? id_of(*found) : 0;
  out->entry_valid = out->attr_valid = BELIEVED;
  return error;
}

static void give_entry(const struct fuse_in_header *in, struct inode *folder, const char *name) {
  struct fuse_entry_out out;
  struct inode *found;
  int error = entry_of(folder, name, &out, &found);
  if (error != 0) fail(in, error);
  else reply(in->unique, 0, &out, sizeof out);
}

static void give_attributes(const struct fuse_in_header *in, const struct inode *inode) {
  struct fuse_attr_out out = {.attr_valid = BELIEVED};
  int error = attributes(inode, &out.attr);
  if (error != 0) fail(in, error);
  else reply(in->unique, 0, &out, sizeof out);
}

/* What is made belongs to who made it. */
static void own(const struct fuse_in_header *in, int folder, const char *name) {
  if (in->uid == geteuid() && in->gid == getegid()) return;
  if (fchownat(folder, name, in->uid, in->gid, AT_SYMLINK_NOFOLLOW) != 0) return;
}

static void made(const struct fuse_in_header *in, struct inode *folder, const char *name) {
  own(in, folder->fd, name);
  name_made(folder, name);
  give_entry(in, folder, name);
}

static int reopen(const struct inode *inode, int flags) {
  char path[64];
  link_to(inode, path);
  return open(path, flags | O_CLOEXEC);
}

/* What the client may do with a file is checked by the kernel; to keep what was there, it must be read too. */
static int backing_flags(uint32_t flags) { return (flags & O_ACCMODE) == O_RDONLY ? O_RDONLY : O_RDWR; }

static void give_open(const struct fuse_in_header *in, struct inode *inode, uint32_t flags) {
  bool writes = (flags & O_ACCMODE) != O_RDONLY;
  int error = writes ? refusal(NAMES, inode, false) : 0;
  int fd = error != 0 ? -1 : reopen(inode, backing_flags(flags));
  if (fd < 0) return fail(in, error != 0 ? error : errno);
  struct fuse_open_out out = {.fh = (uint64_t)(uintptr_t)new_handle(fd, inode)};
  reply(in->unique, 0, &out, sizeof out);
}

static void create(const struct fuse_in_header *in, struct inode *folder, const struct fuse_create_in *body) {
  const char *name = (const char *)(body + 1);
  struct {
    struct fuse_entry_out entry;
    struct fuse_open_out open;
  } out;
  memset(&out, 0, sizeof out);
  int error = refusal(NAMES, folder, false);
  if (error != 0) return fail(in, error);
  int fd = openat(folder->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, body->mode & 07777);
  bool is_new = fd >= 0;
  if (fd < 0 && errno == EEXIST && !(body->flags & O_EXCL)) fd = openat(folder->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return fail(in, errno);
  if (is_new) {
    own(in, folder->fd, name);
    name_made(folder, name);
  }
  struct inode *inode;
  error = entry_of(folder, name, &out.entry, &inode);
  if (error != 0) {
    close(fd);
    return fail(in, error);
  }
  if (is_new) born(inode);
  out.open.fh = (uint64_t)(uintptr_t)new_handle(fd, inode);
  reply(in->unique, 0, &out, sizeof out);
}

static void read_file(const struct fuse_in_header *in, const struct fuse_read_in *body) {
  struct handle *handle = handle_of(body->fh);
  counts.reads++;
  int error = refusal(READS, handle->inode, false);
  if (error != 0) return fail(in, error);
  size_t size = body->size < MOST ? body->size : MOST;
  ssize_t got = pread(handle->fd, buffer(), size, (off_t)body->offset);
  if (got < 0) fail(in, errno);
  else reply(in->unique, 0, buffer(), (size_t)got);
}

static uint64_t size_of(int fd) {
  struct stat stat;
  return fstat(fd, &stat) == 0 ? (uint64_t)stat.st_size : 0;
}

/* 0 or an error. */
static int sync_file(struct inode *inode) {
  if (last_sync(inode)) {
    frozen = true;
    printf("{\"event\":\"ended\"}\n");
    fflush(stdout);
    return 0;
  }
  int error = refusal(SYNCS, inode, false);
  if (error != 0) return error;
  if (lying) {
    counts.lied++;
    return 0;
  }
  settle(inode);
  commit_names();
  return 0;
}

static void write_file(const struct fuse_in_header *in, const struct fuse_write_in *body) {
  struct handle *handle = handle_of(body->fh);
  counts.writes++;
  bool grows = is_full() && body->offset + body->size > size_of(handle->fd);
  int error = refusal(WRITES, handle->inode, grows);
  if (error != 0) return fail(in, error);
  before_write(handle->inode, handle->fd, body->offset, body->size);
  ssize_t put = pwrite(handle->fd, body + 1, body->size, (off_t)body->offset);
  if (put < 0) return fail(in, errno);
  handle->inode->written_through = (body->flags & O_DSYNC) != 0;
  if (handle->inode->written_through) error = sync_file(handle->inode);
  if (frozen) return;
  if (error != 0) return fail(in, error);
  struct fuse_write_out out = {.size = (uint32_t)put};
  reply(in->unique, 0, &out, sizeof out);
}

static int resize(struct inode *inode, uint64_t size) {
  int fd = reopen(inode, O_RDWR);
  if (fd < 0) return errno;
  int error = refusal(NAMES, inode, size > size_of(fd));
  if (error == 0) {
    before_resize(inode, fd, size);
    if (ftruncate(fd, (off_t)size) != 0) error = errno;
  }
  close(fd);
  return error;
}

static struct timespec time_of(const struct fuse_setattr_in *body, uint32_t given, uint32_t now, uint64_t seconds,
                               uint32_t ns) {
  if (body->valid & now) return (struct timespec){.tv_nsec = UTIME_NOW};
  if (body->valid & given) return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = ns};
  return (struct timespec){.tv_nsec = UTIME_OMIT};
}

static int set_attributes(struct inode *inode, const struct fuse_setattr_in *body) {
  char path[64];
  link_to(inode, path);
  int error = refusal(NAMES, inode, false);
  if (error != 0) return error;
  if ((body->valid & FATTR_MODE) && chmod(path, body->mode & 07777) != 0) return errno;
  if (body->valid & (FATTR_UID | FATTR_GID)) {
    uid_t uid = body->valid & FATTR_UID ? body->uid : (uid_t)-1;
    gid_t gid = body->valid & FATTR_GID ? body->gid : (gid_t)-1;
    if (fchownat(inode->fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) return errno;
  }
  if (body->valid & FATTR_SIZE) {
    error = resize(inode, body->size);
    if (error != 0) return error;
  }
  if (body->valid & (FATTR_ATIME | FATTR_MTIME)) {
    struct timespec times[2] = {
        time_of(body, FATTR_ATIME, FATTR_ATIME_NOW, body->atime, body->atimensec),
        time_of(body, FATTR_MTIME, FATTR_MTIME_NOW, body->mtime, body->mtimensec),
    };
    if (utimensat(AT_FDCWD, path, times, 0) != 0) return errno;
  }
  return 0;
}

static void allocate(const struct fuse_in_header *in, const struct fuse_fallocate_in *body) {
  struct handle *handle = handle_of(body->fh);
  if (body->mode & ~(uint32_t)(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
    return fail(in, EOPNOTSUPP);
  uint64_t end = body->offset + body->length;
  int error = refusal(WRITES, handle->inode, end > size_of(handle->fd));
  if (error != 0) return fail(in, error);
  before_write(handle->inode, handle->fd, body->offset, body->length);
  done(in, fallocate(handle->fd, (int)body->mode, (off_t)body->offset, (off_t)body->length) == 0 ? 0 : errno);
}

static void open_folder(const struct fuse_in_header *in, struct inode *inode) {
  int fd = reopen(inode, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return fail(in, errno);
  struct handle *handle = new_handle(fd, inode);
  handle->list = fdopendir(fd);
  struct fuse_open_out out = {.fh = (uint64_t)(uintptr_t)handle};
  reply(in->unique, 0, &out, sizeof out);
}

static void read_folder(const struct fuse_in_header *in, const struct fuse_read_in *body) {
  DIR *list = handle_of(body->fh)->list;
  size_t most = body->size < MOST ? body->size : MOST, used = 0;
  if (body->offset == 0) rewinddir(list);
  else seekdir(list, (long)body->offset);
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    size_t length = strlen(entry->d_name), room = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
    if (used + room > most) break;
    struct fuse_dirent *to = (struct fuse_dirent *)(buffer() + used);
    memset(to, 0, room);
    to->ino = entry->d_ino;
    to->off = (uint64_t)entry->d_off;
    to->namelen = (uint32_t)length;
    to->type = entry->d_type;
    memcpy(to->name, entry->d_name, length);
    used += room;
  }
  reply(in->unique, 0, buffer(), used);
}

static void close_handle(const struct fuse_in_header *in, const struct fuse_release_in *body) {
  struct handle *handle = handle_of(body->fh);
  if (handle->list != NULL) closedir(handle->list);
  else close(handle->fd);
  release(handle->inode);
  free(handle);
  done(in, 0);
}

static void link_file(const struct fuse_in_header *in, struct inode *folder, const struct fuse_link_in *body) {
  const char *name = (const char *)(body + 1);
  char path[64];
  link_to(inode_of(body->oldnodeid), path);
  if (linkat(AT_FDCWD, path, folder->fd, name, AT_SYMLINK_FOLLOW) != 0) return fail(in, errno);
  name_made(folder, name);
  give_entry(in, folder, name);
}

static void remove_name(const struct fuse_in_header *in, struct inode *folder, const char *name, bool is_folder) {
  struct stat stat;
  if (fstatat(folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) return fail(in, errno);
  if (is_folder && !S_ISDIR(stat.st_mode)) return fail(in, ENOTDIR);
  if (!is_folder && S_ISDIR(stat.st_mode)) return fail(in, EISDIR);
  if (is_folder && !is_empty(folder, name)) return fail(in, ENOTEMPTY);
  done(in, bury(folder, name));
}

static void read_link(const struct fuse_in_header *in, const struct inode *inode) {
  ssize_t length = readlinkat(inode->fd, "", (char *)buffer(), MOST);
  if (length < 0) fail(in, errno);
  else reply(in->unique, 0, buffer(), (size_t)length);
}

static void tell_space(const struct fuse_in_header *in) {
  struct statvfs stat;
  if (fstatvfs(root.fd, &stat) != 0) return fail(in, errno);
  struct fuse_statfs_out out = {.st = {
                                    .blocks = stat.f_blocks,
                                    .bfree = is_full() ? 0 : stat.f_bfree,
                                    .bavail = is_full() ? 0 : stat.f_bavail,
                                    .files = stat.f_files,
                                    .ffree = stat.f_ffree,
                                    .bsize = (uint32_t)stat.f_bsize,
                                    .namelen = (uint32_t)stat.f_namemax,
                                    .frsize = (uint32_t)stat.f_frsize,
                                }};
  reply(in->unique, 0, &out, sizeof out);
}

static void start(const struct fuse_in_header *in, const struct fuse_init_in *body) {
  uint32_t wanted = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_PARALLEL_DIROPS;
  struct fuse_init_out out = {
      .major = FUSE_KERNEL_VERSION,
      .minor = body->minor < 31 ? body->minor : 31,
      .max_readahead = body->max_readahead,
      .flags = body->flags & wanted,
      .max_background = 64,
      .congestion_threshold = 48,
      .max_write = MOST,
      .time_gran = 1,
      .max_pages = MOST / BLOCK,
  };
  reply(in->unique, 0, &out, sizeof out);
}

int kinds_of(const struct fuse_in_header *in, const void *body) {
  switch (in->opcode) {
    case FUSE_READ:
      return READS;
    case FUSE_WRITE:
      return WRITES | (((const struct fuse_write_in *)body)->flags & O_DSYNC ? SYNCS : 0);
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR:
      return inode_of(in->nodeid)->written_through ? 0 : SYNCS;
    default:
      return 0;
  }
}

/* Operations that change names; all of them are refused by a disk that cannot be written. */
static bool change_names(const struct fuse_in_header *in, struct inode *inode, const void *body) {
  const char *words = body;
  int error = 0;
  switch (in->opcode) {
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_SYMLINK:
    case FUSE_LINK:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_RENAME:
    case FUSE_RENAME2:
      error = refusal(NAMES, inode, in->opcode == FUSE_MKDIR || in->opcode == FUSE_SYMLINK);
      break;
    default:
      return false;
  }
  if (error != 0) return fail(in, error), true;
  switch (in->opcode) {
    case FUSE_MKNOD: {
      const struct fuse_mknod_in *given = body;
      words = (const char *)(given + 1);
      if (mknodat(inode->fd, words, given->mode, given->rdev) != 0) fail(in, errno);
      else made(in, inode, words);
      break;
    }
    case FUSE_MKDIR: {
      const struct fuse_mkdir_in *given = body;
      words = (const char *)(given + 1);
      if (mkdirat(inode->fd, words, given->mode & 07777) != 0) fail(in, errno);
      else made(in, inode, words);
      break;
    }
    case FUSE_SYMLINK:
      if (symlinkat(words + strlen(words) + 1, inode->fd, words) != 0) fail(in, errno);
      else made(in, inode, words);
      break;
    case FUSE_LINK:
      link_file(in, inode, body);
      break;
    case FUSE_UNLINK:
    case FUSE_RMDIR:
      remove_name(in, inode, words, in->opcode == FUSE_RMDIR);
      break;
    case FUSE_RENAME:
    case FUSE_RENAME2: {
      const struct fuse_rename2_in *given = body;
      bool second = in->opcode == FUSE_RENAME2;
      words += second ? sizeof(struct fuse_rename2_in) : sizeof(struct fuse_rename_in);
      const char *new = words + strlen(words) + 1;
      done(in, move_name(inode, words, inode_of(given->newdir), new, second ? given->flags : 0));
      break;
    }
  }
  return true;
}

void handle(const struct fuse_in_header *in, const void *body) {
  struct inode *inode = inode_of(in->nodeid);
  if (change_names(in, inode, body)) return;
  switch (in->opcode) {
    case FUSE_INIT:
      return start(in, body);
    case FUSE_LOOKUP:
      return give_entry(in, inode, body);
    case FUSE_FORGET:
      return forget(inode, ((const struct fuse_forget_in *)body)->nlookup);
    case FUSE_BATCH_FORGET: {
      const struct fuse_batch_forget_in *batch = body;
      const struct fuse_forget_one *one = (const struct fuse_forget_one *)(batch + 1);
      for (uint32_t i = 0; i < batch->count; i++) forget(inode_of(one[i].nodeid), one[i].nlookup);
      return;
    }
    case FUSE_GETATTR:
      return give_attributes(in, inode);
    case FUSE_SETATTR: {
      int error = set_attributes(inode, body);
      return error != 0 ? fail(in, error) : give_attributes(in, inode);
    }
    case FUSE_READLINK:
      return read_link(in, inode);
    case FUSE_OPEN:
      return give_open(in, inode, ((const struct fuse_open_in *)body)->flags);
    case FUSE_CREATE:
      return create(in, inode, body);
    case FUSE_READ:
      return read_file(in, body);
    case FUSE_WRITE:
      return write_file(in, body);
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR: {
      /* Most kernels ask for one after a write that was one already. */
      int error = inode->written_through ? 0 : sync_file(inode);
      inode->written_through = false;
      return frozen ? (void)0 : done(in, error);
    }
    case FUSE_FALLOCATE:
      return allocate(in, body);
    case FUSE_OPENDIR:
      return open_folder(in, inode);
    case FUSE_READDIR:
      return read_folder(in, body);
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      return close_handle(in, body);
    case FUSE_STATFS:
      return tell_space(in);
    case FUSE_DESTROY:
      return done(in, 0);
    default:
      return fail(in, ENOSYS);
  }
}
