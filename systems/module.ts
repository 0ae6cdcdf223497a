/**
 * A node program of the user's own as a module, inside the simulator: any code that reacts to messages,
 * asynchronous or not. It answers the requests of the workloads as Maelstrom nodes do.
 */
import type { System } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { UsageError } from '../harness/registry.ts';
import { GuardedProgram } from '../harness/sim/guarded-program.ts';
import { loadNodeModule, type NodeModule } from '../harness/sim/node-module.ts';
import { currentTimeline } from '../harness/sim/virtual-time.ts';
import { maelstromWorkloads, openMaelstrom } from './maelstrom.ts';
import { PROTOCOL_WORKLOADS } from './rpc-maelstrom.ts';

/** What the reference systems are asked that Maelstrom's nodes are not. */
const BEYOND = ['last-write', 'lock', 'or-set', 'cart', 'queue', 'requests'];

/** `--system module --set module=./node.ts`. */
export const moduleSystem: System = {
  name: 'module',
  summary: 'a node program of your own, a JavaScript or TypeScript module, in the simulator',
  backends: ['sim'],
  workloads: maelstromWorkloads([...PROTOCOL_WORKLOADS, ...BEYOND]),
  options: {
    module: { summary: 'path of the module', default: '' },
    set: { summary: 'requests of the set workload', default: 'g-set', choices: ['g-set', 'broadcast'] },
  },
  bugs: {},
  ready: { kind: 'init' },
  program() {
    throw new UsageError('the system module runs on the backend sim only', { hint: '--backend sim' });
  },
  check: (options) => void moduleOf(options),
  simulated: (_address, { options }) => new GuardedProgram(moduleOf(options)(), currentTimeline()),
  open: openMaelstrom,
};

/** The module that the options name. Throws `UsageError` for none, and for one that makes no nodes. */
function moduleOf(options: Readonly<Record<string, Json>>): NodeModule {
  const path = options['module'];
  if (typeof path === 'string' && path !== '') return loadNodeModule(path);
  throw new UsageError('module needs the module to run', { hint: '--set module=./node.ts' });
}
