/**
 * The file system of ours: one C program (filesystem/) that speaks to the kernel itself, without any library. And
 * whether it works here, found by mounting one: kernels and containers refuse for too many reasons to guess.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CompiledProgram, findProgram } from '../compiled-program.ts';
import type { OwnDisks } from '../options.ts';
import { DiskServer } from './disk-server.ts';

/** The program that works here, or why none does and the command that may help. */
export type DiskSupport = OwnDisks | { reason: string; fix?: string };

/** Finds the compiled program, or compiles it: half a second, once per version. Never rejects. */
export async function findDisk(): Promise<CompiledProgram> {
  if (process.platform !== 'linux') return { reason: `FUSE is of Linux; this is ${process.platform}` };
  return findProgram({ name: 'disk', folder: new URL('./filesystem/', import.meta.url) });
}

/** Mounts a disk over a folder of its own for a moment; some 20 ms. Never rejects. */
export function detectDiskSupport(): Promise<DiskSupport> {
  return tryDisk('disk-trial', {});
}

/** The same for an ext4 on a loop device; some 100 ms. Never rejects. */
export async function detectJournalSupport(): Promise<DiskSupport> {
  if (process.platform === 'linux' && process.getuid?.() !== 0)
    return { reason: 'root alone may mount an ext4', fix: 'sudo npx faultline ...' };
  // Few names, so that harnesses that are killed meanwhile leave few files.
  const image = `trial-${process.pid % 8}.ext4`;
  return tryDisk('journal-trial', { image });
}

async function tryDisk(name: string, { image }: { image?: string }): Promise<DiskSupport> {
  const program = await findDisk();
  if (!('path' in program)) return program;
  // One and the same beside the program: a harness that is killed meanwhile leaves nothing new.
  const base = join(dirname(program.path), name);
  const folder = join(base, 'data');
  mkdirSync(folder, { recursive: true });
  const words = openSync(join(base, `words-${process.pid % 8}`), 'w+');
  try {
    const server = await DiskServer.start({
      program: program.path,
      folder,
      graves: join(base, 'removed'),
      stderrFd: words,
      ...(image === undefined ? {} : { image: join(base, image) }),
    });
    await server.close();
    return { program: program.path, ...(image === undefined ? {} : { kind: 'journal' as const }) };
  } catch (error) {
    const reason = (error as Error).message;
    return { reason, ...fixFor(reason) };
  } finally {
    closeSync(words);
    if (image !== undefined) rmSync(join(base, image), { force: true });
  }
}

function fixFor(reason: string): { fix?: string } {
  if (/\/dev\/fuse: No such (file|device)/.test(reason)) return { fix: 'sudo modprobe fuse' };
  if (/\/dev\/fuse: Permission/.test(reason)) return { fix: 'sudo chmod 666 /dev/fuse' };
  if (/a mount namespace \(root/.test(reason))
    return { fix: 'run outside of a container, or in one with --privileged' };
  if (/mkfs\.ext4/.test(reason)) return { fix: 'apt-get install e2fsprogs' };
  if (/loop/.test(reason)) return { fix: 'sudo modprobe loop' };
  if (/ext4/.test(reason)) return { fix: 'sudo modprobe ext4' };
  if (/mount/.test(reason)) {
    return {
      fix: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1, or root',
    };
  }
  return {};
}
