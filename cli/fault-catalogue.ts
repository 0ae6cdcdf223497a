/**
 * The catalogue of faults, made of the registries: what each needs, takes, does on each backend and leaves, and which
 * fallacy it contradicts. `faultline describe` and docs/faults.md (`npm run docs`) are two renderings of it; a test
 * holds the page against it.
 */
import { BACKENDS } from '../harness/cluster/backends.ts';
import { MECHANISMS } from '../harness/cluster/mechanisms.ts';
import type { BackendName, Capability, Fault, System } from '../harness/contracts.ts';
import { FALLACIES, type Fallacy, type FaultNotes, NOTES } from '../nemesis/catalogue.ts';
import { registeredAs } from '../plugins/registered.ts';
import { FAULTS, SYSTEMS } from './registries.ts';

/** Lines of the page between which the catalogue stands. */
export const CATALOGUE_MARKS = {
  from: '<!-- catalogue: written by npm run docs -->',
  to: '<!-- end of catalogue -->',
} as const;

/** What the catalogue says of one fault beyond its modes and parameters. */
export interface FaultEntry {
  /** Capabilities any of its modes needs. */
  needs: readonly Capability[];
  /** How each backend that can does it. */
  mechanisms: readonly { backend: BackendName; text: string }[];
  /** What systems or configurations bring of their own, whatever the backend. */
  brought: readonly string[];
  evidence: string;
  undo: string;
  caveat: string | undefined;
  /** Claims of the fallacies it contradicts. */
  contradicts: readonly string[];
}

/** The entry of a fault. */
export function faultEntry(fault: Fault): FaultEntry {
  const needs = [...new Set(Object.keys(fault.modes).flatMap((mode) => fault.needs(mode, {})))];
  const notes = NOTES[fault.name] ?? ownNotes(fault);
  if (notes === undefined) throw new RangeError(`nothing is noted of ${fault.name} (nemesis/catalogue.ts)`);
  return {
    needs,
    mechanisms: mechanismsOf(needs),
    brought: needs.flatMap((need) => BROUGHT[need]?.() ?? []),
    evidence: notes.evidence,
    undo: notes.undo,
    caveat: notes.caveat,
    contradicts: notes.contradicts.map((key) => FALLACIES[key].claim),
  };
}

/** A fault of the user's own says all this in its code alone. */
function ownNotes({ name }: Fault): FaultNotes | undefined {
  const own = registeredAs('fault', name);
  if (own === undefined) return undefined;
  return {
    evidence: `what its \`inject\` and \`undo\` return (${own.file})`,
    undo: 'its own `undo`',
    contradicts: [],
  };
}

/** Capabilities that no backend has: who has them. */
const BROUGHT: Partial<Record<Capability, () => string>> = {
  'node.variants': () =>
    `variants: declared by ${systemsWith('variants')}, or by \`variants\` of a configuration for any system`,
  'members.change': () =>
    `the administration of the system itself: ${systemsWith('membership')}, or \`command.members\` of a configuration`,
};

function systemsWith(part: 'variants' | 'membership'): string {
  const having = Object.values<System>(SYSTEMS).filter((system) => system[part] !== undefined);
  return having.map(({ name }) => `\`${name}\``).join(', ');
}

function mechanismsOf(needs: readonly Capability[]): { backend: BackendName; text: string }[] {
  const told = needs.filter((need) => Object.keys(MECHANISMS[need]).length > 0);
  return BACKENDS.flatMap(({ name, offers }) => {
    const ways = told.flatMap((need) => (offers.includes(need) ? [MECHANISMS[need][name] ?? ''] : []));
    const lacks = told.filter((need) => !offers.includes(need));
    if (ways.length === 0) return [];
    const only =
      lacks.length === 0 ? '' : ` (not what needs ${lacks.map((need) => `\`${need}\``).join(', ')})`;
    return [{ backend: name, text: `${[...new Set(ways)].join('; ')}${only}` }];
  });
}

/** The catalogue as markdown, from its heading to the end of the table of fallacies. */
export function faultCatalogue(): string {
  const faults = Object.values(FAULTS) as readonly Fault[];
  return ['## Catalogue', '', ...faults.flatMap(markdownOf), ...fallacyTable(faults)].join('\n');
}

/** The page with the catalogue of now in it. Throws where the page has no place for it. */
export function withCatalogue(page: string): string {
  const [from, to] = [page.indexOf(CATALOGUE_MARKS.from), page.indexOf(CATALOGUE_MARKS.to)];
  if (from < 0 || to < from) throw new Error('the page has no place for the catalogue');
  const before = page.slice(0, from + CATALOGUE_MARKS.from.length);
  return `${before}\n${faultCatalogue()}\n${page.slice(to)}`;
}

function markdownOf(fault: Fault): string[] {
  const entry = faultEntry(fault);
  const modes = Object.entries(fault.modes);
  const own = modes.map(([mode, { summary }]) => `\`${mode}\` (${summary})`).join('; ');
  return [
    `### ${fault.name}`,
    '',
    fault.summary,
    '',
    `- modes: ${own}; without one \`${fault.defaultMode}\``,
    ...parameterLines(modes),
    `- needs: ${entry.needs.map((need) => `\`${need}\``).join(', ')}`,
    ...entry.mechanisms.map(({ backend, text }) => `  - on \`${backend}\`: ${text}`),
    ...entry.brought.map((what) => `  - by ${what}`),
    `- evidence: ${entry.evidence}`,
    `- undo: ${entry.undo}`,
    ...(entry.caveat === undefined ? [] : [`- mind: ${entry.caveat}`]),
    '',
  ];
}

/** Parameters, those of several modes once; where modes mean different things by a name, each with its mode. */
function parameterLines(modes: readonly [string, Fault['modes'][string]][]): string[] {
  const meanings = new Map<string, Map<string, string[]>>();
  for (const [mode, { params = {} }] of modes) {
    for (const [name, { summary, default: value }] of Object.entries(params)) {
      const given = value === undefined || value === null ? '' : `, default ${JSON.stringify(value)}`;
      const texts = meanings.get(name) ?? new Map<string, string[]>();
      meanings.set(name, texts.set(`${summary}${given}`, [...(texts.get(`${summary}${given}`) ?? []), mode]));
    }
  }
  const told = [...meanings].flatMap(([name, texts]) =>
    [...texts].map(([text, of]) => {
      const whose = texts.size === 1 ? '' : ` of ${of.map((mode) => `\`${mode}\``).join(', ')}`;
      return `\`${name}\`${whose} (${text})`;
    }),
  );
  return told.length === 0 ? [] : [`- parameters: ${told.join('; ')}`];
}

function fallacyTable(faults: readonly Fault[]): string[] {
  const rows = Object.entries<Fallacy>(FALLACIES).map(([key, { claim, wrong, shown, ends, seen }]) => {
    const against = faults.filter(({ name }) =>
      NOTES[name]?.contradicts.includes(key as keyof typeof FALLACIES),
    );
    const names = against.map(({ name }) => `\`${name}\``).join(' ');
    return `| ${claim} | ${names} | ${wrong} | \`faultline ${shown}\` ${ends}: ${seen} |`;
  });
  return [
    '## The eight fallacies',
    '',
    '| whoever believes that | meets | and may show | see |',
    '|---|---|---|---|',
    ...rows,
    '',
  ];
}
