/** May this process open enough files and sockets? */
import fs from 'node:fs';
import { runCommand } from '../cluster/processes.ts';
import type { Probe } from './probe.ts';

/** Every link of a tcp cluster costs two, every client connection four. */
const NEEDED = 1024;

/** The soft limit of open files. Node raises it to the hard limit at start where it may. */
export const openFilesProbe: Probe = {
  name: 'open files',
  costs: 'clusters of many nodes and clients: each connection through a link costs several descriptors',
  timeoutMs: 3000,
  run: async () => {
    const limit = fs.existsSync('/proc/self/limits') ? limitFromProc() : await limitFromShell();
    if (limit === null) return { ok: false, detail: 'the limit cannot be read' };
    const detail = `limit ${limit === Number.POSITIVE_INFINITY ? 'unlimited' : limit}`;
    return limit >= NEEDED ? { ok: true, detail } : { ok: false, detail, fix: 'ulimit -n 65536' };
  },
};

function limitFromProc(): number | null {
  return parseLimit(/^Max open files\s+(\S+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1]);
}

async function limitFromShell(): Promise<number | null> {
  const result = await runCommand('/bin/sh', ['-c', 'ulimit -n'], { timeoutMs: 2000 });
  return parseLimit(result.stdout.trim());
}

/** A limit as the system prints it; null when it is not one. */
export function parseLimit(text: string | undefined): number | null {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
