/**
 * The catalogue of faults in docs/faults.md, made of the registries: what each needs, takes, does on each backend and
 * leaves, and which fallacy it contradicts. `npm run docs` writes it; a test holds the page against it.
 */
import { BACKENDS } from '../harness/cluster/backends.ts';
import { MECHANISMS } from '../harness/cluster/mechanisms.ts';
import type { Capability, Fault } from '../harness/contracts.ts';
import { FALLACIES, NOTES } from '../nemesis/catalogue.ts';
import { FAULTS } from './registries.ts';

/** Lines of the page between which the catalogue stands. */
export const CATALOGUE_MARKS = {
  from: '<!-- catalogue: written by npm run docs -->',
  to: '<!-- end of catalogue -->',
} as const;

/** The catalogue as markdown, from its heading to the end of the table of fallacies. */
export function faultCatalogue(): string {
  const faults = Object.values(FAULTS) as readonly Fault[];
  return ['## Catalogue', '', ...faults.flatMap(entryOf), ...fallacyTable(faults)].join('\n');
}

/** The page with the catalogue of now in it. Throws where the page has no place for it. */
export function withCatalogue(page: string): string {
  const [from, to] = [page.indexOf(CATALOGUE_MARKS.from), page.indexOf(CATALOGUE_MARKS.to)];
  if (from < 0 || to < from) throw new Error('the page has no place for the catalogue');
  const before = page.slice(0, from + CATALOGUE_MARKS.from.length);
  return `${before}\n${faultCatalogue()}\n${page.slice(to)}`;
}

function entryOf(fault: Fault): string[] {
  const notes = NOTES[fault.name];
  const modes = Object.entries(fault.modes);
  const own = modes.map(([mode, { summary }]) => `\`${mode}\` (${summary})`).join('; ');
  return [
    `### ${fault.name}`,
    '',
    fault.summary,
    '',
    `- modes: ${own}; without one \`${fault.defaultMode}\``,
    ...parameterLines(modes),
    ...mechanismLines(
      fault,
      modes.map(([mode]) => mode),
    ),
    ...(notes === undefined
      ? []
      : [
          `- evidence: ${notes.evidence}`,
          `- undo: ${notes.undo}`,
          ...(notes.caveat === undefined ? [] : [`- mind: ${notes.caveat}`]),
        ]),
    '',
  ];
}

/** Parameters, those of several modes once. */
function parameterLines(modes: readonly [string, Fault['modes'][string]][]): string[] {
  const found = new Map<string, string>();
  for (const [, { params = {} }] of modes) {
    for (const [name, { summary, default: value }] of Object.entries(params)) {
      const given = value === undefined || value === null ? '' : `, default ${JSON.stringify(value)}`;
      found.set(name, `\`${name}\` (${summary}${given})`);
    }
  }
  return found.size === 0 ? [] : [`- parameters: ${[...found.values()].join('; ')}`];
}

function mechanismLines(fault: Fault, modes: readonly string[]): string[] {
  const needs = [...new Set(modes.flatMap((mode) => fault.needs(mode, {})))];
  const lines = [`- needs: ${needs.map((need) => `\`${need}\``).join(', ')}`];
  const told = needs.filter((need) => Object.keys(MECHANISMS[need]).length > 0);
  for (const { name, offers } of BACKENDS) {
    const ways = told.flatMap((need) => (offers.includes(need) ? [MECHANISMS[need][name] ?? ''] : []));
    const lacks = told.filter((need) => !offers.includes(need));
    if (ways.length === 0) continue;
    const only =
      lacks.length === 0
        ? ''
        : ` (not what needs ${lacks.map((need: Capability) => `\`${need}\``).join(', ')})`;
    lines.push(`  - on \`${name}\`: ${[...new Set(ways)].join('; ')}${only}`);
  }
  return lines;
}

function fallacyTable(faults: readonly Fault[]): string[] {
  const rows = Object.entries(FALLACIES).map(([key, { claim, wrong }]) => {
    const against = faults.filter(({ name }) =>
      NOTES[name]?.contradicts.includes(key as keyof typeof FALLACIES),
    );
    return `| ${claim} | ${against.map(({ name }) => `\`${name}\``).join(' ')} | ${wrong} |`;
  });
  return [
    '## The eight fallacies',
    '',
    '| whoever believes that | meets | and may show |',
    '|---|---|---|',
    ...rows,
    '',
  ];
}
