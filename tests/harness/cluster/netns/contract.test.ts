/**
 * The contract of backends, on nodes in namespaces. A test runner lives outside of sandboxes: found there, this file
 * runs itself again inside of one.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findSwitch } from '../../../../harness/cluster/netns/switch-program.ts';
import { insideSandbox } from '../../../../harness/sandbox/command.ts';
import { backendContract } from '../../../kits/backend.ts';
import { againInSandbox } from '../../../kits/sandboxed.ts';

if (insideSandbox()) backendContract('netns');
else {
  describe('backend netns', () => {
    it('keeps the contract of backends', async (context) => {
      const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
      if (skipped !== null) return context.skip(skipped);
      expect(code, output).toBe(0);
    });

    it('has a switch to be joined by', async (context) => {
      const found = await findSwitch();
      if ('reason' in found) return context.skip(found.reason);
      expect(found.path).toMatch(/switch-[0-9a-f]{16}$/);
    });
  });
}
