/*
 * The file system in a mount namespace of its own: nobody but those who enter it sees it, and it ends with the last
 * of them. Without root a user namespace around it gives the right to mount; everybody in it stays who they were.
 */
#include "disk.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

static int write_map(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t put = write(fd, text, strlen(text));
  close(fd);
  return put < 0 ? -1 : 0;
}

static int own_namespaces(void) {
  if (unshare(CLONE_NEWNS) == 0) return 0;
  uid_t uid = geteuid();
  gid_t gid = getegid();
  char users[64], groups[64];
  snprintf(users, sizeof users, "%u %u 1", uid, uid);
  snprintf(groups, sizeof groups, "%u %u 1", gid, gid);
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return -1;
  write_map("/proc/self/setgroups", "deny");
  return write_map("/proc/self/uid_map", users) != 0 || write_map("/proc/self/gid_map", groups) != 0 ? -1 : 0;
}

int mount_over(const char *folder) {
  char options[256];
  if (own_namespaces() != 0) return perror("a mount namespace"), -1;
  /* Readable in /proc for those of our user who enter. */
  prctl(PR_SET_DUMPABLE, 1);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return perror("private mounts"), -1;
  int fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fuse < 0) return perror("/dev/fuse"), -1;
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,allow_other", fuse,
           geteuid(), getegid());
  if (mount("faultline", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0) return perror("mounting"), -1;
  return fuse;
}

static int join(const char *pid, const char *kind, int type) {
  char path[64];
  struct stat own, other;
  snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
  if (stat(path, &own) != 0) return -1;
  snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, kind);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &other) != 0) return -1;
  int result = own.st_ino == other.st_ino ? 0 : setns(fd, type);
  close(fd);
  return result;
}

int enter(const char *pid, char **command) {
  char here[4096];
  if (getcwd(here, sizeof here) == NULL) strcpy(here, "/");
  if (join(pid, "user", CLONE_NEWUSER) != 0 || join(pid, "mnt", CLONE_NEWNS) != 0) {
    perror("entering the disk");
    return 126;
  }
  /* The same path, by now another folder. */
  if (chdir(here) != 0) perror(here);
  execvp(command[0], command);
  fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
  return errno == ENOENT ? 127 : 126;
}
