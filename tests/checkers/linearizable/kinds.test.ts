/**
 * Names of violations say no more than is so: random histories, every name held against the facts it claims,
 * counted in the plainest way.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS, type ModelName } from '../../../checkers/models/registry.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json } from '../../../harness/op.ts';
import type { Anomaly } from '../../../harness/verdict.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { objectHistory } from './random-objects.ts';
import { drawnOps, drawnSteps } from './random-register.ts';
import { VOCABULARIES } from './vocabularies.ts';

interface Call {
  f: string;
  input: Json;
  output: Json | undefined;
  outcome: 'ok' | 'info' | 'fail';
  call: number;
  ret: number;
}

function callsOf(history: History): Call[] {
  const calls: Call[] = [];
  for (let i = 0; i < history.length; i++) {
    if (history.type(i) !== 'invoke') continue;
    const outcome = history.outcome(i);
    const ret = outcome === 'ok' ? history.pair(i) : Number.POSITIVE_INFINITY;
    const output = outcome === 'ok' ? history.value(history.pair(i)) : undefined;
    calls.push({ f: history.f(i), input: history.value(i), output, outcome, call: i, ret });
  }
  return calls;
}

const text = (value: Json | undefined): string => JSON.stringify(value) ?? '';
const INSERTS = ['enqueue', 'push', 'add', 'put', 'write'];
const TAKES = ['dequeue', 'pop'];

/** The last answer of a witness. */
function culpritOf({ detail }: Anomaly, calls: readonly Call[]): Call {
  const at = (detail as { culprit: number }).culprit;
  return calls.find(({ call }) => call === at)!;
}

/** Items an answer names. */
function itemsIn({ f, input, output }: Call): Json[] {
  if (f === 'read' && Array.isArray(output)) return output;
  return f === 'contains' || f === 'remove' || f === 'add' ? [input] : [output ?? null];
}

/** What a name claims about elements, as counts of calls. */
function elementClaim(kind: string, culprit: Call, calls: readonly Call[]): boolean {
  const puts = (item: Json): Call[] =>
    calls.filter(
      (put) =>
        INSERTS.includes(put.f) && put !== culprit && put.output !== false && text(put.input) === text(item),
    );
  const could = (call: Call): boolean => call.outcome !== 'fail' && call.call < culprit.ret;
  const items = itemsIn(culprit);
  const seenIn = (call: Call, item: Json): boolean =>
    call.outcome === 'ok' &&
    !INSERTS.includes(call.f) &&
    (call.f !== 'contains' || call.output === true) &&
    (call.f !== 'remove' || call.output === true) &&
    itemsIn(call).some((other) => text(other) === text(item));
  switch (kind) {
    case 'phantom-element':
      return items.some((item) => puts(item).length === 0);
    case 'aborted-element':
      return items.some((item) => {
        const all = puts(item);
        return all.length > 0 && all.every(({ outcome }) => outcome === 'fail');
      });
    case 'future-element':
      return items.some((item) => puts(item).length > 0 && puts(item).every((call) => !could(call)));
    case 'duplicate-element': {
      const repeats = items.some(
        (item) =>
          items.filter((other) => text(other) === text(item)).length > puts(item).filter(could).length,
      );
      const twice = items.some((item, i) => items.findIndex((other) => text(other) === text(item)) < i);
      const takes = calls.filter(
        ({ f, input, output }) =>
          (TAKES.includes(f) && text(output) === text(items[0])) ||
          (f === 'remove' && output === true && text(input) === text(items[0])),
      );
      return repeats || twice || takes.length > puts(items[0]!).filter(could).length;
    }
    case 'lost-element':
      return calls.some(
        (added) =>
          INSERTS.includes(added.f) &&
          added.outcome === 'ok' &&
          added.ret < culprit.call &&
          !calls.some((call) => call.ret > culprit.call && call !== culprit && seenIn(call, added.input)),
      );
    case 'found-empty':
      return culprit.output === null || culprit.outcome === 'fail';
    default:
      return true;
  }
}

const shapes = fc.record({
  unique: fc.constantFrom(true, true, false),
  info: fc.constantFrom(0, 10, 25),
  refused: fc.boolean(),
  spoil: fc.constantFrom(15, 40),
  mask: fc.constantFrom(255, 255, 0b11, 0b1100, 0b10110, 0b1011),
});

const page = readFileSync(new URL('../../../docs/models.md', import.meta.url), 'utf8');

test.each(Object.entries(VOCABULARIES))('%s: names claim what is so, and are documented', (name, words) => {
  const model = MODELS[name as ModelName] as Model<unknown>;
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(drawnOps(9), drawnSteps(9), shapes, (drawn, steps, shape) => {
      const history = objectHistory(model, words, drawn, steps, shape);
      const { anomalies } = linearizable(history, { model: name as ModelName });
      const calls = callsOf(history);
      for (const anomaly of anomalies) {
        seen[anomaly.kind] = (seen[anomaly.kind] ?? 0) + 1;
        const culprit = culpritOf(anomaly, calls);
        expect(elementClaim(anomaly.kind, culprit, calls), anomaly.sentence).toBe(true);
      }
    }),
    { numRuns: fuzzRuns(150) },
  );
  for (const kind of Object.keys(seen)) expect(page, `docs/models.md on ${kind}`).toContain(`\`${kind}\``);
  const plain = seen['not-linearizable'] ?? 0;
  const all = Object.values(seen).reduce((sum, count) => sum + count, 0);
  if (process.env['FUZZ_RUNS'] !== undefined) process.stdout.write(`${name} ${JSON.stringify(seen)}\n`);
  expect(plain / all, JSON.stringify(seen)).toBeLessThan(0.6);
});

test('every name is planted in the museum, beside a legal history', () => {
  const folder = readdirSync(new URL('../../museum/', import.meta.url));
  for (const name of folder.filter((file) => file.endsWith('-not.expect.json'))) {
    expect(folder).toContain(name.replace('-not.', '.'));
  }
  const table = page.slice(page.indexOf('## What violations'), page.indexOf('## A model of your own'));
  const kinds = table.match(/^\| `.*? \|/gm)!.flatMap((cell) => cell.match(/[a-z]+(-[a-z]+)+/g)!);
  expect(kinds.length).toBeGreaterThan(30);
  for (const kind of kinds) {
    expect(folder.filter((file) => file.endsWith(`-${kind}.jsonl`)).length, kind).toBeGreaterThan(0);
  }
});
