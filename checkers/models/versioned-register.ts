/**
 * A register that counts its changes: every write makes the version one larger. Values are pairs of a version
 * and what was read or written; a null version says nothing.
 */

import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { greatest, least } from '../extent.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { same, text } from './values.ts';

/** Version and value. */
export interface Versioned {
  version: number;
  value: Json;
}

/** The two sides of `[version, value]`. */
export function versionPair(op: ModelOp, pair: Json): [number | null, Json] {
  if (pair === null) return [null, null];
  if (!Array.isArray(pair) || pair.length !== 2 || (pair[0] !== null && typeof pair[0] !== 'number')) {
    throw new ModelError('versioned-register', op, 'a pair [version or null, value]');
  }
  return [pair[0] as number | null, pair[1]!];
}

/** The version an operation said it made or saw, or null. */
export function versionOf(op: ModelOp): number | null {
  return op.outcome === 'ok' ? versionPair(op, op.output)[0] : null;
}

/** What a write writes, or a cas compares with and writes. */
export function changeOf(op: ModelOp): { from: Json | undefined; to: Json } {
  const value = versionPair(op, op.input)[1];
  if (op.f === 'write') return { from: undefined, to: value };
  if (!Array.isArray(value) || value.length !== 2) {
    throw new ModelError('versioned-register', op, 'a pair [version or null, [from, to]]');
  }
  return { from: value[0]!, to: value[1]! };
}

function step(state: Versioned, op: ModelOp): Versioned | undefined {
  if (op.f === 'read') {
    if (op.outcome !== 'ok' || op.output === null) return state;
    const [version, value] = versionPair(op, op.output);
    return (version === null || version === state.version) && same(value, state.value) ? state : undefined;
  }
  const { from, to } = changeOf(op);
  const holds = from === undefined || same(from, state.value);
  if (op.outcome === 'refused') return holds ? undefined : state;
  const version = state.version + 1;
  const said = versionOf(op);
  return holds && (said === null || said === version) ? { version, value: to } : undefined;
}

/** A value no history writes, to stand for every value the operations do not mention. */
const UNMENTIONED: Json = { 'some other value': true };
const MOST_STATES = 400;

/** Every version that can lead to one of those that were told, with every value; none when these are too many. */
function tellable(ops: readonly ModelOp[]): Versioned[] {
  const versions = ops.map(versionOf).filter((version) => version !== null);
  const values = new Map<string, Json>([[canonicalJson(UNMENTIONED), UNMENTIONED]]);
  const mention = (value: Json | undefined): void => {
    if (value !== undefined) values.set(canonicalJson(value), value);
  };
  for (const op of ops) {
    if (op.f !== 'read') {
      mention(changeOf(op).from);
      mention(changeOf(op).to);
    } else if (op.output !== null) mention(versionPair(op, op.output)[1]);
  }
  const changes = ops.filter((op) => op.f !== 'read').length;
  const high = versions.length === 0 ? 0 : greatest(versions);
  const low = versions.length === 0 ? 0 : least(versions) - changes;
  if (!((high - low + 2) * values.size <= MOST_STATES)) return [];
  const states: Versioned[] = [];
  for (let version = low; version <= high + 1; version++) {
    for (const value of values.values()) states.push({ version, value });
  }
  return states;
}

/** The `versioned-register` model. */
export const versionedRegister: Model<Versioned> = {
  name: 'versioned-register',
  summary:
    'a register that counts its changes: read completes with [version, value]; write [null, value] and cas ' +
    '[null, [from, to]] complete with the new version in the place of null; initially version 0 of null',
  functions: {
    read: { answers: true, readOnly: true, refusable: false },
    write: { answers: true, readOnly: false, refusable: false },
    cas: { answers: true, readOnly: false, refusable: true },
  },
  independent: true,
  init(initial) {
    if (initial === null) return { version: 0, value: null };
    const [version, value] = versionPair(
      { f: 'initial', input: initial, output: null, outcome: 'ok' },
      initial,
    );
    return { version: version ?? 0, value };
  },
  step,
  identity: ({ version, value }) => `${version} ${canonicalJson(value)}`,
  readOnly: (op) => op.f === 'read' || op.outcome === 'refused',
  counts: true,
  representatives: tellable,
  describe: ({ version, value }) => `${text(value)} (version ${version})`,
  describeOp(op) {
    const open = op.outcome === 'info';
    if (op.f === 'read') {
      const [version, value] = versionPair(op, op.output);
      return `read ${text(value)}${version === null ? '' : ` (version ${version})`}`;
    }
    const said = versionOf(op);
    const { from, to } = changeOf(op);
    const as = said === null ? '' : ` as version ${said}`;
    if (from === undefined) return `${open ? 'may have written' : 'wrote'} ${text(to)}${as}`;
    if (op.outcome === 'refused') return `was refused to change ${text(from)} to ${text(to)}`;
    return `${open ? 'may have changed' : 'changed'} ${text(from)} to ${text(to)}${as}`;
  },
};
