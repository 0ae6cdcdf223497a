/** Tampering: one character, still JSON, keys untouched. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tamperBody } from '../../../../harness/cluster/stdio/tamper.ts';
import { Seed } from '../../../../harness/random.ts';

it('changes exactly one character and leaves valid JSON with the same keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer(), (value, seed) => {
      const body = JSON.stringify(value);
      const changed = tamperBody(body, Seed.of(seed).rng());
      if (changed === null) return;
      expect(changed).toHaveLength(body.length);
      expect([...changed].filter((c, i) => c !== [...body][i])).toHaveLength(1);
      expect(Object.keys(JSON.parse(changed))).toEqual(Object.keys(JSON.parse(body)));
    }),
  );
});

it('leaves alone what holds nothing to change', () => {
  expect(tamperBody('{"key":true,"other":null}', Seed.of(1).rng())).toBeNull();
});

it('reaches numbers and strings', () => {
  const seen = new Set(
    Array.from({ length: 60 }, (_, i) =>
      tamperBody('{"a":12,"b":"xy"}', Seed.of(i).rng())!.replaceAll(/[a-z]/g, 'z'),
    ),
  );
  expect(seen.size).toBeGreaterThan(5);
});
