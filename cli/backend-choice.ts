/**
 * Which backend a run takes, and why: the one asked for, or the first of those its system runs on that works here.
 */
import { type Backend, VIRTUAL_STDIO } from '../harness/cluster/backends.ts';
import type { ResolvedConfig } from '../harness/config/types.ts';
import type { System } from '../harness/contracts.ts';
import { lookup, UsageError } from '../harness/registry.ts';
import { BACKENDS } from './registries.ts';
import { asPossible, obstacle } from './sandboxed.ts';

/** A backend and one clause on why it is this one. */
export interface BackendChoice {
  backend: Backend;
  because: string;
}

/** Throws `UsageError` where what was asked for cannot be. */
export async function chooseBackend(config: ResolvedConfig, system: System): Promise<BackendChoice> {
  const chosen = await wanted(config, system);
  const { backend, because } = await asPossible(chosen.backend);
  return { backend, because: because === null ? chosen.because : `${chosen.because}; ${because}` };
}

async function wanted(config: ResolvedConfig, system: System): Promise<BackendChoice> {
  const { backend: asked, virtualTime } = config;
  if (virtualTime) {
    if ((asked ?? 'stdio') === 'stdio')
      return { backend: VIRTUAL_STDIO, because: 'virtual time is of stdio' };
    throw new UsageError(`--virtual-time is of backend stdio, not of ${asked}`, {
      hint: asked === 'sim' ? 'leave it out: sim has simulated time of its own' : 'say --backend stdio',
    });
  }
  if (asked === null || asked === undefined) return firstThatWorks(system);
  const backend = lookup('backend', BACKENDS, asked);
  if (system.backends.includes(backend.name)) return { backend, because: 'it was asked for' };
  throw new UsageError(`${system.name} does not run on backend ${asked}`, {
    hint: `it runs on ${system.backends.join(', ')}`,
  });
}

async function firstThatWorks(system: System): Promise<BackendChoice> {
  const [first] = system.backends;
  const passed: string[] = [];
  for (const name of system.backends) {
    const backend = lookup('backend', BACKENDS, name);
    const why = await obstacle(backend);
    if (why === null) {
      const order = `${system.name} runs on ${system.backends.join(', ')}, in this order`;
      return { backend, because: [order, ...passed].join('; ') };
    }
    passed.push(`not ${name}: ${why}`);
  }
  // None works: the first says so itself, in its own words and with what would help.
  return { backend: lookup('backend', BACKENDS, first!), because: passed.join('; ') };
}
