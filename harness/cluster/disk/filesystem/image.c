/*
 * The other disk: an ext4 of its own for each node, in a file, through a loop device. A loss of power is the kernel's:
 * FS_IOC_SHUTDOWN throws away what the journal does not hold, and the next mount replays what it does. Needs root.
 * The device lets go of the file with the last user of the mount, however that ends.
 */
#include "disk.h"
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define IMAGE_BYTES (2ull << 30)
#define SHUTDOWN _IOR('X', 125, uint32_t)
#define WITH_LOG 1
#define WITHOUT_LOG 2

static int below = -1; /* the folder under the mount, where the harness leaves files for the node */
static int top = -1;   /* the root of the mount */

static int run(char *const words[]) {
  pid_t child = fork();
  if (child == 0) {
    dup2(2, 1); /* its words are not answers */
    execvp(words[0], words);
    fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* An earlier mount of the same image may not be over yet: its device holds the lock with the file. */
static int locked(const char *image) {
  int fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return perror(image), -1;
  for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
    if (i == 1000) return fprintf(stderr, "%s is still mounted\n", image), -1;
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  return fd;
}

static int formatted(int fd, const char *image) {
  struct stat stat;
  if (fstat(fd, &stat) != 0) return -1;
  if (stat.st_size > 0) return 0;
  if (ftruncate(fd, (off_t)IMAGE_BYTES) != 0) return perror(image), -1;
  /* By descriptor: whatever happens to the name, it is the file that is locked. */
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), fd);
  /* Nothing is encrypted: where something might be, kernels write back by pages and not by whatever was written at once. */
  char *words[] = {"mkfs.ext4", "-q", "-F", "-m", "0", "-O", "encrypt", path, NULL};
  /* Whoever runs without it in the path has it there. */
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  return run(words) == 0 ? 1 : -1;
}

/* A loop device for the file; another process may take the free one first. */
static int attach(int image, char path[32]) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return perror("/dev/loop-control"), -1;
  for (int i = 0; i < 64; i++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) break;
    snprintf(path, 32, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0) break;
    struct loop_config config = {.fd = (uint32_t)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) return close(control), device;
    close(device);
    if (errno != EBUSY) break;
  }
  perror("a loop device");
  close(control);
  return -1;
}

static int copy_in(void) {
  char from[64], to[64];
  /* The descriptors are this process's: the copier has them under other names. */
  snprintf(from, sizeof from, "/proc/%d/fd/%d/.", getpid(), below);
  snprintf(to, sizeof to, "/proc/%d/fd/%d/.", getpid(), top);
  char *words[] = {"cp", "-a", from, to, NULL};
  return run(words);
}

static int mount_image(const char *folder, const char *image) {
  char device_path[32];
  if (unshare(CLONE_NEWNS) != 0) return perror("a mount namespace (root alone mounts ext4)"), -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return perror("private mounts"), -1;
  below = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (below < 0) return perror(folder), -1;
  int file = locked(image);
  if (file < 0) return -1;
  int fresh = formatted(file, image);
  if (fresh < 0) return -1;
  int device = attach(file, device_path);
  if (device < 0) return -1;
  if (mount(device_path, folder, "ext4", MS_NOSUID | MS_NODEV, "commit=300") != 0) return perror("mounting ext4"), -1;
  close(device);
  close(file);
  top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (top < 0) return perror(folder), -1;
  /* Programs may want their data directory empty. */
  if (fresh == 1) unlinkat(top, "lost+found", AT_REMOVEDIR);
  if (fresh == 0) return 0;
  return copy_in() != 0 || syncfs(top) != 0 ? -1 : 0;
}

/* Ends here, with an answer, unless it is refused. Without a seed nothing is torn, and the log ends where it is. */
static void power_off(const char *image, uint64_t seed) {
  uint32_t how = seed == 0 ? WITHOUT_LOG : WITH_LOG;
  if (seed != 0 && tear(top, image, seed, stdout) != 0) return;
  if (ioctl(top, SHUTDOWN, &how) != 0) return;
  if (seed == 0) printf("{}\n");
  fflush(stdout);
  _exit(0);
}

static void answer(const char *line, const char *image) {
  unsigned long long number;
  const char *told = "{}";
  if (strcmp(line, "settle") == 0) {
    if (syncfs(top) != 0) told = "{\"error\":\"could not be synced\"}";
  } else if (strcmp(line, "counts") == 0) {
    told = "{\"reads\":0,\"writes\":0,\"syncs\":0,\"slowed\":0,\"refused\":0,\"lied\":0}";
  } else if (sscanf(line, "power-off %llu", &number) == 1) {
    power_off(image, number);
    told = "{\"error\":\"FS_IOC_SHUTDOWN is refused\"}";
  } else if (strncmp(line, "end-at 0", 8) != 0 && strcmp(line, "rules") != 0 && strncmp(line, "trouble", 7) != 0) {
    told = "{\"error\":\"not understood\"}";
  }
  printf("%s\n", told);
  fflush(stdout);
}

int serve_image(const char *folder, const char *image) {
  static char line[8192];
  if (mount_image(folder, image) != 0) return 1;
  prctl(PR_SET_DUMPABLE, 1);
  printf("{\"event\":\"ready\"}\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    answer(line, image);
  }
  return 4;
}
