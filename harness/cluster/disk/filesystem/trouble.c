/*
 * What is wrong with the disk, as the harness says in lines on standard input; each is answered by one line of JSON.
 *
 *   trouble slow=MS slow-writes=MS slow-reads=MS lie=0|1 full=0|1 read-only=0|1   the whole state; what is not named is off
 *   rule KINDS ERRNO PPM COUNT PATTERN     one more refusal: kinds as letters of rws, count 0 without end
 *   rules                                  no refusals
 *   end-at COUNT PATTERN                   everything ends at the COUNT-th sync from now, which does not happen
 *   settle                                 everything written so far is durable
 *   seed NUMBER                            of refusals by chance
 *   counts
 *   power-off SEED                         unsynced writes are gone; with a seed other than 0 they are torn. The last line
 *
 * A pattern is one of fnmatch(3), of a path below the folder, or of a file name when it has no slash.
 */
#include "disk.h"
#include <fnmatch.h>

#define MOST_RULES 64

struct rule {
  int kinds, error;
  uint32_t ppm;
  uint64_t left; /* of those with an end */
  bool endless;
  char pattern[256];
};

struct counts counts;
bool lying, frozen;
static uint32_t slow_syncs, slow_writes, slow_reads;
static bool full, read_only;
static struct rule rules[MOST_RULES];
static int rule_count;
static uint64_t syncs_left;
static char last_pattern[256];

bool is_full(void) { return full; }

uint32_t slowness(int kinds) {
  uint32_t most = 0;
  if (kinds & SYNCS) most = slow_syncs;
  if ((kinds & WRITES) && slow_writes > most) most = slow_writes;
  if ((kinds & READS) && slow_reads > most) most = slow_reads;
  return most;
}

static bool matches(const char *pattern, const struct inode *inode) {
  if (strcmp(pattern, "*") == 0) return true;
  char path[4096];
  if (inode == NULL || !name_of(inode, path, sizeof path)) return false;
  const char *last = strrchr(path, '/');
  if (strchr(pattern, '/') == NULL && last != NULL) return fnmatch(pattern, last + 1, 0) == 0;
  return fnmatch(pattern, path, 0) == 0;
}

int refusal(int kinds, const struct inode *inode, bool grows) {
  int error = 0;
  if (read_only && (kinds & (WRITES | SYNCS | NAMES))) error = EROFS;
  else if (full && grows) error = ENOSPC;
  for (int i = 0; i < rule_count && error == 0; i++) {
    struct rule *rule = &rules[i];
    if ((rule->kinds & kinds) == 0 || (!rule->endless && rule->left == 0)) continue;
    if (!matches(rule->pattern, inode)) continue;
    if (rule->ppm < 1000000 && random_below(1000000) >= rule->ppm) continue;
    if (!rule->endless) rule->left--;
    error = rule->error;
  }
  if (error != 0) counts.refused++;
  return error;
}

bool last_sync(const struct inode *inode) {
  counts.syncs++;
  if (syncs_left == 0 || !matches(last_pattern, inode)) return false;
  return --syncs_left == 0;
}

static uint64_t number_after(const char *line, const char *name) {
  const char *at = strstr(line, name);
  return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

static void set_trouble(const char *line) {
  slow_syncs = (uint32_t)number_after(line, " slow=");
  slow_writes = (uint32_t)number_after(line, " slow-writes=");
  slow_reads = (uint32_t)number_after(line, " slow-reads=");
  lying = number_after(line, " lie=") != 0;
  full = number_after(line, " full=") != 0;
  read_only = number_after(line, " read-only=") != 0;
}

static bool add_rule(const char *line) {
  char kinds[8], error[16], pattern[256];
  unsigned ppm;
  unsigned long long left;
  if (rule_count == MOST_RULES) return false;
  if (sscanf(line, "rule %7s %15s %u %llu %255[^\n]", kinds, error, &ppm, &left, pattern) != 5) return false;
  struct rule *rule = &rules[rule_count];
  memset(rule, 0, sizeof *rule);
  if (strchr(kinds, 'r') != NULL) rule->kinds |= READS;
  if (strchr(kinds, 'w') != NULL) rule->kinds |= WRITES;
  if (strchr(kinds, 's') != NULL) rule->kinds |= SYNCS;
  rule->error = strcmp(error, "ENOSPC") == 0 ? ENOSPC : strcmp(error, "EROFS") == 0 ? EROFS : EIO;
  rule->ppm = ppm;
  rule->left = left;
  rule->endless = left == 0;
  strcpy(rule->pattern, pattern);
  rule_count++;
  return true;
}

static void power_off(uint64_t seed) {
  struct losses losses = {0};
  uint64_t files = dirty_files(), names = open_names();
  if (seed != 0) seed_random(seed);
  revert_contents(seed != 0, &losses);
  revert_names(seed != 0, &losses);
  printf("{\"unsyncedFiles\":%llu,\"unsyncedNames\":%llu,\"files\":%llu,\"blocks\":%llu,\"bytes\":%llu,"
         "\"names\":%llu,\"problems\":%llu}\n",
         (unsigned long long)files, (unsigned long long)names, (unsigned long long)losses.files,
         (unsigned long long)losses.blocks, (unsigned long long)losses.bytes, (unsigned long long)losses.names,
         (unsigned long long)losses.problems);
  fflush(stdout);
  _exit(0);
}

static void tell_counts(void) {
  printf("{\"reads\":%llu,\"writes\":%llu,\"syncs\":%llu,\"slowed\":%llu,\"refused\":%llu,\"lied\":%llu,"
         "\"unsyncedFiles\":%llu,\"unsyncedNames\":%llu}\n",
         (unsigned long long)counts.reads, (unsigned long long)counts.writes, (unsigned long long)counts.syncs,
         (unsigned long long)counts.slowed, (unsigned long long)counts.refused, (unsigned long long)counts.lied,
         (unsigned long long)dirty_files(), (unsigned long long)open_names());
}

void obey(char *line) {
  unsigned long long number;
  bool known = true;
  if (strncmp(line, "trouble", 7) == 0) {
    set_trouble(line);
  } else if (strncmp(line, "rule ", 5) == 0) {
    known = add_rule(line);
  } else if (strcmp(line, "rules") == 0) {
    rule_count = 0;
  } else if (sscanf(line, "end-at %llu %255[^\n]", &number, last_pattern) == 2) {
    syncs_left = number;
  } else if (strcmp(line, "settle") == 0) {
    settle_all();
    commit_names();
  } else if (sscanf(line, "seed %llu", &number) == 1) {
    seed_random(number);
  } else if (strcmp(line, "counts") == 0) {
    tell_counts();
    fflush(stdout);
    return;
  } else if (sscanf(line, "power-off %llu", &number) == 1) {
    power_off(number);
  } else {
    known = false;
  }
  printf(known ? "{}\n" : "{\"error\":\"not understood\"}\n");
  fflush(stdout);
}
