/* Files and folders by what they are, not by what they are called: names change, and some have none any more. */
#include "disk.h"
#include <dirent.h>

#define BUCKETS 65536

struct inode root;
int graves = -1;
static struct inode *buckets[BUCKETS];
static char root_path[4096];

static struct inode **bucket_of(dev_t device, ino_t number) {
  return &buckets[(number * 0x9e3779b97f4a7c15ull ^ device) >> 7 & (BUCKETS - 1)];
}

static void empty(int folder) {
  DIR *list = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (list == NULL) return;
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (unlinkat(folder, entry->d_name, 0) != 0) unlinkat(folder, entry->d_name, AT_REMOVEDIR);
  }
  closedir(list);
}

static void give_up(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

void open_root(const char *folder, const char *grave_folder) {
  struct stat stat;
  root.fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root.fd < 0 || fstat(root.fd, &stat) != 0) give_up(folder);
  root.device = stat.st_dev;
  root.number = stat.st_ino;
  root.lookups = 1;
  if (realpath(folder, root_path) == NULL) give_up(folder);
  if (mkdir(grave_folder, 0700) != 0 && errno != EEXIST) give_up(grave_folder);
  graves = open(grave_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (graves < 0) give_up(grave_folder);
  empty(graves);
}

struct inode *inode_of(uint64_t id) {
  return id == FUSE_ROOT_ID ? &root : (struct inode *)(uintptr_t)id;
}

uint64_t id_of(const struct inode *inode) {
  return inode == &root ? FUSE_ROOT_ID : (uint64_t)(uintptr_t)inode;
}

struct inode *inode_at(int fd) {
  struct stat stat;
  if (fstatat(fd, "", &stat, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    int problem = errno;
    close(fd);
    errno = problem;
    return NULL;
  }
  if (stat.st_dev == root.device && stat.st_ino == root.number) {
    close(fd);
    return &root;
  }
  struct inode **bucket = bucket_of(stat.st_dev, stat.st_ino);
  for (struct inode *inode = *bucket; inode != NULL; inode = inode->chain) {
    if (inode->number != stat.st_ino || inode->device != stat.st_dev) continue;
    close(fd);
    inode->lookups++;
    return inode;
  }
  struct inode *inode = calloc(1, sizeof *inode);
  if (inode == NULL) abort();
  inode->fd = fd;
  inode->device = stat.st_dev;
  inode->number = stat.st_ino;
  inode->lookups = 1;
  inode->chain = *bucket;
  *bucket = inode;
  return inode;
}

static void drop(struct inode *inode) {
  if (inode == &root || inode->lookups > 0 || inode->references > 0 || inode->dirty) return;
  struct inode **at = bucket_of(inode->device, inode->number);
  while (*at != inode) at = &(*at)->chain;
  *at = inode->chain;
  close(inode->fd);
  free(inode->blocks);
  free(inode);
}

void forget(struct inode *inode, uint64_t lookups) {
  if (inode == &root) return;
  inode->lookups -= lookups < inode->lookups ? lookups : inode->lookups;
  drop(inode);
}

void refer(struct inode *inode) { inode->references++; }

void release(struct inode *inode) {
  inode->references--;
  drop(inode);
}

void link_to(const struct inode *inode, char path[64]) { sprintf(path, "/proc/self/fd/%d", inode->fd); }

bool name_of(const struct inode *inode, char *path, size_t size) {
  char link[64], full[4096];
  link_to(inode, link);
  ssize_t length = readlink(link, full, sizeof full - 1);
  if (length < 0) return false;
  full[length] = 0;
  size_t skip = strlen(root_path);
  if (strncmp(full, root_path, skip) != 0 || full[skip] != '/') return false;
  snprintf(path, size, "%s", full + skip + 1);
  return true;
}
