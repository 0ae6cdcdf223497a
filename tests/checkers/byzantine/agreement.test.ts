import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreement } from '../../../checkers/byzantine/agreement.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from '../script.ts';

const on = (node: string, key: Json = 1) => ({ node, key });
const decides = (s: Script, node: string, value: Json, key: Json = 1): Script =>
  s.run('decide', null, 'ok', value, on(node, key));
const proposed = (...values: Json[]): Script =>
  values.reduce<Script>((s, v, i) => s.run('propose', v, 'ok', v, on(`n${i + 1}`)), script());

test('two correct nodes that decide differently fail; other instances and faulty nodes are free to', () => {
  const bad = agreement(decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'b').history());
  expect(bad.anomalies).toMatchObject([{ kind: 'disagreement', ops: [4, 5, 6, 7], key: 1 }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'Correct nodes must decide alike, but in instance 1, n1 decided "a" (0.005 s) and n2 decided "b" (0.007 s).',
  );
  expect(agreement(decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n2', 'a').history()).verdict).toBe(
    'pass',
  );
  const liar = decides(decides(decides(proposed('a'), 'n1', 'a'), 'n4', 'z'), 'n2', 'a').history();
  expect(agreement(liar).verdict).toBe('fail');
  expect(agreement(liar, { faulty: ['n4'], nodes: 4 })).toMatchObject({
    verdict: 'pass',
    stats: { byFaulty: 1 },
  });
  const instances = decides(decides(script(), 'n1', 'a', 1), 'n2', 'b', 2).history();
  expect(agreement(instances)).toMatchObject({ verdict: 'pass', stats: { validity: 'not judged' } });
});

test('a disagreement says who was faulty on purpose, and that those it accuses were not', () => {
  const split = decides(decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n4', 'z'), 'n2', 'b').history();
  const [first] = agreement(split, { faulty: ['n4'], nodes: 4 }).anomalies;
  expect(first!.sentence).toMatch(
    /^Correct nodes must decide alike, whatever n4 does, but in instance 1, n1/,
  );
  expect(first!.steps.at(-1)!.text).toBe('Faulty on purpose is n4 alone: n1 and n2 are correct.');
});

test('a node decides once: another value fails, the same again unless it is allowed', () => {
  const changed = decides(decides(proposed('a', 'b'), 'n1', 'a'), 'n1', 'b').history();
  expect(agreement(changed).anomalies).toMatchObject([{ kind: 'changed-decision', ops: [4, 5, 6, 7] }]);
  const again = decides(decides(proposed('a'), 'n1', 'a'), 'n1', 'a').history();
  expect(agreement(again).anomalies).toMatchObject([{ kind: 'repeated-decision' }]);
  expect(agreement(again, { repeats: 'allow' }).verdict).toBe('pass');
});

test('faults of unknown nodes pass as long as few enough of them explain everything', () => {
  const all = () => proposed('a', 'a', 'a', 'b');
  const one = decides(decides(decides(all(), 'n1', 'a'), 'n2', 'a'), 'n4', 'b').history();
  expect(agreement(one).verdict).toBe('fail');
  expect(agreement(one, { 'max-faulty': 1 })).toMatchObject({
    verdict: 'pass',
    stats: { suspects: ['n4'] },
    note: 'explained if n4 is faulty, within the 1 tolerated',
  });
  const two = decides(decides(decides(decides(all(), 'n1', 'a'), 'n2', 'b'), 'n3', 'a'), 'n4', 'b').history();
  expect(kindsOf(agreement(two, { 'max-faulty': 1, nodes: 4 }))).toEqual(['disagreement']);
  expect(agreement(two, { 'max-faulty': 2, nodes: 7 }).stats['suspects']).toEqual(['n1', 'n3']);
  expect(agreement(two, { 'max-faulty': 2 }).note).toContain('2 faulty need at least 7 nodes');
  expect(agreement(two, { 'max-faulty': 1, faulty: ['n4'] }).verdict).toBe('fail');
  // Taking n1 at its word, n2 decided what only a faulty node had proposed.
  expect(agreement(two, { 'max-faulty': 2, faulty: ['n4'] }).stats['suspects']).toEqual(['n2']);
});

test('the suspects it names are the fewest that explain everything, found by trying all sets', () => {
  const decision = fc.tuple(fc.nat(4), fc.nat(1), fc.nat(1));
  let [explained, not] = [0, 0];
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 7 }), fc.nat(3), (decisions, most) => {
      const s = script();
      for (const key of [0, 1]) {
        for (const i of [0, 1, 2, 3]) s.run('propose', i % 2, 'ok', i % 2, on(`n${i + 1}`, key));
      }
      for (const [node, key, value] of decisions) decides(s, `n${node + 1}`, value, key);
      const h = s.history();
      const sets = Array.from({ length: 32 }, (_, mask) =>
        ['n1', 'n2', 'n3', 'n4', 'n5'].filter((__, i) => mask & (1 << i)),
      );
      const good = sets.filter((faulty) => !broken(h, faulty) && faulty.length <= most);
      const fewest = Math.min(...good.map((faulty) => faulty.length));
      const result = agreement(h, { 'max-faulty': most });
      expect(result.verdict === 'fail').toBe(good.length === 0);
      if (good.length === 0) not++;
      const suspects = result.stats['suspects'] as string[] | undefined;
      if (suspects === undefined) return;
      explained++;
      expect(suspects.length).toBe(fewest);
      expect(good.map(String)).toContain(String(suspects));
    }),
    { numRuns: fuzzRuns(500) },
  );
  expect(Math.min(explained, not)).toBeGreaterThan(20);
});

test('what is decided was proposed by a correct node, before', () => {
  const thin = decides(proposed('a'), 'n1', 'x').history();
  expect(agreement(thin).anomalies).toMatchObject([{ kind: 'invalid-decision', ops: [0, 1, 2, 3] }]);
  expect(agreement(thin, { validity: 'none' }).verdict).toBe('pass');
  const byLiar = decides(proposed('a', 'b'), 'n1', 'b').history();
  expect(agreement(byLiar).verdict).toBe('pass');
  expect(kindsOf(agreement(byLiar, { faulty: ['n2'] }))).toEqual(['invalid-decision']);
  expect(agreement(byLiar, { faulty: ['n2'], validity: 'anyone' }).verdict).toBe('pass');
  const late = decides(proposed('a'), 'n1', 'b').run('propose', 'b', 'ok', 'b', on('n2')).history();
  expect(kindsOf(agreement(late))).toEqual(['invalid-decision']);
  for (const [outcome, verdict] of [
    ['info', 'pass'],
    ['fail', 'fail'],
  ] as const) {
    const s = script().run('propose', 'a', outcome, 'a', on('n2'));
    expect(agreement(decides(s, 'n1', 'a').history()).verdict, outcome).toBe(verdict);
  }
});

test('what is not known to be decided says nothing', () => {
  const s = decides(proposed('a'), 'n1', 'a');
  s.run('decide', null, 'info', 'z', on('n2')).run('decide', null, 'fail', 'z', on('n3'));
  expect(agreement(decides(s, 'n4', null).history())).toMatchObject({
    verdict: 'pass',
    stats: { decisions: 1 },
  });
  expect(agreement(proposed('a').history()).verdict).toBe('vacuous');
});

test('events noted by the harness count, whatever the order they were noted in', () => {
  const event = (f: string, node: string, value: Json) =>
    ({ index: 0, time: 0, process: `observer:${node}`, type: 'info', f, node, value }) as const;
  const events = [event('decide', 'n1', 'a'), event('propose', 'n2', 'a')];
  expect(agreement(historyOf(events)).verdict).toBe('pass');
  expect(kindsOf(agreement(historyOf([...events, event('decide', 'n2', 'b')])))).toEqual([
    'disagreement',
    'invalid-decision',
  ]);
});

test('it says when there are too few nodes for so many faulty ones', () => {
  const h = decides(decides(proposed('a'), 'n1', 'a'), 'n2', 'a').history();
  expect(agreement(h, { faulty: ['n3'] }).note).toBe(
    'outside the fault model: 1 faulty need at least 4 nodes without signatures, here 3 nodes seen',
  );
  expect(agreement(h, { faulty: ['n3'], nodes: 4 }).note).toBeUndefined();
  expect(agreement(h).note).toBeUndefined();
  expect(() => agreement(h, { faulty: 'n3' })).toThrow('option faulty');
});

/** Nodes n0 to n3 propose and decide on two instances; the first to decide takes any proposal made by then. */
function random(d: Dice): Script {
  const proposals: Json[][] = [[], []];
  const chosen: (Json | undefined)[] = [undefined, undefined];
  const decided = new Set<string>();
  return simulate(d, (roll) => {
    const key = roll.roll(2);
    const node = `n${roll.roll(4)}`;
    const made = proposals[key]!;
    if (made.length === 0 || roll.chance(40)) {
      const value = roll.roll(4);
      const effect = (): Json => {
        made.push(value);
        return value;
      };
      return { f: 'propose', value, key, node, effect };
    }
    if (decided.has(`${key} ${node}`)) return { f: 'noop', value: null, effect: () => null };
    decided.add(`${key} ${node}`);
    return { f: 'decide', value: null, key, node, effect: () => (chosen[key] ??= roll.pick(made)) };
  });
}

/** Does the history break the definition? By comparing all pairs of decisions, and each with all proposals. */
function broken(h: History, faulty: readonly string[]): boolean {
  const correct = (i: number): boolean => !faulty.includes(h.node(i)!);
  const all = (f: string) => [...h.indexesWhere((i) => h.f(i) === f && correct(i))];
  const decisions = all('decide').filter((i) => h.type(i) === 'ok');
  const proposals = all('propose').filter((i) => h.type(i) === 'invoke' && h.outcome(i) !== 'fail');
  const recorded = h.select({ f: 'propose' }).length > 0;
  const pair = decisions.some((a) =>
    decisions.some(
      (b) => a < b && h.key(a) === h.key(b) && (h.value(a) !== h.value(b) || h.node(a) === h.node(b)),
    ),
  );
  const thin = decisions.some(
    (a) => !proposals.some((p) => p < a && h.key(p) === h.key(a) && h.value(p) === h.value(a)),
  );
  return pair || (recorded && thin);
}

test('it fails exactly what the definition refutes, and nothing in a real consensus', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(), fewDice(), fc.subarray(['n0', 'n1']), (d, after, faulty) => {
      const s = random(d);
      expect(agreement(s.history(), {}).anomalies).toEqual([]);
      const h = tampered(s, after, 'decide', (v) => ((v as number) + after.roll(2)) % 5).history();
      for (const op of s.ops) if (op.f === 'decide' && op.node === 'n3' && after.chance(30)) op.node = 'n2';
      for (const subject of [h, s.history()]) {
        const result = agreement(subject, { faulty });
        expect(result.verdict === 'fail').toBe(broken(subject, faulty));
        for (const anomaly of result.anomalies) {
          found++;
          const alone = agreement(subject.pick(Int32Array.from(anomaly.ops)), { faulty });
          expect(kindsOf(alone)).toContain(anomaly.kind);
        }
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});

test('what all correct proposers propose must be decided where unanimity counts, and only then', () => {
  const strong = { validity: 'unanimous', faulty: ['n3'] };
  const of = (s: Script) => agreement(s.history(), strong);
  const defied = of(decides(proposed('a', 'a', 'z'), 'n1', 'z'));
  expect(defied.anomalies).toMatchObject([{ kind: 'invalid-decision', ops: [0, 1, 2, 3, 4, 5, 6, 7] }]);
  expect(defied.anomalies[0]!.sentence).toContain('What all correct proposers propose must be decided');
  expect(of(decides(proposed('a', 'a', 'z'), 'n1', 'a')).verdict).toBe('pass');
  // Proposals that differ, none of a correct node, and one that comes later bind nobody.
  expect(of(decides(proposed('a', 'b'), 'n1', 'z')).verdict).toBe('pass');
  expect(of(decides(script().run('propose', 'z', 'ok', 'z', on('n3')), 'n1', 'y')).verdict).toBe('pass');
  const late = decides(proposed('a'), 'n1', 'z').run('propose', 'b', 'ok', 'b', on('n2'));
  expect(of(late).verdict).toBe('pass');
});
