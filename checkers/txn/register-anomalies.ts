/**
 * What is wrong with register transactions without any cycle between them.
 */
import type { Step } from '../../harness/verdict.ts';
import type { FindingList } from './finding.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { keyWords, nameOf, opsOf, txnWords, valueWords } from './txn-words.ts';
import { FAILED, NEVER } from './txns.ts';
import type { VersionGraph } from './version-graph.ts';

/** `T4 (...) read key 1 as 2.` or `T4 (...) wrote 2 to key 1.` */
export function mopStep(registers: Registers, m: number): Step {
  const { txns } = registers;
  const t = txns.owner[m]!;
  const key = keyWords(txns, txns.key[m]!);
  const value = valueWords(txns, txns.arg[m]!);
  const did = txns.f[m] === READ ? `read ${key} as ${value}` : `wrote ${value} to ${key}`;
  const end = txns.status[t] === FAILED ? ', and failed' : '';
  return { text: `${txnWords(txns, t)} ${did}${end}.`, ops: opsOf(txns, [t]) };
}

/** Finds them all. O(mops). */
export function findRegisterAnomalies(
  registers: Registers,
  versions: VersionGraph,
  found: FindingList,
): void {
  for (let m = 0; m < registers.txns.f.length; m++) {
    registers.txns.pace.step();
    if (registers.txns.f[m] === READ) checkRead(registers, found, m);
  }
  lostUpdates(registers, found);
  for (const [key, members] of versions.contradicted) contradiction(registers, found, key, members);
}

function checkRead(registers: Registers, found: FindingList, m: number): void {
  const { txns, seen, before, replaced, initial } = registers;
  const t = txns.owner[m]!;
  const key = txns.key[m]!;
  const version = seen[m]!;
  const add = (kind: string, others: number[], says: string): void => {
    found.add(kind, () => ({
      key,
      txns: [...new Set([...others.map((other) => txns.owner[other]!), t])],
      says,
      steps: [...others, m].map((mop) => mopStep(registers, mop)),
    }));
  };
  const saw = `${nameOf(t)} read ${keyWords(txns, key)} as ${valueWords(txns, txns.arg[m]!)}`;
  const earlier = before[m]!;
  if (earlier >= 0) {
    const agrees = txns.arg[earlier] === txns.arg[m];
    if (!agrees) add('internal', [earlier], `${saw}, which contradicts what it read or wrote before`);
  }
  if (version === ABSENT) add('garbage-read', [], `${saw}, which nobody wrote`);
  if (version === ABSENT || version >= initial) return;
  const writer = txns.owner[version]!;
  if (writer === t) {
    if (version > m) add('future-read', [version], `${saw} before it wrote that itself`);
  } else if (txns.status[writer] === FAILED) {
    add('G1a', [version], `${saw}, which ${nameOf(writer)} wrote before it failed`);
  } else if (replaced[version] === 1) {
    add('G1b', [version], `${saw}, which ${nameOf(writer)} replaced before it committed`);
  }
}

/** Two transactions that read the same version of a key first, and both wrote the key. */
function lostUpdates(registers: Registers, found: FindingList): void {
  const { txns, before, seen } = registers;
  const first = new Int32Array(registers.versions).fill(-1);
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] === READ || txns.ret[txns.owner[m]!] === NEVER) continue;
    let read = before[m]!;
    while (read >= 0 && txns.f[read] === READ && before[read]! >= 0) read = before[read]!;
    if (read < 0 || !isExternal(registers, read) || txns.predicate?.[read] === 1) continue;
    const version = seen[read]!;
    const other = first[version]!;
    if (other < 0) first[version] = read;
    else if (txns.owner[other] !== txns.owner[read]) {
      const both = [txns.owner[other]!, txns.owner[read]!];
      found.add('lost-update', () => ({
        key: txns.key[m]!,
        txns: both,
        says:
          `${nameOf(both[0]!)} and ${nameOf(both[1]!)} both read ${keyWords(txns, txns.key[m]!)} as ` +
          `${valueWords(txns, txns.arg[read]!)} and both wrote it: neither saw the other`,
        steps: [mopStep(registers, other), mopStep(registers, read), mopStep(registers, m)],
      }));
    }
  }
}

function contradiction(registers: Registers, found: FindingList, key: number, members: number[]): void {
  const { txns } = registers;
  const shown = members.filter((version) => writerOf(registers, version) >= 0).slice(0, 6);
  found.add('cyclic-versions', () => ({
    key,
    txns: [...new Set(shown.map((version) => txns.owner[version]!))],
    says: `the values ${shown.map((v) => valueWords(txns, txns.arg[v]!)).join(', ')} of ${keyWords(txns, key)} each came before the next in a circle`,
    steps: shown.map((version) => mopStep(registers, version)),
  }));
}
