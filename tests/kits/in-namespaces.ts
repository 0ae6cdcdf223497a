/**
 * Real systems in namespaces: found outside of a sandbox, a file of them runs itself again inside of one.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { insideSandbox } from '../../harness/sandbox/command.ts';
import { systems } from '../../systems/index.ts';
import { againInSandbox } from './sandboxed.ts';
import { servesOn } from './system.ts';

/** Tries each of these systems that is installed here; `file` is the URL of the test file. */
export function servesInNamespaces(
  file: string,
  installed: Readonly<Record<string, boolean>>,
  single: ReadonlySet<string> = new Set(),
): void {
  if (!insideSandbox()) {
    it('serves in namespaces', { timeout: 240_000 }, async (context) => {
      const { skipped, code, output } = await againInSandbox(fileURLToPath(file));
      if (skipped !== null) return context.skip(skipped);
      expect(code, output).toBe(0);
    });
    return;
  }
  describe.each(Object.keys(installed))('%s', (name) => {
    if (installed[name] === true)
      servesOn(systems[name]!, 'netns', { slow: true, nodes: single.has(name) ? 1 : 3 });
    else it.skip(`${name} is not installed`);
  });
}

/** Whether the user PostgreSQL runs as can be become: not by others than root, nor where there is root alone. */
export function canBePostgres(): boolean {
  if (process.getuid?.() !== 0) return false;
  return readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some((line) => Number(line.trim().split(/\s+/)[2]) > 1000);
}
