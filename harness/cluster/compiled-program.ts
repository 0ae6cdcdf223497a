/**
 * Small C programs of ours: what Node cannot do itself, compiled with the machine's C compiler on first use and kept,
 * under a name made of their source, in the user's cache.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './processes.ts';

/** Where a program is, or why there is none and what would help. */
export type CompiledProgram = { path: string } | { reason: string; fix?: string };

/** One program of ours. */
export interface SourceProgram {
  /** What it is called in messages and, with a hash behind, in the cache. */
  name: string;
  /** The folder of its source: every `.c` in it is compiled, every file is hashed. */
  folder: URL;
  /** Libraries: `-lm`. */
  libraries?: readonly string[];
}

const FLAGS = ['-O2', '-std=gnu11'];
const COMPILE_MS = 60_000;

/** Finds the compiled program, or compiles it: a second or two, once per version. Never rejects. */
export async function findProgram({ name, folder, libraries = [] }: SourceProgram): Promise<CompiledProgram> {
  const source = fileURLToPath(folder);
  if (!existsSync(source)) return { reason: `the source of the ${name} is not in ${source}` };
  const files = readdirSync(source).sort();
  const hash = createHash('sha256').update([...FLAGS, ...libraries].join(' '));
  for (const file of files) hash.update(file).update(readFileSync(join(source, file)));
  const path = join(writableCache(), `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  const units = files.filter((file) => file.endsWith('.c')).map((file) => join(source, file));
  return compile(name, [...units, ...libraries], path);
}

async function compile(name: string, words: readonly string[], path: string): Promise<CompiledProgram> {
  const compiler = process.env['CC'] ?? 'cc';
  // Renamed when it is whole: two harnesses may compile at once.
  const part = `${path}.${process.pid}`;
  const result = await runCommand(compiler, [...FLAGS, '-o', part, ...words], { timeoutMs: COMPILE_MS });
  if (result.notStarted !== undefined) {
    return {
      reason: `no C compiler (${compiler}: ${result.notStarted})`,
      fix: 'apt-get install gcc libc6-dev',
    };
  }
  if (result.exit.code !== 0) {
    const [first = 'no reason given'] = result.stderr.split('\n').filter((line) => line.includes('error'));
    return {
      reason: `${compiler} does not compile the ${name}: ${first}`,
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
