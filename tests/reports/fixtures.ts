/**
 * Runs as real ones leave them, made from a seed: a bully cluster that splits, a register that loses a write,
 * and runs that pass, give up, prove too little or break. For tests of reporters, and for looking at their
 * output without a cluster.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyOf } from '../../harness/history/builder.ts';
import type { Json, Op } from '../../harness/op.ts';
import { type Rng, Seed } from '../../harness/random.ts';
import { assembleModel, type RunParts } from '../../reports/assemble.ts';
import type { ReportModel } from '../../reports/model.ts';

const S = 1e9;
const MS = 1e6;
export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

type Draft = Omit<Op, 'index'>;

/** Lines in any order; sorted by time and numbered at the end. */
class Script {
  readonly lines: Draft[] = [];
  readonly rng: Rng;

  constructor(seed: number) {
    this.rng = Seed.of(seed).fork('fixture').rng();
  }

  pair(from: number, to: number, invoke: Draft, completion: Partial<Draft>): void {
    this.lines.push({ ...invoke, time: from });
    this.lines.push({ ...invoke, ...completion, time: to } as Draft);
  }

  ops(): Op[] {
    const ordered = this.lines
      .map((line, at) => ({ line, at }))
      .sort((a, b) => a.line.time - b.line.time || a.at - b.at);
    return ordered.map(({ line }, index) => ({ ...line, index }));
  }

  latency(base = 1.2): number {
    return (base + this.rng.exponential(base * 0.8)) * MS;
  }
}

interface FaultPlan {
  id: string;
  fault: string;
  mode: string;
  lane: string;
  nodes: string[];
  from: number;
  to: number;
  params?: Record<string, Json>;
  summary: string;
  undo: string;
  bit?: boolean | null;
  state?: 'installed' | 'skipped' | 'failed';
}

function injectFaults(script: Script, faults: readonly FaultPlan[]): Json[] {
  return faults.map((fault) => {
    const { id, mode, nodes, lane, params = {}, state = 'installed', bit = true } = fault;
    const target = nodes.length === 1 ? 'one' : 'minority';
    const value = { id, fault: fault.fault, mode, nodes, target, params };
    const evidence = (summary: string): Json => ({ state, bit, summary, measures: { dropped: 41 } });
    const base = { process: `nemesis:${lane}`, type: 'invoke' as const, phase: 'load' as const, value };
    script.pair(
      fault.from,
      fault.from + 3 * MS,
      { ...base, time: 0, f: `inject-${fault.fault}` },
      { type: state === 'installed' ? 'ok' : 'fail', value: { ...value, evidence: evidence(fault.summary) } },
    );
    if (state === 'installed') {
      script.pair(
        fault.to,
        fault.to + 2 * MS,
        { ...base, time: 0, f: `undo-${fault.fault}` },
        { type: 'ok', value: { ...value, evidence: evidence(fault.undo) } },
      );
    }
    return {
      ...value,
      lane,
      state,
      bit,
      plannedNs: fault.from,
      fromNs: state === 'installed' ? fault.from + 3 * MS : null,
      toNs: state === 'installed' ? fault.to + 2 * MS : null,
      inject: evidence(fault.summary),
      undo: state === 'installed' ? evidence(fault.undo) : null,
      span: { label: fault.fault, colour: ['partition', 'kill', 'pause', 'clock'].indexOf(fault.fault) },
    };
  });
}

const ENVIRONMENT = {
  faultline: '0.1.0',
  node: 'v20.20.0',
  platform: 'linux',
  arch: 'x64',
  os: 'Debian GNU/Linux 13, 6.12.1',
  cpu: 'Intel Xeon',
  cpus: 2,
  memoryBytes: 25_200_000_000,
  commit: '4e1d0c9',
  ci: false,
  clockMechanism: 'vdso',
};

const STAGES = (loadEnd: number): Json[] => [
  { phase: 'setup', fromNs: 0, toNs: 0.4 * S },
  { phase: 'load', fromNs: 0.4 * S, toNs: loadEnd },
  { phase: 'heal', fromNs: loadEnd, toNs: loadEnd + 0.05 * S },
  { phase: 'settle', fromNs: loadEnd + 0.05 * S, toNs: loadEnd + 1.1 * S },
  { phase: 'final', fromNs: loadEnd + 1.1 * S, toNs: loadEnd + 1.2 * S },
];

function runFile(name: string, over: Record<string, Json>): Record<string, Json> {
  return {
    schema: 1,
    id: `${name}/20261122T213736.123Z-7`,
    name,
    command: `faultline run ${name} --seed 7`,
    seed: 7,
    system: 'raft',
    workload: 'register',
    backend: 'stdio',
    nodes: NODES,
    bugs: [],
    started: '2026-11-22T21:37:36.123Z',
    ended: '2026-11-22T21:37:49.001Z',
    durationMs: 11_700,
    endedBy: 'time limit',
    phases: [],
    missing: [],
    environment: ENVIRONMENT,
    ...over,
  };
}

export const GATES: Json[] = [
  {
    name: 'operations',
    claim: 'at least 20 operations were acknowledged',
    holds: true,
    value: 391,
    threshold: 20,
  },
  { name: 'faults', claim: 'every planned fault was injected', holds: true, value: 2, threshold: 2 },
];

function parts(
  folder: string,
  script: Script,
  files: Omit<RunParts, 'folder' | 'history' | 'logs' | 'problems'>,
) {
  const history = historyOf(script.ops());
  return { folder, history, logs: [], problems: [], ...files } satisfies RunParts;
}

// ---------------------------------------------------------------- bully

interface Reign {
  node: string;
  term: number;
  from: number;
  to: number;
  /** Nodes that follow it meanwhile. */
  followers: string[];
}

/** Two partitions; on each side of each one, the highest node of the side leads. */
const REIGNS: readonly Reign[] = [
  { node: 'n5', term: 1, from: 0.45 * S, to: 5.1 * S, followers: ['n1', 'n2', 'n3', 'n4'] },
  { node: 'n2', term: 2, from: 2.62 * S, to: 5.08 * S, followers: ['n1'] },
  { node: 'n5', term: 3, from: 5.2 * S, to: 11.7 * S, followers: ['n1', 'n2', 'n3', 'n4'] },
  { node: 'n3', term: 4, from: 7.6 * S, to: 9.05 * S, followers: ['n1', 'n2'] },
];

function reignOf(node: string, at: number): Reign | undefined {
  const own = REIGNS.findLast((reign) => reign.node === node && at >= reign.from && at < reign.to);
  if (own !== undefined) return own;
  return REIGNS.findLast((reign) => reign.followers.includes(node) && at >= reign.from && at < reign.to);
}

function observe(script: Script, until: number): void {
  for (const [n, node] of NODES.entries()) {
    for (let at = 0.42 * S + n * 7 * MS; at < until; at += 100 * MS) {
      const took = script.latency(0.5);
      const reign = reignOf(node, at + took / 2);
      const said: Json = {
        leading: reign?.node === node,
        leader: reign?.node ?? null,
        term: reign?.term ?? null,
      };
      const invoke: Draft = {
        time: 0,
        process: `observer:${node}`,
        type: 'invoke',
        f: 'leader',
        value: null,
        node,
        phase: 'load',
      };
      script.pair(at, at + took, invoke, { type: 'ok', value: said });
    }
  }
}

function command(script: Script, until: number): void {
  let next = 1;
  for (let process = 0; process < 5; process++) {
    for (let at = 0.5 * S + process * 11 * MS; at < until; ) {
      const node = script.rng.pick(NODES);
      const took = script.latency();
      const reign = REIGNS.find((one) => one.node === node && at >= one.from && at < one.to);
      const invoke: Draft = {
        time: 0,
        process,
        type: 'invoke',
        f: 'command',
        value: next++,
        node,
        phase: 'load',
      };
      const refused = { definite: true, kind: 'not-leader', message: `${node} does not lead` };
      script.pair(
        at,
        at + took,
        invoke,
        reign === undefined
          ? { type: 'fail', error: refused }
          : { type: 'ok', value: { command: invoke.value, term: reign.term, by: node } },
      );
      at += took + script.rng.int(15, 60) * MS;
    }
  }
}

/** The demo: a bully cluster under two partitions; two leaders at once, each accepting commands. */
export function bullyParts(): RunParts {
  const script = new Script(7);
  const faults = injectFaults(script, [
    {
      id: 'partition-1',
      fault: 'partition',
      mode: 'halves',
      lane: 'network',
      nodes: ['n1', 'n2'],
      params: {
        groups: [
          ['n1', 'n2'],
          ['n3', 'n4', 'n5'],
        ],
      },
      from: 2 * S,
      to: 5 * S,
      summary: 'probe n1 -> n3 refused, probe n3 -> n1 refused',
      undo: '412 messages dropped; probe n1 -> n3 open',
    },
    {
      id: 'partition-2',
      fault: 'partition',
      mode: 'majority',
      lane: 'network',
      nodes: ['n4', 'n5'],
      params: {
        groups: [
          ['n4', 'n5'],
          ['n1', 'n2', 'n3'],
        ],
      },
      from: 7 * S,
      to: 9 * S,
      summary: 'probe n4 -> n1 refused',
      undo: '287 messages dropped; probe n4 -> n1 open',
    },
  ]);
  observe(script, 11.6 * S);
  command(script, 10.4 * S);
  const made = parts('.faultline/demo-bully/20261122T213736.123Z-7', script, {});
  const anomalies = [splitBrain(made, REIGNS[0]!, REIGNS[1]!), splitBrain(made, REIGNS[2]!, REIGNS[3]!)];
  const sentence = anomalies[0]!['sentence']!;
  const checkers = {
    'election-safety': {
      verdict: 'fail',
      anomalies,
      anomalyCount: 2,
      millis: 38,
      options: { leadership: 'exclusive' },
      stats: { observations: 540, terms: 4, overlaps: 2 },
    },
    'election-liveness': {
      verdict: 'pass',
      anomalies: [],
      millis: 12,
      options: { boundMs: 10_000 },
      stats: { 'slowest failover': '0.62 s' },
    },
    stats: { verdict: 'pass', anomalies: [], millis: 4, options: {}, stats: { operations: 391 } },
  };
  const run = runFile('demo-bully', {
    system: 'bully',
    workload: 'leader',
    command: 'faultline demo --seed 7',
    phases: STAGES(10.5 * S),
    missing: [{ capability: 'link.reset', reason: 'messages have no connection to reset on stdio' }],
  });
  const verdict = {
    schema: 1,
    verdict: 'fail',
    sentence,
    expected: 'fail',
    name: 'demo-bully',
    seed: 7,
    system: 'bully',
    workload: 'leader',
    backend: 'stdio',
    checkers,
    gates: GATES,
    faults,
    phases: STAGES(10.5 * S),
    repro: 'faultline demo --seed 7',
    allow: [],
    notes: [],
    reasons: [{ verdict: 'fail', source: 'checker:election-safety', sentence }],
  };
  return { ...made, run, verdict, plan: { concurrency: 5 }, logs: bullyLogs() };
}

function splitBrain(made: RunParts, a: Reign, b: Reign): Record<string, Json> {
  const { history } = made;
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  const ops: number[] = [];
  const accepted: Record<string, number[]> = { [a.node]: [], [b.node]: [] };
  const sawLeading: Record<string, number> = {};
  for (let i = 0; i < history.length; i++) {
    const at = history.time(i);
    const node = history.node(i) ?? '';
    if (at < from || at > to || history.type(i) !== 'ok' || accepted[node] === undefined) continue;
    if (history.f(i) === 'command') accepted[node].push(history.pair(i));
    if (history.f(i) === 'leader' && sawLeading[node] === undefined) sawLeading[node] = history.pair(i);
  }
  ops.push(sawLeading[a.node]!, sawLeading[b.node]!, accepted[a.node]![0]!, accepted[b.node]![0]!);
  const leader = (reign: Reign): Json => ({
    node: reign.node,
    term: reign.term,
    fromNs: reign.from,
    toNs: reign.to,
    followers: NODES.filter((node) => reignOf(node, (from + to) / 2) === reign && node !== reign.node),
    commands: accepted[reign.node]!.map((op) => history.value(op)),
  });
  const first = a.node < b.node ? a : b;
  const second = first === a ? b : a;
  const seconds = (ns: number): string => `${(ns / S).toFixed(2)} s`;
  return {
    kind: 'split-brain',
    sentence:
      `${first.node} (term ${first.term}) and ${second.node} (term ${second.term}) both led ` +
      `from ${seconds(from)} to ${seconds(to)}, and each accepted commands`,
    certainty: 'proved',
    ops,
    steps: [
      { text: `${a.node} said that it leads in term ${a.term}`, ops: [ops[0]!] },
      { text: `${b.node} said the same in term ${b.term}, while ${a.node} went on to lead`, ops: [ops[1]!] },
      { text: `${a.node} accepted command ${history.value(ops[2]!)}`, ops: [ops[2]!] },
      { text: `${b.node} accepted command ${history.value(ops[3]!)}: both sides took work`, ops: [ops[3]!] },
    ],
    fromNs: from,
    toNs: to,
    detail: { leaders: [leader(a), leader(b)] },
  };
}

function bullyLogs(): RunParts['logs'] {
  return NODES.map((node) => ({
    node,
    path: `logs/${node}/stdout.log`,
    bytes: 1834,
    partial: true,
    lines: [
      {
        number: 1,
        text: `${node} starting, peers ${NODES.filter((peer) => peer !== node).join(' ')}`,
        crash: false,
      },
      { number: 14, text: 'no answer from n5 within 300 ms, calling an election', crash: false },
      {
        number: 15,
        text: node === 'n2' ? 'nobody higher answered: I lead, term 2' : 'waiting for a coordinator',
        crash: false,
      },
    ],
  }));
}

// ---------------------------------------------------------------- register

/** A register under kills, pauses, clocks and partitions, in which a read misses an acknowledged write. */
export function registerParts(): RunParts {
  const script = new Script(11);
  const faults = injectFaults(script, [
    {
      id: 'partition-1',
      fault: 'partition',
      mode: 'isolate-leader',
      lane: 'network',
      nodes: ['n4'],
      params: { groups: [['n4'], ['n1', 'n2', 'n3', 'n5']] },
      from: 3 * S,
      to: 6 * S,
      summary: 'probe n4 -> n1 refused',
      undo: '96 messages dropped',
    },
    {
      id: 'kill-1',
      fault: 'kill',
      mode: 'one',
      lane: 'process',
      nodes: ['n2'],
      from: 8 * S,
      to: 11 * S,
      summary: 'process group 4711 gone',
      undo: 'ready after 0.31 s',
    },
    {
      id: 'pause-1',
      fault: 'pause',
      mode: 'one',
      lane: 'process',
      nodes: ['n5'],
      from: 14 * S,
      to: 17 * S,
      summary: 'process state T',
      undo: 'process state S',
    },
    {
      id: 'clock-1',
      fault: 'clock',
      mode: 'jump',
      lane: 'clock',
      nodes: ['n3'],
      from: 10 * S,
      to: 18 * S,
      params: { offsetMs: 4200 },
      summary: 'offset read back 4.2 s',
      undo: 'offset read back 0 s',
      bit: null,
    },
    {
      id: 'clock-2',
      fault: 'clock',
      mode: 'strobe',
      lane: 'clock',
      nodes: ['n1'],
      from: 20 * S,
      to: 22 * S,
      summary: 'the process has no vDSO',
      undo: '',
      state: 'skipped',
      bit: false,
    },
  ]);
  const values = drive(script, 24 * S);
  const read: Draft = {
    time: 0,
    process: 90,
    type: 'invoke',
    f: 'read',
    key: 3,
    value: null,
    node: 'n4',
    phase: 'load',
  };
  const write: Draft = { ...read, process: 91, f: 'write', value: 7001, node: 'n1' };
  script.pair(4.51 * S, 4.513 * S, write, { type: 'ok' });
  script.pair(4.52 * S, 4.523 * S, { ...read, process: 92, node: 'n2' }, { type: 'ok', value: 7001 });
  script.pair(4.6 * S, 4.604 * S, read, { type: 'ok', value: values.get(3) ?? 1 });
  const made = parts('.faultline/kv/20261122T220000.000Z-11', script, {});
  const at = (process: number): number =>
    Array.from({ length: made.history.length }, (_, i) => i).find(
      (i) => made.history.process(i) === process,
    )!;
  const anomaly = {
    kind: 'stale-read',
    sentence: `key 3 is not linearizable: a read at 00:04.600 returned ${values.get(3) ?? 1} after 7001 had been written and read`,
    certainty: 'proved',
    key: 3,
    ops: [at(91), at(92), at(90)],
    steps: [
      { text: 'write 7001 was acknowledged at 00:04.513', ops: [at(91)] },
      { text: 'a read that began after it returned 7001', ops: [at(92)] },
      {
        text: 'a read that began after both returned the older value: it came from before the write',
        ops: [at(90)],
      },
    ],
    fromNs: 4.51 * S,
    toNs: 4.604 * S,
  };
  const verdict = {
    schema: 1,
    verdict: 'fail',
    sentence: anomaly.sentence,
    name: 'kv',
    seed: 11,
    system: 'raft',
    workload: 'register',
    backend: 'tcp',
    gates: GATES,
    faults,
    phases: STAGES(24 * S),
    allow: [],
    notes: ['clock-2 was skipped: the process has no vDSO'],
    repro: 'faultline run kv.yaml --nemesis partition,kill,pause,clock --seed 11',
    reasons: [{ verdict: 'fail', source: 'checker:linearizable', sentence: anomaly.sentence }],
    checkers: {
      linearizable: {
        verdict: 'fail',
        anomalies: [anomaly],
        anomalyCount: 3,
        millis: 184,
        options: { model: 'cas-register' },
        stats: { keys: 12, operations: 8120, engine: 'register-fast', states: 20411 },
      },
      logs: { verdict: 'pass', anomalies: [], millis: 3, options: {}, stats: { files: 5 } },
      stats: { verdict: 'pass', anomalies: [], millis: 9, options: {}, stats: {} },
    },
  };
  const run = runFile('kv', {
    seed: 11,
    backend: 'tcp',
    phases: STAGES(24 * S),
    bugs: ['stale-reads'],
    command: 'faultline run kv.yaml --seed 11',
    durationMs: 25_200,
  });
  return { ...made, run, verdict, plan: { concurrency: 10 } };
}

/** Reads, writes and cas on 12 keys by ten threads; returns the value each key had at 4.4 s. */
function drive(script: Script, until: number): Map<number, number> {
  const values = new Map<number, number>();
  const early = new Map<number, number>();
  const free = Array.from({ length: 10 }, (_, i) => ({
    thread: i,
    process: 100 + i,
    at: 0.5 * S + i * 3 * MS,
  }));
  let next = 1;
  for (;;) {
    const client = free.reduce((a, b) => (a.at <= b.at ? a : b));
    if (client.at >= until) return early;
    const at = client.at;
    const node = NODES[client.thread % 5]!;
    const key = script.rng.int(0, 11);
    const held = values.get(key);
    const f = held === undefined ? 'write' : script.rng.pick(['read', 'read', 'write', 'cas']);
    const value: Json = f === 'read' ? null : f === 'write' ? next++ : [held ?? 0, next++];
    const invoke: Draft = {
      time: 0,
      process: client.process,
      type: 'invoke',
      f,
      key,
      value,
      node,
      phase: 'load',
    };
    const cut = (at > 3 * S && at < 6 * S && node === 'n4') || (at > 14 * S && at < 17 * S && node === 'n5');
    const down = at > 8 * S && at < 11 * S && node === 'n2';
    if (cut && script.rng.chance(0.8)) {
      const took = 2000 * MS;
      script.pair(at, at + took, invoke, {
        type: 'info',
        error: { definite: false, kind: 'timeout', message: 'no answer in 2 s' },
      });
      client.process += 10;
      client.at = at + took;
      continue;
    }
    const took = script.latency(f === 'read' ? 0.9 : 2.1) * (at > 8 * S && at < 8.4 * S ? 60 : 1);
    if (down) {
      script.pair(at, at + took, invoke, {
        type: 'fail',
        error: { definite: true, kind: 'connection-refused' },
      });
    } else if (f === 'cas' && script.rng.chance(0.3)) {
      script.pair(at, at + took, invoke, {
        type: 'fail',
        error: { definite: true, kind: 'precondition-failed' },
      });
    } else {
      if (f === 'write') values.set(key, value as number);
      if (f === 'cas') values.set(key, (value as number[])[1]!);
      if (at < 4.4 * S) early.set(key, values.get(key)!);
      script.pair(at, at + took, invoke, { type: 'ok', value: f === 'read' ? (held ?? null) : value });
    }
    client.at = at + took + script.rng.int(10, 45) * MS;
  }
}

// ---------------------------------------------------------------- other endings

/** The same register, judged differently. */
export function endingParts(verdict: 'pass' | 'unknown' | 'vacuous' | 'broken'): RunParts {
  const made = registerParts();
  const file = made.verdict as Record<string, Json>;
  const sentence = {
    pass: 'register held linearizability: 8 120 operations, 4 of 5 faults; clock strobe not tested',
    unknown: 'linearizable gave up on key 9 after 60 s: 31 ambiguous writes overlap',
    vacuous: 'nothing was learned: 0 of 20 operations were acknowledged',
    broken: 'n3 never became ready in 10 s; its last output was "bind: address already in use"',
  }[verdict];
  const linearizable: Record<string, Json> = {
    verdict: verdict === 'unknown' ? 'unknown' : 'pass',
    anomalies: [],
    millis: 60_012,
    options: { model: 'cas-register' },
    stats: { keys: 12, operations: 8120 },
  };
  if (verdict === 'unknown')
    linearizable['note'] = '11 of 12 keys decided; a smaller --ops-per-key would settle it';
  const gates =
    verdict === 'vacuous'
      ? [
          {
            ...(GATES[0] as object),
            holds: false,
            value: 0,
            hint: 'look at the errors: every operation was refused',
          },
        ]
      : GATES;
  return {
    ...made,
    verdict: {
      ...file,
      verdict,
      sentence,
      gates,
      checkers: { linearizable: linearizable },
      reasons: verdict === 'pass' ? [] : [{ verdict, source: 'checker:linearizable', sentence }],
    } as Json,
  };
}

/** `n` quick operations on many keys without any fault: for size and speed. */
export function* bulkOps(n: number): Generator<Op> {
  const rng = Seed.of(42).rng();
  let index = 0;
  let time = 0;
  const open: { at: number; op: Draft }[] = [];
  for (let i = 0; i < n; i++) {
    time += rng.exponential(300_000);
    const busy = (): boolean => open.some((one) => one.op.process === i % 40);
    while (open.length > 0 && (open[0]!.at <= time || busy())) {
      const done = open.shift()!;
      yield { ...done.op, time: Math.min(done.at, time), index: index++ };
    }
    const write = rng.chance(0.5);
    const op: Draft = {
      time,
      process: i % 40,
      type: 'invoke',
      f: write ? 'write' : 'read',
      key: Math.floor(i / 2000) * 20 + rng.int(0, 19),
      value: write ? i : null,
      node: NODES[i % 5]!,
      phase: 'load',
    };
    yield { ...op, index: index++ };
    open.push({
      at: time + 1e6 + rng.exponential(8e5),
      op: { ...op, type: 'ok', value: write ? i : Math.max(0, i - 50) },
    });
    open.sort((a, b) => a.at - b.at);
  }
  for (const done of open) yield { ...done.op, time: Math.max(time, done.at), index: index++ };
}

/** The assembled models. */
export const bullyModel = (): ReportModel => assembleModel(bullyParts());
export const registerModel = (): ReportModel => assembleModel(registerParts());

/** Writes a fixture as a run folder and returns its path. */
export function writeRunFolder(made: RunParts, dir: string): string {
  mkdirSync(dir, { recursive: true });
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) writeFileSync(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);
  };
  put('run.json', made.run);
  put('plan.json', made.plan);
  put('verdict.json', made.verdict);
  const lines = Array.from({ length: made.history.length }, (_, i) => JSON.stringify(made.history.op(i)));
  writeFileSync(join(dir, 'history.jsonl'), `${lines.join('\n')}\n`);
  for (const log of made.logs) {
    const path = join(dir, log.path);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `${log.lines.map((line) => line.text).join('\n')}\n`);
  }
  return dir;
}
