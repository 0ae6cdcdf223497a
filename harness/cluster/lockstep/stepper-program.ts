/**
 * The stepper: a small C program that runs another under ptrace, one thread at a time, on a clock that only its
 * harness moves. Node can trace nothing itself, so it is compiled with the machine's C compiler on first use and
 * kept, under a name made of its source, in the user's cache.
 *
 * Why ptrace and a seccomp filter and not a preloaded library: a library sees the calls a program makes through it.
 * It misses the C library's own reads and writes, everything linked statically, and what is asked of the vDSO.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../processes.ts';

/** Where the program is, or why there is none and what would help. */
export type StepperSupport = { path: string } | { reason: string; fix?: string };

const FLAGS = ['-O2', '-std=gnu11'];
const COMPILE_MS = 60_000;

/** Finds the compiled stepper, or compiles it: a second or two, once per version. Never rejects. */
export async function findStepper(): Promise<StepperSupport> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `virtual time needs Linux on x86-64; this is ${process.platform} on ${process.arch}` };
  }
  const folder = fileURLToPath(new URL('./stepper/', import.meta.url));
  if (!existsSync(folder)) return { reason: `the source of the stepper is not in ${folder}` };
  const sources = readdirSync(folder).sort();
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of sources) hash.update(name).update(readFileSync(join(folder, name)));
  const cache = writableCache();
  const path = join(cache, `stepper-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  return compile(
    sources.filter((name) => name.endsWith('.c')).map((name) => join(folder, name)),
    path,
  );
}

async function compile(sources: readonly string[], path: string): Promise<StepperSupport> {
  const compiler = process.env['CC'] ?? 'cc';
  // Renamed when it is whole: two harnesses may compile at once.
  const part = `${path}.${process.pid}`;
  const result = await runCommand(compiler, [...FLAGS, '-o', part, ...sources], { timeoutMs: COMPILE_MS });
  if (result.notStarted !== undefined) {
    return {
      reason: `no C compiler (${compiler}: ${result.notStarted})`,
      fix: 'apt-get install gcc libc6-dev',
    };
  }
  if (result.exit.code !== 0) {
    const [first = 'no reason given'] = result.stderr.split('\n').filter((line) => line.includes('error'));
    return {
      reason: `${compiler} does not compile the stepper: ${first}`,
      fix: 'apt-get install gcc libc6-dev',
    };
  }
  renameSync(part, path);
  return { path };
}

/** The first folder of one's own that can be written to. */
function writableCache(): string {
  const home = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(home, 'faultline');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const own = join(tmpdir(), `faultline-${process.getuid?.() ?? 0}`);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return own;
  }
}
