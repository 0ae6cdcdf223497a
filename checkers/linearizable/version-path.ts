/**
 * A register that counts its changes: versions are the order. In that order, with reads of a version before the
 * change to the next, everything must be able to follow what comes before it, and must have seen the value that
 * was put there. A version nobody was told of was made by a write of unknown outcome; where more than one could
 * have made it, or nobody saw its value, the search decides. O(n).
 */
import { NONE } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import type { ModelOp } from '../models/model.ts';
import { same } from '../models/values.ts';
import { changeOf, versionOf, versionPair } from '../models/versioned-register.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidUpTo, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { modelOpAt, OPEN } from './problem.ts';

/** What is known of each version. */
interface Versions {
  /** Call of the operation that made it, or NONE; and its value, where known. */
  maker: Int32Array;
  value: (Json | undefined)[];
  /** What a cas that made it compared with. */
  from: (Json | undefined)[];
  /** Reads of it: first completion and last call. */
  firstRet: Int32Array;
  lastCall: Int32Array;
  top: number;
  /** Writes and cas of unknown outcome. */
  loose: { call: number; op: ModelOp }[];
}

/** The search must decide. */
const UNDECIDED = -2;

/** Judges versioned registers that start at version 0. */
export class VersionPath implements FastPath {
  readonly name = 'versions';
  readonly #inquiry: Inquiry;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): FastDecision {
    const versions = this.#collect(calls);
    const stuckAt =
      typeof versions === 'number' ? versions : (this.#fill(versions) ?? this.#follow(versions));
    if (stuckAt === UNDECIDED) return null;
    return stuckAt === null ? VALID : invalidUpTo(this.#inquiry, calls, stuckAt);
  }

  /** The versions; else the completion that cannot be, or UNDECIDED. */
  #collect(calls: Int32Array): Versions | number {
    const { history, model, outcomes } = this.#inquiry;
    const most = calls.length + 1;
    const versions: Versions = {
      maker: new Int32Array(most).fill(NONE),
      value: [null],
      from: [],
      firstRet: new Int32Array(most).fill(OPEN),
      lastCall: new Int32Array(most).fill(NONE),
      top: 0,
      loose: [],
    };
    for (const call of calls) {
      const op = modelOpAt(history, model, outcomes, call);
      if (op === null) continue;
      if (op.outcome === 'refused') return UNDECIDED;
      if (op.outcome === 'info') {
        if (op.f !== 'read') versions.loose.push({ call, op });
        continue;
      }
      const version = versionOf(op);
      if (version === null || !Number.isInteger(version) || version < 0) return UNDECIDED;
      const ret = history.pair(call);
      if (version >= most || (version === 0 && op.f !== 'read')) return ret;
      versions.top = Math.max(versions.top, version);
      if (op.f === 'read') {
        versions.firstRet[version] = Math.min(versions.firstRet[version]!, ret);
        versions.lastCall[version] = call;
        if (!agreed(versions, version, versionPair(op, op.output)[1])) return history.length;
        continue;
      }
      const maker = versions.maker[version]!;
      if (maker !== NONE) return Math.max(ret, history.pair(maker));
      versions.maker[version] = call;
      const { from, to } = changeOf(op);
      versions.from[version] = from;
      if (!agreed(versions, version, to)) return history.length;
    }
    return versions;
  }

  /** Finds who made the versions nobody was told of. */
  #fill(versions: Versions): number | null {
    const { maker, value, from, top, loose } = versions;
    const used = new Set<number>();
    const byValue = new Map<string, Versions['loose']>();
    for (const one of loose) {
      const written = canonicalJson(changeOf(one.op).to);
      byValue.set(written, [...(byValue.get(written) ?? []), one]);
    }
    for (let version = 1; version <= top; version++) {
      if (maker[version] !== NONE) continue;
      const known = value[version] ?? from[version + 1];
      if (known === undefined) return UNDECIDED;
      const able = byValue.get(canonicalJson(known)) ?? [];
      if (able.length === 0) return this.#inquiry.history.length;
      const { call, op } = able[0]!;
      if (able.length > 1 || op.f !== 'write' || used.has(call)) return UNDECIDED;
      used.add(call);
      maker[version] = call;
      value[version] = known;
    }
    return null;
  }

  /** The completion by which something is wrong, or null. */
  #follow({ maker, value, from, firstRet, lastCall, top }: Versions): number | null {
    const { history, outcomes } = this.#inquiry;
    const end = (call: number): number => (outcomes.of(call) === 'ok' ? history.pair(call) : OPEN);
    let run = NONE;
    for (let version = 0; version <= top; version++) {
      const call = maker[version]!;
      if (call !== NONE) {
        const compared = from[version];
        if (compared !== undefined && !same(compared, value[version - 1]!)) return history.length;
        if (end(call) < run) return history.length;
        run = Math.max(run, call);
      }
      if (firstRet[version]! < run) return history.length;
      run = Math.max(run, lastCall[version]!);
    }
    return null;
  }
}

/** Notes the value of a version; false when it is known to be another. */
function agreed({ value }: Versions, version: number, seen: Json): boolean {
  const known = value[version];
  if (known === undefined) value[version] = seen;
  return known === undefined || same(known, seen);
}
