import { describe, expect, it } from 'vitest';
import { compileFilter, type FilterData, parseFilter } from '../../../../reports/html/app/filter.ts';

/** Three operations: a read, a slow ambiguous write under a partition, a refused cas. */
const DATA: FilterData = {
  columns: {
    index: [0, 2, 5],
    completion: [1, 1, 1],
    start: [1_000_000, 2_000_000, 4_000_000],
    duration: [2000, 1_500_000, 700],
    process: [0, 1, 10],
    node: [1, 2, 1],
    kind: [0, 4 + 2, 8 + 1],
    key: [3, 3, 0],
    value: [0, 0, 0],
    result: [0, 0, 0],
    error: [0, 1, 2],
  } as never,
  errors: [],
  overview: {
    functions: ['read', 'write', 'cas'],
    nodeNames: ['n1', 'n2'],
    faults: [{ id: 'partition-1', fault: 'partition', from: 1_500_000, to: 2_500_000 }],
  } as never,
  error: (row) => ['', 'timeout: no answer', 'precondition-failed'][row]!,
  key: (row) => ['1', '1', ''][row]!,
  describe: (row) => ['read 7', 'write 42', 'cas [1 2]'][row]!,
  outcome: (row) => (['ok', 'info', 'fail'] as const)[row]!,
  start: (row) => [1_000_000, 2_000_000, 4_000_000][row]!,
  end: (row) => [1_002_000, 3_500_000, 4_000_700][row]!,
};

function matching(text: string): number[] {
  const filter = parseFilter(text);
  expect(filter.error).toBeNull();
  const test = compileFilter(filter, DATA);
  return [0, 1, 2].filter((row) => test === null || test(row));
}

describe('the filter', () => {
  it.each([
    ['', [0, 1, 2]],
    ['f:write', [1]],
    ['!f:write', [0, 2]],
    ['key:1', [0, 1]],
    ['key:1 outcome:ok', [0]],
    ['outcome:ambiguous', [1]],
    ['node:n1', [0, 2]],
    ['process:10', [2]],
    ['latency:>50ms', [1]],
    ['latency:<1ms', [2]],
    ['time:1s..2s', [0, 1]],
    ['time:>00:03.6', [2]],
    ['fault:partition', [1]],
    ['fault:partition-1', [1]],
    ['error:timeout', [1]],
    ['op:5', [2]],
    ['42', [1]],
    ['"no answer"', [1]],
    ['value:7', [0]],
    ['f:nothing', []],
  ])('%s', (text, rows) => {
    expect(matching(text)).toEqual(rows);
  });

  it.each([
    ['kee:42', 0, /unknown field "kee".*key, f/],
    ['f:read outcome:okay', 15, /unknown outcome "okay"/],
    ['latency:>fast', 8, /expected >50ms/],
    ['time:4s..1s', 5, /expected/],
  ])('points at what is wrong in %s', (text, at, message) => {
    const { error } = parseFilter(text);
    expect(error!.at).toBe(at);
    expect(error!.message).toMatch(message);
  });
});
