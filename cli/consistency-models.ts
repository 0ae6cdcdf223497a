/**
 * The consistency models of transactions as `list` and `describe` show them: what each implies, what refutes it, and
 * by which other names people call it.
 */
import { ALIASES, closure, LATTICE, type ModelNode } from '../checkers/txn/models.ts';

/** What `list` says of a model. */
export interface ConsistencyModel {
  name: string;
  summary: string;
}

/** Plain, within the order of each process, within real time. */
const VARIANT_WORDS = ['', ' in the order of each process', ' in real time'] as const;

/** Every model by name, weaker ones first. */
export const CONSISTENCY_MODELS: Readonly<Record<string, ConsistencyModel>> = Object.fromEntries(
  [...LATTICE.values()].map((node) => [node.name, { name: node.name, summary: summaryOf(node) }]),
);

/** What a model implies, what refutes it, and its other names; null when there is no such model. */
export function consistencyModel(
  named: string,
): { name: string; summary: string; implies: string[]; refutedBy: string[]; aliases: string[] } | null {
  const name = Object.hasOwn(ALIASES, named) ? ALIASES[named]! : named;
  const node = LATTICE.get(name);
  if (node === undefined) return null;
  const implied = [...closure(name)].filter((weaker) => weaker !== name);
  const refutedBy = [name, ...implied].flatMap((each) => forbidden(LATTICE.get(each)!));
  const aliases = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === name);
  return { name, summary: summaryOf(node), implies: implied, refutedBy: [...new Set(refutedBy)], aliases };
}

function forbidden(node: ModelNode): string[] {
  const cycles = node.level === null ? [] : [`${node.level}${VARIANT_WORDS[node.variant]}`];
  return [...node.forbids, ...cycles];
}

function summaryOf(node: ModelNode): string {
  const own = forbidden(node);
  const parts = [
    ...(node.implies.length > 0 ? [`implies ${node.implies.join(', ')}`] : []),
    ...(own.length > 0 ? [`forbids ${own.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
