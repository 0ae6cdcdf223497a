/*
 * echo and unique-ids, in C without a library: it finds the fields it needs in the text of a message.
 *
 *   ids          ids of the node's name, when it was started, and a count
 *   ids count    ids of the node's name and a count: the same again after a restart
 *   ids upper    echoes in capital letters
 *
 * cc -O2 -o ids ids.c
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The text of a field's value, without the quotes of a string; values of echo hold no escaped quote. */
static char *field(const char *line, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *at = strstr(line, key);
  if (at == NULL) return strdup("");
  at += strlen(key);
  if (*at == '"') {
    const char *end = strchr(++at, '"');
    return strndup(at, (size_t)(end - at));
  }
  return strndup(at, strcspn(at, ",}"));
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  char *line = NULL, *me = strdup("");
  size_t size = 0;
  long count = 0;
  struct timespec started;
  clock_gettime(CLOCK_MONOTONIC, &started);
  while (getline(&line, &size, stdin) > 0) {
    char *type = field(line, "type"), *src = field(line, "src"), *id = field(line, "msg_id");
    if (strcmp(type, "init") == 0) me = field(line, "node_id");
    printf("{\"src\":\"%s\",\"dest\":\"%s\",\"body\":{\"in_reply_to\":%s,", me, src, id);
    if (strcmp(type, "init") == 0) {
      printf("\"type\":\"init_ok\"}}\n");
    } else if (strcmp(type, "echo") == 0) {
      char *text = field(line, "echo");
      if (strcmp(mode, "upper") == 0)
        for (char *c = text; *c != '\0'; c++) *c = (char)toupper((unsigned char)*c);
      printf("\"type\":\"echo_ok\",\"echo\":\"%s\"}}\n", text);
      free(text);
    } else if (strcmp(type, "generate") == 0) {
      if (strcmp(mode, "count") == 0) printf("\"type\":\"generate_ok\",\"id\":\"%s-%ld\"}}\n", me, ++count);
      else
        printf("\"type\":\"generate_ok\",\"id\":[\"%s\",%ld,%ld,%ld]}}\n", me, (long)started.tv_sec,
               started.tv_nsec, ++count);
    } else {
      printf("\"type\":\"error\",\"code\":10,\"text\":\"this node does not know it\"}}\n");
    }
    fflush(stdout);
    free(type), free(src), free(id);
  }
  return 0;
}
