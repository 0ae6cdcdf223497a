/** The catalogue of faults: that the page has the one of now, and that nothing is left unsaid in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { describe as describePlugin, listing } from '../../cli/describe.ts';
import { faultCatalogue, faultEntry, withCatalogue } from '../../cli/fault-catalogue.ts';
import { BACKENDS } from '../../harness/cluster/backends.ts';
import { MECHANISMS } from '../../harness/cluster/mechanisms.ts';
import type { Fault } from '../../harness/contracts.ts';
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

  it('is what list and describe say of every fault', () => {
    expect(listing('faults').map(({ name }) => name)).toEqual(Object.keys(FAULTS));
    const page = faultCatalogue();
    for (const { name, summary } of listing('faults')) {
      const entry = page.slice(page.indexOf(`### ${name}\n`)).split('\n### ')[0]!;
      expect(entry).toContain(summary);
      const described = describePlugin(name).find(({ family }) => family === 'faults')!;
      const rows = described.sections.flatMap((section) =>
        section.rows.map((row) => [section.title, row] as const),
      );
      for (const [title, [row, text]] of rows) {
        if (title === 'mechanism' && row === 'by') expect(entry).toContain(`  - by ${text}\n`);
        else if (title === 'mechanism') expect(entry).toContain(`  - on \`${row}\`: ${text}\n`);
        if (title === 'modes') {
          const [mode, [words, needs]] = [
            row.replace(' (default)', ''),
            text.split('; needs ') as [string, string],
          ];
          expect(entry).toContain(`\`${mode}\` (${words})`);
          for (const need of needs.split(', ')) expect(entry).toContain(`\`${need}\``);
        }
        if (title.startsWith('parameters')) {
          expect(entry).toContain(`\`${row}\``);
          expect(entry).toContain(`(${text.split('; default')[0]}`);
        }
        if (title === 'evidence and undoing' && row !== 'contradicts')
          expect(entry).toContain(`- ${row}: ${text}`);
      }
      expect(rows.map(([title]) => title)).toEqual(
        expect.arrayContaining(['modes', 'evidence and undoing', 'lane']),
      );
    }
  });

  it('is what the table at the head of the page says: every fault, with every mode', () => {
    const rows = readFileSync('docs/faults.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const { name, modes } of Object.values(FAULTS) as Fault[]) {
      const own = rows.find((row) =>
        row
          .split('|')[1]!
          .split(', ')
          .some((cell) => cell.trim() === `\`${name}\``),
      );
      expect(own, name).toBeDefined();
      const said = own!.split('|')[2]!.replaceAll('`', '').trim().split(/\s+/).sort();
      expect([name, ...said]).toEqual([name, ...Object.keys(modes).sort()]);
    }
  });

  it('has an entry and a caveat or none for every fault of the registry, and every fallacy a command', () => {
    for (const fault of Object.values(FAULTS) as Fault[]) expect(faultEntry(fault).evidence).not.toBe('');
    for (const { shown } of Object.values(FALLACIES)) {
      expect(COMMANDS.map(({ name }) => name)).toContain(shown.split(' ')[0]);
      expect(faultCatalogue()).toContain(`\`faultline ${shown}\``);
    }
  });

  it('needs its place in the page', () => {
    expect(() => withCatalogue('# Faults\n')).toThrow(/no place/);
  });
});
