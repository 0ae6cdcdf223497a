/**
 * What `--witness` writes: for every piece of the museum that is code, a part that fails by itself, as the whole did and in
 * no other way.
 */
import { describe, expect, it } from 'vitest';
import { type Checker, UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { failingPart, firstFailure } from '../../cli/witness.ts';
import { PIECES } from '../museum/pieces/index.ts';

const ALL: Readonly<Record<string, Checker>> = CHECKERS;

describe('the witness of a piece of the museum', () => {
  const cases = PIECES.map((piece, n) => ({ ...piece, title: `${piece.checker}: ${piece.kind} (${n})` }));

  it.each(cases)('$title fails by itself', async ({ checker, wrong, options }) => {
    const spec = { name: checker, options };
    const result = ALL[checker]!.check(wrong, options, UNLIMITED);
    const failure = firstFailure([spec], [result]);
    // What options alone tell cannot be cut out of a history.
    if (failure === null) return expect(result.anomalies.every(({ ops }) => ops.length === 0)).toBe(true);
    const part = await failingPart(wrong, failure, async (history) =>
      ALL[checker]!.check(history, options, UNLIMITED),
    );
    const again = ALL[checker]!.check(part.history, options, UNLIMITED);
    expect(again.verdict).toBe('fail');
    // A part that begins where the history does may fail in another way, as transactions do.
    if (part.what.includes(' up to ')) return;
    // Under the same name and no other: what explains the answers of the witness is there, too.
    const kinds = again.anomalies.map((anomaly) => anomaly.kind);
    expect(kinds).toContain(failure.anomaly.kind);
    for (const found of kinds) expect(failure.kinds).toContain(found);
    expect(part.history.length).toBeLessThanOrEqual(wrong.length);
  });
});
