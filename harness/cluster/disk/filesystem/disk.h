/*
 * The disk of a node: a file system of ours over a folder, through the kernel's FUSE protocol. What a node writes
 * goes to the folder at once; what a loss of power would take from it again is remembered until it is synced.
 * One process serves one node, with one thread: whatever it does to the folder happens in one order.
 */
#ifndef FAULTLINE_DISK_H
#define FAULTLINE_DISK_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096
#define SECTOR 512

/* What a block of a file held when it was last synced. */
struct block {
  uint64_t number;
  struct block *next;
  uint32_t length;
  unsigned char bytes[BLOCK];
};

/* A file or folder the kernel knows of, or that has something to lose. */
struct inode {
  dev_t device;
  ino_t number;
  int fd; /* O_PATH */
  uint64_t lookups;
  uint32_t references;
  bool buried; /* removed, and kept in case the removal is undone */
  bool written_through; /* the last write was a sync as well */
  struct inode *chain;
  /* Of files with unsynced content: */
  bool dirty;
  uint64_t durable; /* its size when it was last synced */
  uint64_t lowest;  /* its smallest size since */
  struct block **blocks;
  uint32_t slots, held;
  struct inode *earlier, *later;
};

/* What a loss of power did. */
struct losses {
  uint64_t files, blocks, bytes, names, problems;
};

/* inodes.c */
extern struct inode root;
extern int graves;
void open_root(const char *folder, const char *grave_folder);
struct inode *inode_of(uint64_t id);
uint64_t id_of(const struct inode *inode);
/* The inode behind an O_PATH descriptor, which is taken; a lookup more of it. */
struct inode *inode_at(int fd);
void forget(struct inode *inode, uint64_t lookups);
void refer(struct inode *inode);
void release(struct inode *inode);
/* A path that leads to the inode whatever it is called. */
void link_to(const struct inode *inode, char path[64]);
/* Its path below the root; false when it has none any more. */
bool name_of(const struct inode *inode, char *path, size_t size);

/* undo.c: the content of files */
/* To be called before the content changes; `fd` reads it. */
void before_write(struct inode *inode, int fd, uint64_t offset, uint64_t length);
void before_resize(struct inode *inode, int fd, uint64_t size);
void born(struct inode *inode);
/* Its content is durable now. */
void settle(struct inode *inode);
void settle_all(void);
void settle_sizes(void);
void revert_contents(bool torn, struct losses *losses);
uint64_t dirty_files(void);

/* names.c: the names of files */
void name_made(struct inode *folder, const char *name);
bool is_empty(const struct inode *folder, const char *name);
/* Moves what has this name out of sight; 0 or an error. */
int bury(struct inode *folder, const char *name);
int move_name(struct inode *from, const char *old, struct inode *to, const char *new, uint32_t flags);
void commit_names(void);
void revert_names(bool torn, struct losses *losses);
uint64_t open_names(void);

/* random.c */
void seed_random(uint64_t seed);
uint64_t random_below(uint64_t bound);

/* trouble.c */
enum { READS = 1, WRITES = 2, SYNCS = 4, NAMES = 8 };
struct counts {
  uint64_t reads, writes, syncs, slowed, refused, lied;
};
extern struct counts counts;
extern bool lying, frozen;
/* Milliseconds an operation of these kinds takes longer. */
uint32_t slowness(int kinds);
/* The error an operation of these kinds is refused with, or 0. `grows`: it needs room. */
int refusal(int kinds, const struct inode *inode, bool grows);
/* Counts a sync; true when it is the one at which everything ends. */
bool last_sync(const struct inode *inode);
bool is_full(void);
/* Does what a line of the harness says, and answers. */
void obey(char *line);

/* operations.c */
void handle(const struct fuse_in_header *in, const void *body);
int kinds_of(const struct fuse_in_header *in, const void *body);

/* reply.c */
extern int kernel; /* where its questions come from and answers go to */
void reply(uint64_t unique, int error, const void *body, size_t length);

/* serve.c */
void serve(int fuse);

/* mount.c */
int mount_over(const char *folder);
int enter(const char *pid, char **command);

/* tear.c: writes back a part of what is unsynced below TOP, an ext4 in IMAGE, and answers what; -1 where it cannot */
int tear(int top, const char *image, uint64_t seed, FILE *answers);

/* image.c: ext4 in the file IMAGE in place of the folder, until standard input ends */
int serve_image(const char *folder, const char *image);

#endif
