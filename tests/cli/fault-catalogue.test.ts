/** The catalogue of faults: that the page has the one of now, and that nothing is left unsaid in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultCatalogue, withCatalogue } from '../../cli/fault-catalogue.ts';
import { BACKENDS } from '../../harness/cluster/backends.ts';
import { MECHANISMS } from '../../harness/cluster/mechanisms.ts';
import { FALLACIES, NOTES } from '../../nemesis/catalogue.ts';
import { FAULTS } from '../../nemesis/index.ts';

describe('the catalogue of faults', () => {
  it('is in docs/faults.md as it is now (npm run build && npm run docs)', () => {
    const page = readFileSync('docs/faults.md', 'utf8');
    expect(withCatalogue(page)).toBe(page);
  });

  it('says of every fault what shows it and how it is undone (nemesis/catalogue.ts)', () => {
    expect(Object.keys(NOTES).sort()).toEqual(Object.keys(FAULTS).sort());
  });

  it('says how each backend does what it offers, and of nothing else (harness/cluster/mechanisms.ts)', () => {
    for (const { name, offers } of BACKENDS) {
      const said = Object.entries(MECHANISMS).flatMap(([need, by]) => (name in by ? [need] : []));
      expect([name, ...said.sort()]).toEqual([name, ...[...offers].sort()]);
    }
  });

  it('has a fault against every fallacy', () => {
    const contradicted = new Set(Object.values(NOTES).flatMap(({ contradicts }) => contradicts));
    expect([...contradicted].sort()).toEqual(Object.keys(FALLACIES).sort());
    expect(faultCatalogue()).toContain('### byzantine');
  });

  it('needs its place in the page', () => {
    expect(() => withCatalogue('# Faults\n')).toThrow(/no place/);
  });
});
