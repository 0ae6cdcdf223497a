/**
 * Taps on a connection: whatever pieces its bytes come in, lines are whole to taps and nothing else is touched.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineTap } from '../../../../harness/cluster/tcp/line-tap.ts';
import { makeTap } from '../../../../harness/taps/make-tap.ts';
import { TapLayers } from '../../../../harness/taps/tap-layers.ts';

const LINES = Array.from(
  { length: 6 },
  (_, n) => `${JSON.stringify({ id: n, src: 'n1', dest: 'n2', body: { type: 'x', value: `ü${n}` } })}\n`,
);

function forged(): TapLayers {
  const layers = new TapLayers();
  layers.set(
    'f',
    makeTap({ kind: 'forge', mode: '', nodes: ['n1'], clients: false, probability: 1, seed: 1 }),
  );
  return layers;
}

it('adds whole lines behind whole lines, however the bytes are cut', () => {
  const bytes = Buffer.from(LINES.join(''));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const tap = new LineTap({ taps: forged(), from: 'n1', to: 'n2', lines: true });
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      let at = 0;
      const out = ends.map((end) => {
        const piece = tap.pass(bytes.subarray(at, end), 0);
        at = end;
        return piece;
      });
      const lines = Buffer.concat(out).toString('utf8').trimEnd().split('\n');
      const whole = lines.map((line) => `${line}\n`);
      expect(lines).toHaveLength(2 * LINES.length);
      expect(whole.filter((line) => LINES.includes(line))).toEqual(LINES);
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ src: 'n1', body: { type: 'x' } });
      expect(tap.rest().length).toBe(0);
    }),
    { numRuns: 200 },
  );
});

it('begins with the next whole line when it joins in the middle of one, and holds nothing back without taps', () => {
  const layers = new TapLayers();
  const tap = new LineTap({ taps: layers, from: 'n1', to: 'n2', lines: true });
  const [first, second] = [Buffer.from(LINES[0]!), Buffer.from(LINES[1]!)];
  expect(tap.pass(first.subarray(0, 9), 0).length).toBe(9);
  layers.set(
    'f',
    makeTap({ kind: 'byzantine', mode: 'silent', nodes: ['n1'], clients: false, probability: 1, seed: 1 }),
  );
  expect(tap.pass(Buffer.concat([first.subarray(9), second]), 0).toString()).toBe(
    first.subarray(9).toString(),
  );
  expect(tap.pass(Buffer.from('no message\n'), 0).toString()).toBe('no message\n');
  expect(tap.pass(second.subarray(0, 4), 0).length).toBe(0);
  layers.clear('f');
  expect(tap.pass(second.subarray(4), 0).toString()).toBe(second.toString());
});
