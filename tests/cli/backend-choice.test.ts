/** Which backend a run takes, and the reason it gives. */
import { describe, expect, it } from 'vitest';
import { chooseBackend } from '../../cli/backend-choice.ts';
import { obstacle } from '../../cli/sandboxed.ts';
import { findBackend } from '../../harness/cluster/backends.ts';
import type { ResolvedConfig } from '../../harness/config/types.ts';
import type { System } from '../../harness/contracts.ts';

const choose = (config: Partial<ResolvedConfig>, backends: System['backends']) =>
  chooseBackend(
    { backend: null, virtualTime: false, ...config } as ResolvedConfig,
    { name: 'mine', backends } as System,
  );

describe('the backend of a run', () => {
  it('is the one asked for', async () => {
    const { backend, because } = await choose({ backend: 'tcp' }, ['stdio', 'tcp']);
    expect([backend.name, because]).toEqual(['tcp', 'it was asked for']);
  });

  it('is the first its system runs on, otherwise', async () => {
    const { backend, because } = await choose({}, ['tcp', 'stdio']);
    expect([backend.name, because]).toEqual(['tcp', 'mine runs on tcp, stdio, in this order']);
  });

  it('is the next one where the first cannot work here, which the reason says', async () => {
    const { backend, because } = await choose({}, ['netns', 'tcp']);
    const why = await obstacle(findBackend('netns')!);
    expect(backend.name).toBe(why === null ? 'netns' : 'tcp');
    expect(because.includes('not netns: ')).toBe(why !== null);
  });

  it('is none its system does not run on', async () => {
    await expect(choose({ backend: 'netns' }, ['stdio'])).rejects.toThrow(
      /mine does not run on backend netns/,
    );
    await expect(choose({ backend: 'tcp', virtualTime: true }, ['tcp'])).rejects.toThrow(
      /of backend stdio, not of tcp/,
    );
  });
});
