import { expect, test } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { Seed } from '../../../harness/random.ts';

/** Sequential writes and cas of few values, one in ten of unknown outcome, then a read of what nobody wrote. */
function garbageAfter(size: number): Op[] {
  const rng = Seed.of(7).rng();
  const ops: Op[] = [];
  const add = (type: Op['type'], process: number, f: string, value: Op['value']): void => {
    ops.push({ index: ops.length, time: ops.length * 1000, process, type, f, key: 'k', value });
  };
  let holds: number | null = null;
  for (let process = 0; process < size; process++) {
    const to = rng.int(0, 4);
    const cas = holds !== null && rng.float() < 0.5;
    const value = cas ? [holds, to] : to;
    const lost = rng.float() < 0.1;
    add('invoke', process, cas ? 'cas' : 'write', value);
    add(lost ? 'info' : 'ok', process, cas ? 'cas' : 'write', value);
    if (!lost) holds = to;
    else {
      // What the unknown operation left behind must not matter to the next one.
      add('invoke', -process - 1 + 2 * size, 'write', to);
      add('ok', -process - 1 + 2 * size, 'write', to);
      holds = to;
    }
  }
  add('invoke', 0, 'read', null);
  add('ok', 0, 'read', 77);
  return ops;
}

test('a value from nowhere is a witness by itself, however much came before it', () => {
  const { verdict, anomalies } = linearizable(historyOf(garbageAfter(2000)), { engine: 'search' });
  expect(verdict).toBe('fail');
  expect(anomalies.map(({ kind, ops }) => [kind, ops.length])).toEqual([['garbage-read', 2]]);
  expect(anomalies[0]!.sentence).toContain('read 77, which nobody ever wrote');
  expect(anomalies[0]!.steps.at(-1)!.text).not.toContain('could only hold');
});
