/**
 * What the reference systems have in common: how a node is started on each backend, how a client talks to it
 * and how it is asked who leads.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type {
  Cluster,
  LeaderObservation,
  LogPage,
  NodeAddress,
  NodeId,
  ParameterSpec,
  System,
  SystemContext,
} from '../harness/contracts.ts';
import type { Membership, MembersSeen } from '../harness/membership.ts';
import type { Json } from '../harness/op.ts';
import { lookup, UsageError } from '../harness/registry.ts';
import type { Setting } from './reference/api.ts';
import { PROGRAMS } from './reference/programs.ts';
import { programConfig } from './reference/runtime/arguments.ts';
import { rpcClient } from './rpc.ts';
import { operationsOf, rpcsFor } from './rpc-tables.ts';

/** How long an observer waits for an answer, ms: an observation is only worth something when it is fresh. */
const OBSERVE_TIMEOUT_MS = 500;

/** The parts of a `System` that differ between reference systems. */
export type ReferenceParts = Pick<
  System,
  | 'name'
  | 'summary'
  | 'bugs'
  | 'demo'
  | 'leadership'
  | 'consensus'
  | 'byzantine'
  | 'variants'
  | 'election'
  | 'drawn'
> & {
  /** Workloads the program understands. */
  speaks: readonly string[];
  /** Operations by workload where it does not know all of them. */
  operations?: Readonly<Record<string, readonly string[]>>;
  settings: Readonly<Record<string, Setting>>;
  /** Its nodes answer `members`, `add-member` and `remove-member`. */
  changesMembers?: boolean;
  /** Its nodes answer `log` with a page of their replicated log. */
  showsLog?: boolean;
};

/** A system whose nodes run one reference program. */
export function referenceSystem(parts: ReferenceParts): System {
  const { speaks, operations, settings, showsLog = false, changesMembers = false, ...rest } = parts;
  // By cluster: the same run makes the same names, however many ran before in this process.
  const lives = new WeakMap<Cluster, number>();
  return {
    ...rest,
    backends: ['stdio', 'tcp', 'netns', 'ssh', 'sim'],
    workloads: { ...operationsOf(speaks), ...operations },
    options: optionsOf(settings),
    ready: { kind: 'init' },
    program(address, context, backend) {
      const afar = backend === 'ssh';
      const entry = afar ? compiledFile(BUNDLE) : compiledFile(ENTRY);
      const transport = afar ? 'tcp' : backend;
      const args = [entry, parts.name, '--transport', transport, '--data-dir', address.dataDir];
      for (const bug of context.bugs) args.push('--bug', bug);
      for (const [name, value] of Object.entries(context.options)) {
        if (name in settings) args.push('--set', `${name}=${value}`);
      }
      if (transport === 'tcp') args.push(...tcpArguments(address));
      return afar ? { file: 'node', args, uploads: [entry] } : { file: process.execPath, args };
    },
    simulated(_address, context) {
      const kind = lookup('program', PROGRAMS, parts.name);
      const set = Object.entries(context.options)
        .filter(([name]) => name in settings)
        .map(([name, value]) => `${name}=${value}`);
      return kind.create(programConfig(kind, set, context.bugs));
    },
    async open(node, context, clientName) {
      let count = 0;
      // Names each request, so that one the network delivers twice takes effect once. A client that is opened
      // again under its old name must not repeat a name.
      const life = lives.get(context.cluster) ?? 0;
      lives.set(context.cluster, life + 1);
      const decorate = (body: Record<string, Json>, key?: string) => ({
        ...body,
        request: key ?? `${clientName}.${life}/${count++}`,
      });
      return rpcClient(context.cluster, node, clientName, rpcsFor(context.workload), decorate);
    },
    // Only who promises something about leaders is asked for them.
    ...(parts.leadership === undefined ? {} : { observe }),
    ...(showsLog ? { observeLog } : {}),
    ...(changesMembers ? { membership } : {}),
  };
}

async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const options = { timeoutMs: OBSERVE_TIMEOUT_MS, signal, client: `observer-${node}` };
  return observationOf(await cluster.request(node, { type: 'leader' }, options));
}

/** One page of a node's log. An answer that is none fails the observation, never the run. */
async function observeLog(
  node: NodeId,
  { cluster }: SystemContext,
  from: number,
  signal: AbortSignal,
): Promise<LogPage> {
  const options = { timeoutMs: OBSERVE_TIMEOUT_MS, signal, client: `observer-${node}` };
  const {
    type: _,
    in_reply_to: __,
    msg_id: ___,
    ...page
  } = await cluster.request(node, { type: 'log', from }, options);
  if (!Array.isArray(page['entries'])) throw new Error('the answer holds no entries');
  return page as unknown as LogPage;
}

/** How long a node may take to say who the members are, and to have one added or removed, ms. */
const MEMBERS_TIMEOUT_MS = 500;
const CHANGE_TIMEOUT_MS = 1_000;

/** Administration by requests to the nodes. */
function membership({ cluster }: SystemContext): Membership {
  const client = 'administrator';
  return {
    async members(node, signal) {
      const options = { timeoutMs: MEMBERS_TIMEOUT_MS, signal, client };
      const seen = membersSeen(await cluster.request(node, { ...MEMBERS_QUESTION }, options));
      if (seen === null) throw new Error(`${node} does not say who the members are`);
      return seen;
    },
    async change(node, kind, member, signal) {
      const options = { timeoutMs: CHANGE_TIMEOUT_MS, signal, client };
      await cluster.request(node, memberRequest(kind, member), options);
    },
  };
}

/** Asks who the members are. */
export const MEMBERS_QUESTION = { type: 'members' };

/** What a reply to `members` says; null when it is none. */
export function membersSeen({ voters, index }: Record<string, Json>): MembersSeen | null {
  if (!Array.isArray(voters) || typeof index !== 'number') return null;
  return { members: voters.map(String), version: index };
}

/** Asks to have a member added or removed; `member_ok` confirms it. */
export function memberRequest(kind: 'add' | 'remove', node: NodeId): { type: string; node: NodeId } {
  return { type: `${kind}-member`, node };
}

function tcpArguments(address: NodeAddress): string[] {
  const args = ['--id', address.id, '--listen', `${address.host}:${address.ports['main']}`];
  for (const peer of address.peers) args.push('--peer', `${peer.id}=${peer.host}:${peer.ports['main']}`);
  return args;
}

/** What a reply to `leader` says. */
export function observationOf(reply: Record<string, Json>): LeaderObservation {
  const { leading, leader, term, epoch } = reply;
  return {
    leading: leading === true,
    leader: typeof leader === 'string' ? leader : null,
    term: typeof term === 'number' ? term : null,
    ...(typeof epoch === 'number' ? { epoch } : {}),
  };
}

function optionsOf(settings: Readonly<Record<string, Setting>>): Record<string, ParameterSpec> {
  const entries = Object.entries(settings);
  return Object.fromEntries(
    entries.map(([name, s]) => [
      name,
      typeof s.default === 'boolean'
        ? { summary: s.summary, default: s.default, choices: [true, false] }
        : { summary: s.summary, default: s.default, ...(s.choices ? { choices: s.choices } : {}) },
    ]),
  );
}

const ENTRY = 'reference/main.js';
/** All of it in one file, for machines that have nothing but Node. */
const BUNDLE = 'reference/bundle.mjs';

/** A compiled entry point: node programs run as plain JavaScript, also when this file runs from source. */
function compiledFile(name: string): string {
  const compiled = import.meta.url.endsWith('.js') ? `./${name}` : `../dist/systems/${name}`;
  const path = fileURLToPath(new URL(compiled, import.meta.url));
  if (!existsSync(path)) throw new UsageError(`${path} is missing: run "npm run build" first`);
  return path;
}
