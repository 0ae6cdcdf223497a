/* What the kernel is answered. */
#include "disk.h"
#include <sys/uio.h>

int kernel = -1;

void reply(uint64_t unique, int error, const void *body, size_t length) {
  struct fuse_out_header out = {
      .len = (uint32_t)(sizeof out + (error == 0 ? length : 0)),
      .error = -error,
      .unique = unique,
  };
  struct iovec parts[2] = {
      {.iov_base = &out, .iov_len = sizeof out},
      {.iov_base = (void *)(uintptr_t)body, .iov_len = error == 0 ? length : 0},
  };
  /* ENOENT: whoever asked has been told to end. */
  if (writev(kernel, parts, parts[1].iov_len > 0 ? 2 : 1) < 0 && errno != ENOENT && errno != ENODEV) {
    fprintf(stderr, "answering the kernel: %s\n", strerror(errno));
  }
}
