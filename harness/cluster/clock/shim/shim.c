/*
 * The code that answers clock reads of a skewed process. It is copied into the process's own vDSO pages, so it
 * must be position independent, use no memory but its stack, and only read its control block: those pages are
 * not writable by the process. The harness writes the control block from outside.
 *
 * Built by build.sh into ../shim-x64.ts. Offsets of `struct control` are mirrored in ../control.ts.
 */
typedef long i64;
typedef unsigned long u64;
typedef unsigned int u32;
__extension__ typedef __int128 i128;

struct timespec_k { i64 sec, nsec; };
struct timeval_k { i64 sec, usec; };

/* shown = real + offset + (real - anchor) * rate / 2^32 + (odd half period since anchor ? strobe_delta : 0) */
struct setting {
  i64 offset_ns;
  i64 anchor_ns;
  i64 rate_q32;
  i64 strobe_delta_ns;
  i64 strobe_half_ns; /* 0: no strobe */
};

/*
 * Two settings, one in use. The writer fills the idle one and then increments `generation`, whose lowest bit
 * selects; a reader that saw the generation move reads again. Nobody waits for anybody.
 */
struct control {
  u64 magic;
  volatile u64 generation;
  volatile i64 original; /* distance from here to the displaced clock_gettime; 0: use the system call */
  u32 entries[4];        /* clock_gettime, gettimeofday, time, size of the whole; filled by the linker script */
  struct setting settings[2];
};

extern struct control shim_control __attribute__((visibility("hidden")));

enum { REALTIME = 0, REALTIME_COARSE = 5, REALTIME_ALARM = 8, TAI = 11 };
enum { SYS_GETTIMEOFDAY = 96, SYS_CLOCK_GETTIME = 228 };
#define BILLION 1000000000L

static inline i64 system_call(i64 number, i64 a, i64 b) {
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}

static __attribute__((noinline)) i64 real_clock(int clock, struct timespec_k *out) {
  i64 distance = shim_control.original;
  if (distance) {
    return ((int (*)(int, struct timespec_k *))((char *)&shim_control + distance))(clock, out);
  }
  return system_call(SYS_CLOCK_GETTIME, clock, (i64)out);
}

/* Replaces a real time by the one to show. */
static __attribute__((noinline)) void skew(struct timespec_k *t) {
  i64 real = t->sec * BILLION + t->nsec, shown;
  u64 generation;
  do {
    generation = shim_control.generation;
    __asm__ volatile("" ::: "memory");
    const struct setting *s = &shim_control.settings[generation & 1];
    i64 since = real - s->anchor_ns;
    shown = real + s->offset_ns + (i64)(((i128)since * s->rate_q32) >> 32);
    i64 half = s->strobe_half_ns;
    if (half && (since / half & 1)) shown += s->strobe_delta_ns;
    __asm__ volatile("" ::: "memory");
  } while (shim_control.generation != generation);
  i64 sec = shown / BILLION, nsec = shown % BILLION;
  if (nsec < 0) {
    nsec += BILLION;
    sec--;
  }
  t->sec = sec;
  t->nsec = nsec;
}

int shim_clock_gettime(int clock, struct timespec_k *out) {
  i64 result = real_clock(clock, out);
  if (result == 0 && (clock == REALTIME || clock == REALTIME_COARSE || clock == REALTIME_ALARM || clock == TAI)) {
    skew(out);
  }
  return (int)result;
}

int shim_gettimeofday(struct timeval_k *out, void *zone) {
  i64 result = 0;
  if (zone) result = system_call(SYS_GETTIMEOFDAY, 0, (i64)zone);
  if (out) {
    struct timespec_k t;
    real_clock(REALTIME, &t);
    skew(&t);
    out->sec = t.sec;
    out->usec = t.nsec / 1000;
  }
  return (int)result;
}

i64 shim_time(i64 *out) {
  struct timespec_k t;
  real_clock(REALTIME_COARSE, &t);
  skew(&t);
  if (out) *out = t.sec;
  return t.sec;
}
