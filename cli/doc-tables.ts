/**
 * Parts of the documentation that are made of what faultline knows itself: models with what refutes them, findings
 * with how to see them, the code that `faultline new` writes. `npm run docs` writes them into their pages, a test holds the pages against them.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Config } from '../harness/config/types.ts';
import { CONSISTENCY_MODELS, consistencyModel } from './consistency-models.ts';
import { CHECKERS, SYSTEMS } from './registries.ts';
import { ownSuites } from './suites.ts';
import { checkerModule } from './templates/checker.ts';
import { nemesisModule } from './templates/nemesis.ts';
import { nodeModule, systemModule } from './templates/system.ts';
import { workloadModule } from './templates/workload.ts';

/** A table, the page it stands in, and its name there. */
export interface DocTable {
  page: string;
  name: string;
  text(): string;
}

/** All of them. */
export const DOC_TABLES: readonly DocTable[] = [
  { page: 'docs/consistency-models.md', name: 'models', text: modelTable },
  { page: 'docs/consistency-models.md', name: 'anomalies', text: anomalyTable },
  { page: 'docs/track-record.md', name: 'findings', text: findingTable },
  { page: 'docs/track-record.md', name: 'planted', text: plantedTable },
  {
    page: 'docs/write-a-system.md',
    name: 'system',
    text: () => fenced(systemModule('my-store', 'my-store-node.ts')),
  },
  { page: 'docs/write-a-system.md', name: 'node', text: () => fenced(nodeModule(true)) },
  { page: 'docs/write-a-workload.md', name: 'workload', text: () => fenced(workloadModule('my-adds')) },
  { page: 'docs/write-a-fault.md', name: 'fault', text: () => fenced(nemesisModule('my-nap')) },
  { page: 'docs/write-a-checker.md', name: 'checker', text: () => fenced(checkerModule('my-check', true)) },
];

/** Code as `faultline new` writes it: what tests hold to its kit is what the page shows. */
function fenced(code: string): string {
  return `\n\`\`\`ts\n${code}\`\`\`\n`;
}

/** A page with a table of now in it. Throws where the page has no place for it. */
export function withTable(page: string, { name, text }: DocTable): string {
  const marks = [`<!-- ${name}: written by npm run docs -->`, `<!-- end of ${name} -->`] as const;
  const [from, to] = marks.map((mark) => page.indexOf(mark)) as [number, number];
  if (from < 0 || to < from) throw new Error(`the page has no place for the table ${name}`);
  return `${page.slice(0, from + marks[0].length)}\n${text()}\n${page.slice(to)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(' ');

/** Models without regard to the order of processes and to real time: those of the other two families are theirs. */
function modelTable(): string {
  const plain = Object.keys(CONSISTENCY_MODELS).filter(
    (name) => !name.startsWith('str') || !name.includes('-'),
  );
  const own = plain.filter((name) => !/^(strong|strict)-/.test(name));
  const rows = own.map((name) => {
    const { implies, refutedBy, aliases } = consistencyModel(name)!;
    const weaker = new Set(implies.flatMap((each) => consistencyModel(each)!.implies));
    const direct = implies.filter((each) => !weaker.has(each));
    const ofOthers = new Set(implies.flatMap((each) => consistencyModel(each)!.refutedBy));
    return [
      `\`${name}\``,
      code(direct),
      code(refutedBy.filter((kind) => !ofOthers.has(kind))),
      aliases.length === 0 ? '' : aliases.join(', '),
    ];
  });
  return table(['model', 'at least', 'also refuted by', 'also called'], rows);
}

function anomalyTable(): string {
  const { 'list-append': lists, 'rw-register': registers } = CHECKERS;
  const meanings = { ...registers.anomalies, ...lists.anomalies };
  const rows = Object.entries(meanings)
    .filter(([kind]) => !/-(process|realtime)$/.test(kind))
    .map(([kind, meaning]) => [`\`${kind}\``, meaning]);
  return table(['anomaly', 'what the history shows'], rows);
}

/** Every suite that is expected to fail, beside its reason and the command that shows it. */
function findingTable(): string {
  const rows = ownSuites().flatMap(({ name, file }) => {
    const { expect, because = '', foundBy = '' } = parse(readFileSync(file, 'utf8')) as Config;
    if (expect !== 'fail') return [];
    return [[name.split('/')[0]!, because, `\`${foundBy}\``, `\`faultline suite ${name}\``]];
  });
  return table(['system', 'what goes wrong', 'found by', 'see it'], rows);
}

/** Every planted bug of the reference systems. */
function plantedTable(): string {
  const rows = Object.values(SYSTEMS).flatMap(({ name, bugs }) =>
    Object.entries(bugs).map(([bug, { summary, checker }]) => [
      `\`${name}\``,
      `\`${bug}\``,
      summary,
      `\`${checker}\``,
    ]),
  );
  return table(['system', 'bug', 'what it breaks', 'found by'], rows);
}
