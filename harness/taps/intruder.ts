/**
 * Somebody on a link who can write on it: delivers old messages again, or new ones in the name of a node that
 * never sent them. The true messages all go on as they are.
 */
import type { MessageTap, TapSpec } from '../link-data.ts';
import type { Body } from '../program.ts';
import { Seed } from '../random.ts';
import { changedBody, laterBody } from './changed-body.ts';
import { noCounts } from './tap.ts';

/** Messages kept of each link. */
const KEPT = 400;

/** A message that passed. */
interface Recorded {
  text: string;
  atNs: number;
}

/** The tap of `replay`: an earlier message of the same link comes after the one that passes. */
export class Replayer implements MessageTap {
  readonly spec: TapSpec;
  readonly counts = noCounts();
  readonly #seed: Seed;
  readonly #links = new Map<string, { passed: number; kept: Recorded[] }>();

  constructor(spec: TapSpec) {
    this.spec = spec;
    this.#seed = Seed.of(spec.seed);
  }

  pass(from: string, to: string, body: Body, nowNs: number): readonly Body[] {
    this.counts.seen++;
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) this.#links.set(key, (link = { passed: 0, kept: [] }));
    const rng = this.#seed.fork(key, link.passed++).rng();
    const oldest = nowNs - (this.spec.minAgeMs ?? 0) * 1e6;
    const old = link.kept.findLastIndex(({ atNs }) => atNs <= oldest);
    const again = rng.chance(this.spec.probability) && old >= 0 ? link.kept[rng.int(0, old)]! : null;
    link.kept.push({ text: JSON.stringify(body), atNs: nowNs });
    if (link.kept.length > KEPT) link.kept.shift();
    if (again === null) return [body];
    this.counts.added++;
    return [body, JSON.parse(again.text) as Body];
  }
}

/** The tap of `forge`: beside a message comes one that looks like it and that its sender never wrote. */
export class Forger implements MessageTap {
  readonly spec: TapSpec;
  readonly counts = noCounts();
  readonly #seed: Seed;
  readonly #passed = new Map<string, number>();

  constructor(spec: TapSpec) {
    this.spec = spec;
    this.#seed = Seed.of(spec.seed);
  }

  pass(from: string, to: string, body: Body): readonly Body[] {
    this.counts.seen++;
    const key = `${from}>${to}`;
    const number = this.#passed.get(key) ?? 0;
    this.#passed.set(key, number + 1);
    const rng = this.#seed.fork(key, number).rng();
    if (!rng.chance(this.spec.probability)) return [body];
    const forged = changedBody(body, rng);
    if (forged === null) return [body];
    this.counts.added++;
    // As new as the true one, or newer: which of them a receiver believes is up to it.
    const told = rng.chance(0.5) ? laterBody(forged, rng) : forged;
    return rng.chance(0.5) ? [body, told] : [told, body];
  }
}
