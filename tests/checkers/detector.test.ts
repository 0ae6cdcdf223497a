import fc from 'fast-check';
import { expect, test } from 'vitest';
import { detector } from '../../checkers/detector.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Json, Op } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { kindsOf } from './script.ts';

type Line = [atMs: number, f: string, node: string, about?: string];

/** Events as the harness notes them: of the cluster, or of a node's detector. */
const history = (lines: Line[], endMs = 60_000) =>
  historyOf(
    [...lines, [endMs, 'end', 'n1'] as Line].map(
      ([atMs, f, node, about], index): Op => ({
        index,
        time: atMs * 1e6,
        process: about === undefined ? 'cluster' : `observer:${node}`,
        type: 'info',
        f,
        node,
        value: about ?? null,
      }),
    ),
  );
const BOUND = { 'max-detection-ms': 2000 };
const FORBID = { 'false-suspicions': 'forbid' };

test('how soon a crash is seen is not known where nothing crashed', () => {
  const calm = history([[1000, 'trust', 'n1', 'n2']]);
  expect(detector(calm, BOUND).verdict).toBe('vacuous');
  expect(detector(calm, FORBID).verdict).toBe('pass');
});

test('a crash is detected in time or not', () => {
  const late = history([
    [0, 'trust', 'n1', 'n3'],
    [5000, 'crashed', 'n3'],
    [8000, 'suspect', 'n1', 'n3'],
  ]);
  const bad = detector(late, BOUND);
  expect(bad.anomalies).toMatchObject([{ kind: 'slow-detection', ops: [0, 1, 2] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'A crash must be detected within 2 s, but n3 was down from 5.000 s on and n1 did not suspect it at 7.000 s.',
  );
  expect(detector(late)).toMatchObject({
    verdict: 'pass',
    stats: { crashes: 1, detectionMs: { count: 1, max: 3000 } },
  });
  const soon = history([
    [0, 'trust', 'n1', 'n3'],
    [5000, 'crashed', 'n3'],
    [6900, 'suspect', 'n1', 'n3'],
  ]);
  expect(detector(soon, BOUND).verdict).toBe('pass');
  const restarted = history([
    [0, 'trust', 'n1', 'n3'],
    [5000, 'exited', 'n3'],
    [6500, 'started', 'n3'],
  ]);
  expect(detector(restarted, BOUND)).toMatchObject({ verdict: 'pass', stats: { missed: 1 } });
  const observerDown = history([
    [0, 'trust', 'n1', 'n3'],
    [5000, 'crashed', 'n3'],
    [5500, 'crashed', 'n1'],
  ]);
  expect(detector(observerDown, BOUND).verdict).toBe('pass');
  expect(
    detector(
      history(
        [
          [0, 'trust', 'n1', 'n3'],
          [5000, 'crashed', 'n3'],
        ],
        6000,
      ),
      BOUND,
    ).verdict,
  ).toBe('pass');
});

test('a suspicion of a running node is false, unless it is near an outage or a fault', () => {
  const wrong = history([[5000, 'suspect', 'n1', 'n3']]);
  expect(detector(wrong)).toMatchObject({ verdict: 'pass', stats: { falseSuspicions: 1 } });
  expect(detector(wrong, FORBID).anomalies).toMatchObject([{ kind: 'false-suspicion', ops: [0] }]);
  expect(
    detector(
      history([
        [5000, 'suspect', 'n1', 'n3'],
        [5900, 'crashed', 'n3'],
      ]),
      FORBID,
    ).verdict,
  ).toBe('pass');
  expect(
    detector(
      history([
        [5000, 'suspect', 'n1', 'n3'],
        [6100, 'crashed', 'n3'],
      ]),
      FORBID,
    ).verdict,
  ).toBe('fail');
  expect(
    detector(
      history([
        [5000, 'suspect', 'n1', 'n3'],
        [8000, 'ready', 'n3'],
      ]),
      FORBID,
    ).verdict,
  ).toBe('pass');
  const value: Json = { id: 'pause-1', fault: 'pause', mode: 'one', nodes: ['n3'] };
  const nemesis = { process: 'nemesis:process', f: 'inject-pause', value };
  const paused = historyOf([
    { index: 0, time: 1e9, type: 'invoke', ...nemesis },
    { index: 1, time: 1e9, type: 'ok', ...nemesis },
    {
      index: 2,
      time: 5e9,
      process: 'observer:n1',
      type: 'info',
      f: 'suspect',
      node: 'n1',
      value: { node: 'n3' },
    },
  ]);
  expect(detector(paused, FORBID)).toMatchObject({ verdict: 'pass', stats: { duringFaults: 1 } });
  expect(detector(history([])).verdict).toBe('vacuous');
});

const NODES = ['n1', 'n2', 'n3'];

/** Is a node down at an instant: the last of its events up to then says so. */
const downAt = (lines: Line[], node: string, atMs: number): boolean =>
  ['crashed'].includes(
    lines.findLast(
      ([t, f, n, about]) => about === undefined && n === node && t <= atMs && f !== 'end',
    )?.[1] ?? '',
  );

/** Anomalies by looking at every millisecond and pair as the promise words it. */
function byDefinition(lines: Line[], boundMs: number, endMs: number): [slow: number, wrong: number] {
  let [slow, wrong] = [0, 0];
  const observers = NODES.filter((n) => lines.some(([, , by, about]) => about !== undefined && by === n));
  const all = (node: string, from: number, to: number, down: boolean): boolean => {
    for (let t = from; t <= to; t++) if (downAt(lines, node, t) !== down) return false;
    return true;
  };
  for (const [t, f, node, about] of lines) {
    if (
      f === 'suspect' &&
      all(about!, t, t, false) &&
      !lines.some(([u, g, n]) => g === 'ready' && n === about && u === t)
    )
      wrong++;
    if (f !== 'crashed' || downAt(lines, node, t - 1) || t + boundMs >= endMs) continue;
    if (!all(node, t, t + boundMs, true)) continue;
    for (const o of observers) {
      if (o === node || !all(o, t - 1, t + boundMs, false)) continue;
      const last = lines.findLast(([u, , by, whom]) => by === o && whom === node && u <= t + boundMs);
      if (last?.[1] !== 'suspect') slow++;
    }
  }
  return [slow, wrong];
}

test('it finds what a look at every instant finds', () => {
  const line = fc.record({
    gap: fc.integer({ min: 1, max: 5 }),
    f: fc.constantFrom('suspect', 'suspect', 'trust', 'crashed', 'ready'),
    node: fc.constantFrom(...NODES),
    about: fc.constantFrom(...NODES),
  });
  let [found, clean] = [0, 0];
  fc.assert(
    fc.property(fc.array(line, { maxLength: 16 }), fc.integer({ min: 1, max: 9 }), (drawn, boundMs) => {
      let atMs = 10;
      // Every node is known to be up from the start.
      const lines: Line[] = NODES.map((node) => [1, 'ready', node]);
      for (const { gap, f, node, about } of drawn) {
        atMs += gap;
        lines.push(f === 'suspect' || f === 'trust' ? [atMs, f, node, about] : [atMs, f, node]);
      }
      const options = { 'max-detection-ms': boundMs, 'tolerance-ms': 0, ...FORBID };
      const h = history(lines, atMs + 6);
      const result = detector(h, options);
      const [slow, wrong] = byDefinition(lines, boundMs, atMs + 6);
      expect(result.stats['anomalies'] ?? {}).toEqual({
        ...(slow > 0 ? { 'slow-detection': slow } : {}),
        ...(wrong > 0 ? { 'false-suspicion': wrong } : {}),
      });
      if (result.anomalies.length === 0) clean++;
      else found += kindsOf(result).length;
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
  expect(clean).toBeGreaterThan(20);
});
