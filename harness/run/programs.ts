/**
 * Which programs a run tested: the version each gives of itself, or the hash of the file where it gives none. Asked on
 * this machine, so only of backends that run nodes on it; a container has its image instead.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { runCommand } from '../cluster/processes.ts';
import type { BackendName, System, TestedProgram } from '../contracts.ts';
import type { Json } from '../op.ts';
import type { ProgramInfo } from '../store/files.ts';

/** Backends whose nodes are processes of this machine, started from its own files. */
const HERE: ReadonlySet<BackendName> = new Set(['stdio', 'tcp', 'netns']);
const ASK_MS = 3_000;
/** Larger files are not read for their hash. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The programs of a system with what they say of themselves. Never rejects: what cannot be asked is left out. */
export async function describePrograms(
  system: Pick<System, 'programs'>,
  options: Readonly<Record<string, Json>>,
  backend: BackendName,
): Promise<ProgramInfo[]> {
  if (system.programs === undefined || !HERE.has(backend)) return [];
  const found = await Promise.all(system.programs(options).map(describe));
  return found.filter((one) => one !== null);
}

async function describe({ name, file, version, ask }: TestedProgram): Promise<ProgramInfo | null> {
  try {
    if (version !== undefined) return { name, file, version };
    const said = ask === undefined ? null : await answer(file, ask);
    if (said !== null) return { name, file, version: said };
    return statSync(file).size > MOST_BYTES ? null : { name, file, sha256: await hashOf(file) };
  } catch {
    // Whether it can be started at all is for the run to find out, and to say.
    return null;
  }
}

/** The first line a program writes when it is asked for its version. */
async function answer(file: string, args: readonly string[]): Promise<string | null> {
  const { exit, stdout, stderr } = await runCommand(file, args, { timeoutMs: ASK_MS });
  const line = `${stdout}\n${stderr}`.split('\n').find((one) => one.trim() !== '');
  return exit.code === 0 && line !== undefined ? line.trim().slice(0, 200) : null;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}
