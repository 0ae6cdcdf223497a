/**
 * Real systems in namespaces: found outside of a sandbox, a file of them runs itself again inside of one.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { insideSandbox } from '../../harness/sandbox/command.ts';
import { systems } from '../../systems/index.ts';
import { missingFor, missingInSandboxFor } from './missing.ts';
import { againInSandbox } from './sandboxed.ts';
import { skipping } from './skipping.ts';
import { servesOn } from './system.ts';

/** Tries each of these systems that is installed here, with so many nodes; `file` is the URL of the test file. */
export function servesInNamespaces(file: string, names: Readonly<Record<string, number>>): void {
  if (!insideSandbox()) {
    // What the sandbox prints is read by nobody while all is well.
    for (const name of Object.keys(names)) skipping(`${name} in namespaces`, missingFor(name));
    it('serves in namespaces', { timeout: 240_000 }, async (context) => {
      const { skipped, code, output } = await againInSandbox(fileURLToPath(file));
      if (skipped !== null) return context.skip(skipped);
      expect(code, output).toBe(0);
    });
    return;
  }
  describe.each(Object.entries(names))('%s', (name, nodes) => {
    const missing = missingInSandboxFor(name);
    if (missing === null) servesOn(systems[name]!, 'netns', { slow: true, nodes });
    else it('serves in namespaces', (context) => context.skip(missing));
  });
}
