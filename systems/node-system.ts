/**
 * A system whose nodes are a module of the user's own that reacts to messages: the same module runs as processes that
 * speak the Maelstrom protocol, and inside the simulator.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { System } from '../harness/contracts.ts';
import { UsageError } from '../harness/registry.ts';
import { GuardedProgram, made } from '../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../harness/sim/node-module.ts';
import { currentTimeline } from '../harness/sim/virtual-time.ts';
import { maelstromWorkloads, openMaelstrom } from './maelstrom.ts';

/** What such a system says of itself; everything else of a `System` may be said, too. */
export interface NodeSystemParts extends Partial<Omit<System, 'workloads'>> {
  name: string;
  summary: string;
  /** The module of its nodes: `new URL('./my-node.ts', import.meta.url)`. */
  module: URL | string;
  /** Workloads whose requests the nodes answer, by their names here or in Maelstrom. */
  speaks: readonly string[];
}

/**
 * The system: its default export is called with the node, and with `{ options, bugs }`. In a process these come in the
 * environment, as JSON.
 */
export function nodeSystem({ module, speaks, ...parts }: NodeSystemParts): System {
  const path = module instanceof URL || module.startsWith('file:') ? fileURLToPath(module) : module;
  return {
    backends: ['stdio', 'sim'],
    bugs: {},
    ready: { kind: 'init' },
    program: ({ dataDir }, { options, bugs }) => ({
      file: process.execPath,
      args: [nodeEntry(), path, dataDir],
      env: { FAULTLINE_SETTINGS: JSON.stringify({ options, bugs }) },
    }),
    simulated: (_address, { options, bugs }) => {
      const factory = loadNodeModule(path)();
      return new GuardedProgram((node) => made(factory, node, { options, bugs }), currentTimeline());
    },
    open: openMaelstrom,
    ...parts,
    workloads: maelstromWorkloads(speaks),
  };
}

function nodeEntry(): string {
  const compiled = import.meta.url.endsWith('.js') ? './node-main.js' : '../dist/systems/node-main.js';
  const path = fileURLToPath(new URL(compiled, import.meta.url));
  if (!existsSync(path)) throw new UsageError(`${path} is missing: run "npm run build" first`);
  return path;
}
