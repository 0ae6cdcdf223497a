/**
 * Following a log: whatever happens to it between readings, what was told adds up to what it is.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogPage } from '../../../harness/contracts.ts';
import type { Json } from '../../../harness/op.ts';
import { type LogObservation, LogTail } from '../../../harness/run/log-tail.ts';

type Entry = [term: number, value: Json];

/** A node's log that answers as nodes do: in pages with digests, or whole. */
class FakeLog {
  entries: Entry[] = [];
  commit = 0;
  compacted = 0;
  asked: number[] = [];
  readonly #page: number | null;

  constructor(page: number | null) {
    this.#page = page;
  }

  read = async (from: number): Promise<LogPage> => {
    this.asked.push(from);
    const rest = { last: this.entries.length, commit: this.commit };
    if (this.#page === null) {
      return { first: this.compacted + 1, entries: this.entries.slice(this.compacted), ...rest };
    }
    const first = Math.max(from, this.compacted + 1);
    const entries = this.entries.slice(first - 1, first - 1 + this.#page);
    return {
      first,
      entries,
      ...rest,
      before: first - 1 > this.entries.length ? null : this.#digest(first - 1),
      after: this.#digest(first - 1 + entries.length),
    };
  };

  #digest(upTo: number): string {
    return JSON.stringify(this.entries.slice(0, upTo));
  }
}

/** The log as readings tell it: null where they tell nothing. */
function replay(told: readonly LogObservation[]): (Entry | null)[] {
  const log: (Entry | null)[] = [];
  for (const { from, entries, gap, last, prevTerm } of told) {
    if (gap) for (let i = 0; i < from - 1; i++) log[i] = null;
    else if (prevTerm != null) expect(log[from - 2]![0]).toBe(prevTerm);
    log.length = from - 1;
    for (const entry of entries) log.push([...entry] as Entry);
    while (log.length < last) log.push(null);
    log.length = last;
  }
  return log;
}

const change = fc.record({
  cut: fc.nat(4),
  add: fc.array(fc.nat(3), { maxLength: 5 }),
  commit: fc.nat(9),
  compact: fc.nat(30),
});

describe('LogTail', () => {
  it.each([
    ['pages', 3],
    ['whole logs', null],
  ])('adds up to the log, told in %s, whatever is cut off and rewritten', async (_, size) => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.boolean(), async (changes, compacts) => {
        const log = new FakeLog(size);
        const tail = new LogTail();
        const told: LogObservation[] = [];
        let value = 0;
        for (const { cut, add, commit, compact } of changes) {
          log.entries.length = Math.max(log.compacted, log.entries.length - cut);
          for (const term of add) log.entries.push([term, ++value]);
          log.commit = Math.min(log.entries.length, commit);
          if (compacts && compact < 5) log.compacted = Math.min(log.commit, log.compacted + compact);
          told.push(await tail.next(log.read, () => false));
          expect(told.at(-1)!.read).toBe(told.length);
        }
        const end = replay(told);
        expect(end.length).toBe(log.entries.length);
        for (const [i, entry] of end.entries()) if (entry !== null) expect(entry).toEqual(log.entries[i]);
      }),
    );
  });

  it('tells each entry about once, and again until it is committed', async () => {
    const log = new FakeLog(10);
    const tail = new LogTail();
    const next = () => tail.next(log.read, () => false);
    log.entries = [
      [1, 'a'],
      [1, 'b'],
    ];
    expect(await next()).toMatchObject({
      from: 1,
      entries: [
        [1, 'a'],
        [1, 'b'],
      ],
      last: 2,
    });
    log.commit = 2;
    expect(await next()).toMatchObject({
      from: 1,
      entries: [
        [1, 'a'],
        [1, 'b'],
      ],
      commit: 2,
    });
    log.entries.push([2, 'c']);
    expect(await next()).toMatchObject({ from: 3, entries: [[2, 'c']], prevTerm: 1, last: 3 });
    log.commit = 3;
    expect(await next()).toMatchObject({ from: 3, entries: [[2, 'c']] });
    expect(await next()).toMatchObject({ from: 4, entries: [], last: 3 });
  });

  it('does not count what came too late', async () => {
    const log = new FakeLog(10);
    const tail = new LogTail();
    log.entries = [[1, 'a']];
    await expect(tail.next(log.read, () => true)).rejects.toThrow('could not be followed');
    expect(await tail.next(log.read, () => false)).toMatchObject({ read: 1, from: 1, entries: [[1, 'a']] });
  });

  it('says that older entries are gone', async () => {
    const log = new FakeLog(10);
    const tail = new LogTail();
    log.entries = [
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
    ];
    log.commit = 3;
    log.compacted = 2;
    expect(await tail.next(log.read, () => false)).toMatchObject({ from: 3, gap: true, entries: [[2, 'c']] });
  });
});
