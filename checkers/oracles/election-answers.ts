/**
 * What nodes answered when they were asked who leads.
 */
import { field, type PlainOp } from './plain.ts';

/** Somebody's own word on who leads. */
export interface Answer {
  op: PlainOp;
  node: string;
  leading: boolean;
  leader: string | null;
  term: number | null;
  epoch: number | null;
}

/** A number, or the digits of one. */
export function number(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number.parseInt(value, 10) : null;
}

/** Questions of observers: each with its answer, null where none came. */
export function questions(ops: readonly PlainOp[]): { op: PlainOp; node: string; answer: Answer | null }[] {
  return ops
    .filter((op) => !op.lone && op.f === 'leader' && op.name.startsWith('observer:'))
    .map((op) => {
      const node = op.node ?? op.name.slice('observer:'.length);
      const leading = field(op.answer, 'leading');
      if (op.outcome !== 'ok' || typeof leading !== 'boolean') return { op, node, answer: null };
      const leader = field(op.answer, 'leader');
      const [term, epoch] = ['term', 'epoch'].map((name) => number(field(op.answer, name)));
      const named = typeof leader === 'string' ? leader : null;
      return { op, node, answer: { op, node, leading, leader: named, term: term!, epoch: epoch! } };
    });
}
