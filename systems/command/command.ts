/**
 * A system made from the command section of a config: any program, without TypeScript.
 */
import type { CommandSpec, LeaderSpec } from '../../harness/config/command-types.ts';
import {
  type BackendName,
  type LeaderObservation,
  OpFailure,
  type ReadyProbe,
  type System,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { UsageError } from '../../harness/registry.ts';
import { testedFiles } from '../installed.ts';
import { maelstromWorkloads, openMaelstrom } from '../maelstrom.ts';
import { find } from './answer.ts';
import { Asker, PROBE_TIMEOUT_MS, type Reply } from './ask.ts';
import { logReader } from './log-probe.ts';
import { commandMembership } from './members.ts';
import { fillWith, startValues, type Values } from './names.ts';
import { completion } from './operation.ts';

/** Makes the system; throws `UsageError` when the section cannot work. */
export function commandSystem(spec: CommandSpec, inContainers = false): System {
  if (spec.maelstrom === null && Object.keys(spec.operations).length === 0) {
    throw new UsageError('command: no operations and no maelstrom protocol, so no workload can run', {
      hint: 'add command.operations.<workload>.<operation>, or maelstrom: true',
    });
  }
  const { leader, leadership, log, members } = spec;
  return {
    name: 'command',
    summary: spec.start[0] === undefined ? 'what its image starts' : `the program ${spec.start[0]}`,
    backends: backendsOf(spec, inContainers),
    workloads: workloadsOf(spec),
    ports: spec.ports.map(({ name }) => name),
    bugs: {},
    ...(leadership === null ? {} : { leadership }),
    program(address, context, backend) {
      const values = startValues(spec, address, context.nodes);
      const [file, ...args] = spec.start.map((part) => fillWith(part, values));
      const env = Object.entries(spec.env).map(([name, value]) => [name, fillWith(value, values)]);
      return {
        // Nothing: what the image of a container starts.
        file: file ?? '',
        args,
        env: Object.fromEntries(env),
        // Folders of this machine are not those of a container, or of another machine.
        ...((backend === 'docker' || backend === 'ssh') && spec.cwdGiven !== true
          ? {}
          : { cwd: fillWith(spec.cwd, values) }),
        stopSignal: spec.stop,
        ready: readyProbe(spec, values),
      };
    },
    // Templates differ from node to node, so each program carries its own probe.
    ready: { kind: spec.ready.kind === 'init' ? 'init' : 'none' },
    async open(node, context, clientName) {
      if (spec.maelstrom !== null) return openMaelstrom(node, context, clientName);
      const operations = spec.operations[context.workload] ?? {};
      const asker = new Asker(spec, context.cluster, node);
      let count = 0;
      return {
        async invoke(op, { signal, timeoutMs, key = `${clientName}/${count++}` }) {
          const operation = operations[op.f];
          if (operation === undefined) {
            throw new OpFailure({ definite: true, kind: 'not-supported', message: `no mapping for ${op.f}` });
          }
          return completion(
            operation,
            op,
            await asker.ask(operation.request, op, { signal, timeoutMs, key }),
          );
        },
        close: () => asker.close(),
      };
    },
    ...(leader === null ? {} : { observe: observer(spec, leader) }),
    ...(log === null ? {} : { observeLog: logReader(spec, log) }),
    ...(members === undefined ? {} : { membership: commandMembership(spec, members) }),
    programs: () => testedFiles(spec.start, spec.cwd),
    crashPatterns: spec.crashPatterns,
  };
}

/** Where its nodes can run, the first by default. */
function backendsOf(spec: CommandSpec, inContainers: boolean): BackendName[] {
  if (spec.maelstrom !== null) return ['stdio'];
  const here: BackendName[] = spec.start.length > 0 ? ['tcp', 'netns', 'ssh'] : [];
  return inContainers ? ['docker', ...here] : here;
}

function workloadsOf(spec: CommandSpec): Record<string, readonly string[]> {
  if (spec.maelstrom !== null) return maelstromWorkloads(spec.maelstrom);
  const entries = Object.entries(spec.operations);
  return Object.fromEntries(entries.map(([workload, operations]) => [workload, Object.keys(operations)]));
}

/** The readiness probe of one node, its templates filled in. */
function readyProbe(spec: CommandSpec, values: Values): ReadyProbe {
  const { ready } = spec;
  switch (ready.kind) {
    case 'http':
      return { kind: 'http', path: fillWith(ready.path, values), status: ready.status, ...port(ready.port) };
    case 'tcp':
      return { kind: 'tcp', ...port(ready.port) };
    case 'command': {
      const [file, ...args] = ready.argv.map((part) => fillWith(part, values));
      return { kind: 'command', file: file!, args };
    }
    case 'log':
      return { kind: 'log', pattern: ready.pattern };
    default:
      return { kind: ready.kind };
  }
}

function port(name: string | null): { port?: string } {
  return name === null ? {} : { port: name };
}

/** Asks one node who leads; a fresh connection each time, so that a broken one cannot mislead. */
function observer(spec: CommandSpec, leader: LeaderSpec): NonNullable<System['observe']> {
  return async (node, { cluster }, signal) => {
    const asker = new Asker(spec, cluster, node);
    try {
      const call = { signal, timeoutMs: PROBE_TIMEOUT_MS };
      return observation(leader, node, await asker.ask(leader.request, null, call));
    } finally {
      await asker.close();
    }
  };
}

/** What a reply says about leadership; a refusal or a missing object says that this node does not lead. */
function observation(spec: LeaderSpec, node: string, reply: Reply): LeaderObservation {
  if (reply.kind !== 'answer') return { leading: false, leader: null, term: null };
  const look = (where: LeaderSpec['term']): Json | undefined =>
    where === null ? undefined : find(where, reply.answer);
  const leader = look(spec.leader);
  const term = look(spec.term);
  const leading = spec.leading === null ? leader === node : look(spec.leading) === true;
  return {
    leading,
    leader: typeof leader === 'string' && leader !== '' ? leader : null,
    term: typeof term === 'number' ? term : null,
  };
}
