import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../../harness/config/command-types.ts';
import { commandExtras } from '../../../systems/command/run-extras.ts';

describe('commandExtras', () => {
  const command = {
    ports: [
      { name: 'api', base: 7000 },
      { name: 'peer', base: null },
    ],
    restart: { policy: 'on-crash', delayMs: 100, limit: 3 },
    ready: { kind: 'none', timeoutMs: 4_000 },
  } as unknown as CommandSpec;

  it('gives every node its fixed ports, and the restarts and patience of the command', () => {
    expect(commandExtras(command, ['a', 'b'])).toEqual({
      restart: { policy: 'on-crash', delayMs: 100, max: 3 },
      readyMs: 4_000,
      fixedPorts: { a: { api: 7000 }, b: { api: 7001 } },
    });
  });

  it('says nothing of ports that are chosen free', () => {
    const free = { ...command, ports: [{ name: 'main', base: null }] };
    expect(commandExtras(free, ['a'])).not.toHaveProperty('fixedPorts');
  });
});
