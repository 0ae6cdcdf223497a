/**
 * Carries out the faults of a short run: what each does comes from the fault itself as data, is applied at its
 * time and taken back at its end. No evidence is taken; whether a fault did anything shows in the history.
 */
import type { Fault, FaultEffect, LeaderObservation, NodeId } from '../contracts.ts';
import type { Json, Op } from '../op.ts';
import { makeTap } from '../taps/make-tap.ts';
import { administratorOf } from './administrator.ts';
import { operation } from './clients.ts';
import type { SimNode } from './node.ts';
import { keptAtPowerCut } from './refusals.ts';
import type { Subject } from './subject.ts';
import { type CaseFault, type Trigger, Triggers } from './triggers.ts';
import type { World } from './world.ts';

/** What faults need of the run around them. */
export interface TroubleParts {
  world: World;
  subject: Subject;
  faults: Readonly<Record<string, Fault>>;
  append(op: Op): void;
  /** A node was taken down. */
  nodeEnded(node: NodeId): void;
  /** A fault has ended. */
  ended(): void;
}

/** One planned fault on its way through a run. */
export class Trouble {
  readonly #parts: TroubleParts;
  readonly #planned: CaseFault;
  readonly #definition: Fault;
  #effect: FaultEffect | null = null;
  #over = false;
  #killed: SimNode[] = [];
  #paused: SimNode[] = [];
  #hit: readonly NodeId[] = [];
  /** The node at which the moment came that it waited for. */
  #at: NodeId | null = null;

  /** Throws RangeError for a fault that is unknown or cannot be put as data. */
  constructor(parts: TroubleParts, planned: CaseFault) {
    const definition = parts.faults[planned.fault];
    if (definition?.effect === undefined) {
      throw new RangeError(`${planned.id}: the simulator cannot apply the fault "${planned.fault}" as data`);
    }
    this.#parts = parts;
    this.#planned = planned;
    this.#definition = definition;
    if (planned.when !== undefined) this.#wait(planned.when);
    else this.#schedule(planned.atNs);
  }

  #schedule(atNs: number): void {
    const { world } = this.#parts;
    const { atNs: plannedNs, untilNs } = this.#planned;
    world.at(atNs, { run: () => this.#begin() });
    world.at(atNs + Math.max(0, untilNs - plannedNs), { run: () => this.end() });
  }

  /** Until its moment comes, or it is too late for it. */
  #wait(when: Trigger): void {
    const { world } = this.#parts;
    world.triggers ??= new Triggers();
    world.triggers.add(when, this.#planned.atNs, (node) => {
      this.#at = node.id;
      this.#schedule(world.now + when.afterNs);
    });
    const tooLate = (): void => {
      if (this.#at === null) this.end();
    };
    world.at(when.byNs + 1, { run: tooLate });
  }

  #begin(): void {
    if (this.#over) return;
    const { world, subject } = this.#parts;
    const { nodes, target } = this.#planned;
    const leader = this.#at ?? (nodes.length === 0 && target === 'leader' ? leaderOf(world, subject) : null);
    this.#hit = leader === null || nodes.length > 0 ? nodes : [leader];
    this.#append('invoke');
    if (this.#hit.length === 0) {
      this.#append('fail');
      return;
    }
    const names = world.nodes.map((node) => node.id);
    const effect = this.#definition.effect!(this.#planned, this.#hit, names);
    this.#effect = effect;
    if (effect.links !== undefined) world.network.rules.set(this.#planned.id, effect.links);
    for (const spec of effect.taps ?? []) world.network.taps.set(this.#planned.id, makeTap(spec));
    for (const [id, skew] of Object.entries(effect.skews ?? {})) world.node(id).clock.set(skew, world.now);
    for (const [id, trouble] of Object.entries(effect.disks ?? {})) world.node(id).disk.trouble = trouble;
    if (effect.resets !== undefined) world.network.reset(effect.resets);
    if (effect.members !== undefined) {
      administratorOf(world, subject).begin(this.#planned.id, effect.members);
    }
    for (const id of effect.pause ?? []) {
      const node = world.node(id);
      if (!node.up || node.paused) continue;
      node.pause();
      this.#paused.push(node);
    }
    for (const id of effect.kill ?? []) this.#kill(world.node(id));
    for (const [id, cut] of Object.entries(effect.power ?? {})) {
      const node = world.node(id);
      const keep = keptAtPowerCut(cut);
      if (cut.atSync === undefined) this.#kill(node, keep);
      else {
        const strike = (): void => this.#kill(node, keep);
        node.disk.armed = { atSync: cut.atSync, path: cut.path ?? '*', strike };
      }
    }
    this.#append('ok');
  }

  #kill(node: SimNode, keep?: number): void {
    if (!node.up) return;
    this.#parts.world.crash(node, keep);
    this.#killed.push(node);
    this.#parts.nodeEnded(node.id);
  }

  /** Takes it back now, if that has not been done. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const { world } = this.#parts;
    const effect = this.#effect;
    if (effect !== null) {
      this.#append('invoke', 'undo');
      if (effect.links !== undefined) world.network.rules.clear(this.#planned.id);
      world.network.taps.clear(this.#planned.id);
      for (const id of Object.keys(effect.skews ?? {})) world.node(id).clock.set(null, world.now);
      for (const id of Object.keys(effect.disks ?? {})) {
        world.node(id).disk.trouble = {};
        // What the disk has brought down comes back with it.
        if (!world.node(id).up) world.start(world.node(id));
      }
      if (effect.members !== undefined) administratorOf(world, this.#parts.subject).end(this.#planned.id);
      for (const id of Object.keys(effect.power ?? {})) world.node(id).disk.armed = null;
      for (const node of this.#paused) node.resume();
      for (const node of this.#killed) if (!node.up) world.start(node);
      this.#append('ok', 'undo');
    }
    this.#parts.ended();
  }

  #append(type: 'invoke' | 'ok' | 'fail', what: 'inject' | 'undo' = 'inject'): void {
    const { id, fault, mode, lane, target, params } = this.#planned;
    const value = { id, fault, mode, nodes: [...this.#hit], target, params } as Record<string, Json>;
    const op: Op = operation(this.#parts.world.now, `nemesis:${lane}`, type, `${what}-${fault}`, value, '');
    delete op.node;
    this.#parts.append(op);
  }
}

/** Who leads by the nodes' own word, asked directly: the highest term of those that say so, or null. */
export function leaderOf(world: World, subject: Subject): NodeId | null {
  let leader: NodeId | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const node of world.nodes) {
    const said = observe(node, subject);
    if (said?.leading !== true) continue;
    const term = said.term ?? 0;
    if (term <= highest) continue;
    highest = term;
    leader = node.id;
  }
  return leader;
}

/** What a node says about who leads, asked directly; undefined when it cannot answer. */
export function observe(node: SimNode, { leader }: Subject): LeaderObservation | undefined {
  if (leader === undefined) return undefined;
  const reply = node.ask('observer', leader.question);
  return reply === undefined ? undefined : leader.answer(reply);
}
