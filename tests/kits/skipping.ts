/**
 * A test that is skipped says why where everybody sees it: on screen, with what would let it run.
 */
import { findProgram } from '../../systems/installed.ts';

/** For `skipIf`: true where something is missing, and then says so. `reason` names what is, and what brings it. */
export function skipping(what: string, reason: string | null): boolean {
  if (reason !== null) process.stderr.write(`skipped: ${what}: ${reason}\n`);
  return reason !== null;
}

/** Null where a program is installed; otherwise the Debian packages that bring it. */
export function notInstalled(program: string, debianPackages: string): string | null {
  return findProgram(program) === null ? `not installed: apt-get install ${debianPackages}` : null;
}

/** Null on Linux. */
export const notLinux =
  process.platform === 'linux' ? null : `it needs the /proc of Linux, this is ${process.platform}`;

/** Null for root. */
export const notRoot = process.getuid?.() === 0 ? null : 'only root may: sudo npx vitest run';
