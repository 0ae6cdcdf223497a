/**
 * A simulated cluster that a test drives step by step: ask something, kill a node, cut the network, let time
 * pass, look. What is asked and done becomes a history, as in any run.
 */
import type { Fault, NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import { historyOf } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import { withOrigin } from '../harness/history/origin.ts';
import type { Json, Op } from '../harness/op.ts';
import type { Body } from '../harness/program.ts';
import { Seed } from '../harness/random.ts';
import { lookup } from '../harness/registry.ts';
import { SimClient } from '../harness/sim/clients.ts';
import { guardAmbient } from '../harness/sim/guard.ts';
import type { Subject } from '../harness/sim/subject.ts';
import { leaderOf, Trouble } from '../harness/sim/troubles.ts';
import { World } from '../harness/sim/world.ts';
import { FAULTS } from '../nemesis/index.ts';
import type { SimFault, SimPlan } from './plan.ts';
import { type SimOptions, type SimProgram, subjectOf } from './protocol.ts';
import { caseOf } from './resolve.ts';
import type { SimNote } from './run.ts';
import { MOST_EVENTS } from './simulate.ts';

/** What a cluster is made of: as in a plan, but for what happens to it. */
export interface ClusterOptions
  extends Pick<SimPlan, 'seed' | 'nodes' | 'workload' | 'opTimeoutMs' | 'network' | 'disk' | 'isolation'>,
    Pick<SimOptions, 'requests' | 'leader' | 'maxEvents'> {
  /** Clients that can ask at the same time. Default: one per node. */
  clients?: number;
}

/** Something to ask. */
export interface Question {
  f: string;
  key?: Json;
  value?: Json;
  /** Who asks; default the first client that waits for nothing. */
  client?: number;
  /** Who is asked; default the node of the client. */
  node?: NodeId;
}

/** A fault without a time. */
export type StandingFault = Omit<SimFault, 'atMs' | 'forMs'>;

/** How many steps a message repeats. */
const SHOWN_STEPS = 30;
/** Later than anything. */
const NEVER_NS = Number.MAX_SAFE_INTEGER;

/** The cluster itself; every call runs where it is made. `clusterSync` and `cluster` make one for a test. */
export class SteppedCluster {
  readonly nodes: readonly NodeId[];
  /** What nodes noted or printed. */
  readonly notes: SimNote[] = [];
  /** Nodes that ended by themselves. */
  readonly crashes: { node: NodeId; atMs: number; error: string }[] = [];
  readonly #ops: Op[] = [];
  readonly #steps: string[] = [];
  readonly #world: World;
  readonly #subject: Subject;
  readonly #seed: number;
  readonly #clients: SimClient[];
  readonly #troubles = new Map<string, Trouble>();
  #faults = 0;
  #requests = 0;

  constructor(program: SimProgram, options: ClusterOptions, asynchronous: boolean) {
    const { clients, requests, leader, maxEvents = MOST_EVENTS, ...plan } = options;
    const c = caseOf({ ...plan, operations: [] });
    const more = { ...(requests ? { requests } : {}), ...(leader ? { leader } : {}) };
    this.nodes = c.nodes;
    this.#seed = c.seed;
    this.#subject = subjectOf(program, c.workload, more, asynchronous);
    this.#world = this.#worldOf(c, maxEvents);
    const parts = {
      world: this.#world,
      subject: this.#subject,
      timeoutNs: (options.opTimeoutMs ?? 1_000) * 1e6,
      clients: clients ?? c.nodes.length,
      loadUntilNs: Number.POSITIVE_INFINITY,
      finalFromNs: Number.POSITIVE_INFINITY,
      append: (op: Op) => this.#append(op),
      ended: () => {
        this.#world.timeline.stopped = true;
      },
    };
    this.#clients = Array.from(
      { length: parts.clients },
      (_, i) => new SimClient(parts, i, c.nodes[i % c.nodes.length]!, []),
    );
    for (const node of this.#world.nodes) this.#world.start(node);
  }

  /** Simulated time in milliseconds. */
  get nowMs(): number {
    return this.#world.now / 1e6;
  }

  /** Invocations and completions so far. */
  get ops(): readonly Op[] {
    return this.#ops;
  }

  /** What was asked and done so far, for matchers and checkers; asked anew, it has what came since. */
  get history(): History {
    return withOrigin(historyOf(this.#ops), () => this.explain());
  }

  /** Asks, and lets time pass until the outcome is known: `ok`, `fail`, or `info` after the timeout. */
  call(question: Question): Op {
    const client = this.begin(question);
    const from = this.#ops.length;
    while (this.#clients[client]!.left > 0) this.#world.timeline.run();
    const ends = this.#ops.slice(from).filter((op) => op.type !== 'invoke' && typeof op.process === 'number');
    const op = ends.find(({ process }) => (process as number) % this.#clients.length === client)!;
    this.#steps[this.#steps.length - 1] += ` -> ${op.type} ${JSON.stringify(op.value)}`;
    return op;
  }

  /** Asks without waiting; returns the client. Throws `RangeError` when every client waits for something. */
  begin(question: Question): number {
    const { f, key, value = null, node } = question;
    const free = this.#clients.findIndex((one) => one.left === 0);
    const client = question.client ?? free;
    const asks = this.#clients[client];
    if (asks === undefined) throw new RangeError(`no client is free: there are ${this.#clients.length}`);
    this.#step(
      `client ${client}: ${f}${key === undefined ? '' : ` ${JSON.stringify(key)}`} ${JSON.stringify(value)}`,
    );
    asks.add({
      atNs: this.#world.now,
      client,
      f,
      ...(key === undefined ? {} : { key }),
      value,
      ...(node === undefined ? {} : { node: this.#known(node) }),
    });
    return client;
  }

  /** Lets time pass until nothing that was asked is open. */
  settle(): void {
    this.#step('settle');
    while (this.#clients.some(({ left }) => left > 0)) this.#world.timeline.run();
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.#step(`wait ${ms} ms`);
    this.#run(this.#world.now + Math.round(ms * 1e6));
  }

  /** Sends a node any request and gives its reply, or null when there is none in time. No part of the history. */
  request(node: NodeId, body: Body, timeoutMs = 1_000): Body | null {
    const id = ++this.#requests;
    this.#step(`request to ${node}: ${JSON.stringify(body)}`);
    let reply: Body | null = null;
    const { network, timeline } = this.#world;
    const party = network.client('test', (answer) => {
      if (answer['in_reply_to'] !== id) return;
      reply = answer;
      timeline.stopped = true;
    });
    network.send(party, network.party(this.#known(node))!, { ...body, msg_id: id }, this.#world.now);
    const until = this.#world.now + timeoutMs * 1e6;
    while (reply === null && this.#world.now < until) timeline.run(until);
    return reply;
  }

  /** Who leads by the nodes' own word, in the highest term; null for nobody. */
  leader(): NodeId | null {
    return leaderOf(this.#world, this.#subject);
  }

  /** Ends a node as SIGKILL does: its memory is lost, its storage stays. */
  kill(node: NodeId): void {
    this.#step(`kill ${node}`);
    const one = this.#world.node(this.#known(node));
    if (!one.up) return;
    this.#world.crash(one);
    for (const client of this.#clients) client.nodeEnded(node);
    this.#run(this.#world.now);
  }

  /** Starts a node that is down, on its old storage. */
  start(node: NodeId): void {
    this.#step(`start ${node}`);
    const one = this.#world.node(this.#known(node));
    if (!one.up) this.#world.start(one);
    this.#run(this.#world.now);
  }

  /** Cuts the network into groups that do not hear each other; who is in none is alone. */
  partition(...groups: NodeId[][]): string {
    const named = new Set(groups.flat());
    const others = this.nodes.filter((node) => !named.has(node)).map((node) => [node]);
    return this.inject({ fault: 'partition', mode: 'explicit', params: { groups: [...groups, ...others] } });
  }

  /** Puts a fault in force until `undo` or `heal`; returns its name. */
  inject(given: StandingFault): string {
    const id = `f${++this.#faults}`;
    this.#step(`inject ${JSON.stringify(given)}`);
    const fault: Fault = lookup('fault', FAULTS, given.fault);
    const mode = given.mode ?? fault.defaultMode;
    const rng = Seed.of(this.#seed).fork('fault', id).rng();
    const target = given.target as TargetSpec | undefined;
    const drawn = fault.plan(mode, { ...given.params }, target, this.nodes, rng);
    const atNs = this.#world.now;
    const planned: PlannedFault = {
      ...{ id, fault: fault.name, mode, lane: id, atNs, untilNs: NEVER_NS },
      ...drawn,
    };
    const trouble = new Trouble(
      {
        world: this.#world,
        subject: this.#subject,
        faults: FAULTS,
        append: (op) => this.#append(op),
        nodeEnded: (node) => {
          for (const client of this.#clients) client.nodeEnded(node);
        },
        ended: () => {},
      },
      planned,
    );
    this.#troubles.set(id, trouble);
    this.#run(atNs);
    return id;
  }

  /** Takes a fault back. */
  undo(fault: string): void {
    this.#step(`undo ${fault}`);
    this.#troubles.get(fault)?.end();
    this.#troubles.delete(fault);
    this.#run(this.#world.now);
  }

  /** Takes all faults back, and starts every node that is down. */
  heal(): void {
    this.#step('heal');
    for (const trouble of this.#troubles.values()) trouble.end();
    this.#troubles.clear();
    for (const node of this.#world.nodes) if (!node.up) this.#world.start(node);
    this.#run(this.#world.now);
  }

  /** Lines that say what was done. */
  explain(): string[] {
    const shown = this.#steps.slice(-SHOWN_STEPS);
    const before = this.#steps.length - shown.length;
    return [
      `a cluster of ${this.nodes.length} nodes, seed ${this.#seed}, driven by ${this.#steps.length} steps`,
      ...(before > 0 ? [`  after ${before} steps:`] : []),
      ...shown.map((step) => `  ${step}`),
    ];
  }

  #worldOf(c: ReturnType<typeof caseOf>, maxEvents: number): World {
    guardAmbient();
    const world: World = new World({
      seed: Seed.of(c.seed),
      nodes: c.nodes,
      program: (node) => this.#subject.create(node, world.timeline),
      ...(c.network === undefined ? {} : { network: c.network }),
      ...(c.disk === undefined ? {} : { disk: c.disk }),
      ...(c.isolation === undefined ? {} : { isolation: c.isolation }),
      onNote: (node, text) => this.notes.push({ node: node.id, atMs: this.nowMs, text }),
      onCrash: (node, error) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.crashes.push({ node: node.id, atMs: this.nowMs, error: text });
        for (const client of this.#clients) client.nodeEnded(node.id);
      },
    });
    world.timeline.maxEvents = maxEvents;
    return world;
  }

  /** Lets everything up to a time happen, however often an operation ends meanwhile. */
  #run(untilNs: number): void {
    const { timeline } = this.#world;
    do timeline.run(untilNs);
    while (timeline.stopped);
  }

  #append(op: Op): void {
    op.index = this.#ops.length;
    this.#ops.push(op);
  }

  #step(text: string): void {
    this.#steps.push(text);
  }

  #known(node: NodeId): NodeId {
    return this.#world.node(node).id;
  }
}
