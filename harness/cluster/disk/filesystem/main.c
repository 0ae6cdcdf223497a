/*
 * faultline-disk serve FOLDER GRAVES     puts the disk over FOLDER; lines of trouble.c on standard input
 * faultline-disk image FOLDER IMAGE     puts an ext4 of its own over FOLDER; lines of image.c on standard input
 * faultline-disk enter PID COMMAND...    runs a command where the disk of that server is, in place of itself
 */
#include "disk.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void raise_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words) {
  if (count >= 4 && strcmp(words[1], "enter") == 0) return enter(words[2], words + 3);
  bool image = count == 4 && strcmp(words[1], "image") == 0;
  if (!image && (count != 4 || strcmp(words[1], "serve") != 0)) {
    fprintf(stderr, "usage: %s serve FOLDER GRAVES | image FOLDER IMAGE | enter PID COMMAND...\n", words[0]);
    return 2;
  }
  pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return 1;
  signal(SIGPIPE, SIG_IGN);
  raise_limit();
  if (image) return serve_image(words[2], words[3]);
  umask(0);
  open_root(words[2], words[3]);
  int fuse = mount_over(words[2]);
  if (fuse < 0) return 1;
  /* Credentials have changed, and with them what the kernel remembered. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  printf("{\"event\":\"ready\"}\n");
  fflush(stdout);
  serve(fuse);
}
