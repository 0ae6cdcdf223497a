/**
 * Whatever history of the museum it is, the checker that finds its anomaly is among those that are offered.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UNLIMITED } from '../../checkers/contract.ts';
import { fittingCheckers, unreadFunctions } from '../../checkers/fitting.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { suggestChecker } from '../../checkers/suggest.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';
import { PIECES } from '../museum/pieces/index.ts';
import { script } from './script.ts';

const folder = new URL('../museum/', import.meta.url);
const saved = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
/** What no function of a history tells: lines of logs come from outside of it, and service may be demanded of any. */
const ASKED_FOR = new Set(['logs', 'availability', 'crashes']);
const pieces = PIECES.filter(({ checker }) => !ASKED_FOR.has(checker)).map((piece, n) => ({
  ...piece,
  title: `${piece.checker}: ${piece.kind} (${n})`,
}));

/** These judge by the strongest model unless told otherwise. */
const STRICT = new Set(['linearizable', 'list-append', 'rw-register']);

describe('fittingCheckers', () => {
  it.each(saved)('offers the checker of %s', (file) => {
    const expected = JSON.parse(
      readFileSync(new URL(file.replace('.jsonl', '.expect.json'), folder), 'utf8'),
    );
    const { history } = parseJsonl(readFileSync(new URL(file, folder)), file);
    expect(fittingCheckers(history)).toContain(expected.checker);
  });

  it.each(pieces)('offers the checker of $title', ({ checker, wrong, legal }) => {
    if (wrong.length === 0) return;
    expect(fittingCheckers(wrong)).toContain(checker);
    if (legal.length > 0) expect(fittingCheckers(legal)).toContain(checker);
  });

  it('puts the suggested one first, and offers none that cannot read it', () => {
    for (const { wrong } of pieces) {
      const [first] = fittingCheckers(wrong);
      const suggested = suggestChecker(wrong);
      if (suggested !== null) expect(first).toBe(suggested.name);
    }
    expect(fittingCheckers(script().run('frob', 1).history())).toEqual([]);
    expect(fittingCheckers(script().history())).toEqual([]);
    expect(fittingCheckers(script().run('add', 1).run('read', null, 'ok', 1).history())).not.toContain(
      'set-full',
    );
    expect(fittingCheckers(script().run('add', 1).run('read', null, 'ok', [1]).history())).not.toContain(
      'counter',
    );
  });

  it('never suggests a checker that fails a legal history of the museum', () => {
    for (const { checker, legal } of PIECES) {
      const suggested = suggestChecker(legal);
      if (suggested === null || suggested.name === checker || STRICT.has(suggested.name)) continue;
      // What it calls legal may well lose or repeat what was put in.
      if (checker === 'integrity' || ASKED_FOR.has(checker)) continue;
      const known = CHECKERS[suggested.name as keyof typeof CHECKERS];
      const { verdict } = known.check(legal, suggested.options, { spend: () => true, reason: '' });
      expect(verdict, `${suggested.name} on a legal history of ${checker}`).not.toBe('fail');
    }
  });
});

describe('unreadFunctions', () => {
  it('leaves it to the linearizable checker, which names the functions of its model', () => {
    expect(unreadFunctions(history, ['linearizable'])).toBeNull();
    const { verdict, note } = CHECKERS.linearizable.check(history, {}, UNLIMITED);
    expect(verdict).toBe('broken');
    expect(note).toMatch(/^the model cas-register does not understand .*frob.*it understands .*read.*write/);
  });

  const history = script().run('transfer', {}).run('frob', 1).run('frob', 2).history();

  it('names what is not judged, and what would be', () => {
    expect(unreadFunctions(history, ['bank', 'stats'])).toBe(
      'not judged: frob (2); bank understands transfer {from, to, amount}; read -> {account: balance} or [[account, balance]...]',
    );
    expect(unreadFunctions(script().run('read', 1).history(), ['bank'])).toBeNull();
    expect(unreadFunctions(history, ['stats'])).toBeNull();
  });

  it('says nothing of checkers that judge operations whatever they ask', () => {
    expect(unreadFunctions(history, ['availability'])).toBeNull();
    expect(unreadFunctions(history, ['crashes', 'availability', 'stats'])).toBeNull();
    expect(unreadFunctions(history, ['availability', 'bank'])).toMatch(/^not judged: frob \(2\); bank/);
  });

  it.each(
    Object.entries(CHECKERS).filter(
      ([name, { reads }]) => name !== 'linearizable' && reads && Object.keys(reads).length > 0,
    ),
  )('does so for %s', (name, { reads }) => {
    const said = unreadFunctions(history, [name])!;
    expect(said).toContain('frob (2)');
    for (const form of Object.values(reads!)) expect(said).toContain(form);
  });
});
