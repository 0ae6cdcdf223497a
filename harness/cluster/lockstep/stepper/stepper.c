/*
 * Entry of the stepper: takes steps from the harness on descriptor 3 and reports each on descriptor 4.
 *
 *   stepper <seed> <seconds> <program> [arguments]   runs the program, of which no step takes more processor time
 *   stepper --fifos <path>...                        makes named pipes, which the harness cannot
 */
#include "stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORTS 4

enum command { STEP = 1, SIGNAL = 2, END = 3 };
enum report { IDLE = 1, ENDED = 2, TROUBLE = 3 };

struct command_frame {
  uint32_t command, size; /* bytes of input that follow, or the number of the signal */
  int64_t mono, wall;
};

struct report_frame {
  uint32_t report, size;    /* bytes of output that follow */
  int64_t next;             /* virtual monotonic time at which it wants to go on; -1: when it is sent something */
  int32_t code, signal;     /* how it ended; -1: not that way */
  uint32_t notes, words;    /* bytes of text after the output */
};

static int read_all(void *into, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t part = read(COMMANDS, (char *)into + done, size - done);
    if (part == 0 || (part < 0 && errno != EINTR)) return 0;
    if (part > 0) done += (size_t)part;
  }
  return 1;
}

static void write_all(const void *from, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t part = write(REPORTS, (const char *)from + done, size - done);
    if (part < 0 && errno != EINTR) exit(0);
    if (part > 0) done += (size_t)part;
  }
}

static void report(int outcome) {
  const char *output;
  size_t size = waiting_output(&output);
  struct report_frame frame = {.report = IDLE, .size = (uint32_t)size, .next = -1, .code = -1, .signal = -1};
  int64_t next = outcome == 0 ? next_deadline() : NEVER;
  if (next != NEVER) frame.next = next - MONO_BASE;
  if (outcome != 0) {
    frame.report = outcome > 0 ? ENDED : TROUBLE;
    if (WIFEXITED(exit_status)) frame.code = WEXITSTATUS(exit_status);
    else frame.signal = WTERMSIG(exit_status);
  }
  frame.notes = notes;
  frame.words = (uint32_t)strlen(trouble);
  write_all(&frame, sizeof frame);
  if (size > 0) write_all(output, size);
  if (frame.words > 0) write_all(trouble, frame.words);
  forget_output();
}

static int make_fifos(char **paths) {
  for (; *paths != 0; paths++) {
    if (mkfifo(*paths, 0600) < 0 && errno != EEXIST) {
      perror(*paths);
      return 1;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--fifos") == 0) return make_fifos(argv + 2);
  if (argc < 4) return 2;
  fcntl(COMMANDS, F_SETFD, FD_CLOEXEC);
  fcntl(REPORTS, F_SETFD, FD_CLOEXEC);
  seed_random(strtoull(argv[1], 0, 10));
  cpu_limit_s = atoi(argv[2]);
  struct command_frame frame;
  int started = 0;
  while (read_all(&frame, sizeof frame)) {
    now.mono = frame.mono + MONO_BASE;
    now.wall = frame.wall;
    if (frame.command == STEP && frame.size > 0 && !read_all(more_input(frame.size), frame.size)) exit(0);
    if (!started) launch(argv + 3);
    started = 1;
    if (frame.command == SIGNAL) send_signal((int)frame.size);
    int outcome = frame.command == END ? 1 : run_until_idle();
    if (outcome != 0) end_all();
    report(outcome);
    if (outcome != 0) return 0;
  }
  return 0;
}
