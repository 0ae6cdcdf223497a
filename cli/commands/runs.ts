/**
 * `faultline runs`: the stored runs on the terminal, newest first, and how each ended.
 */
import { suggest, UsageError } from '../../harness/registry.ts';
import { RunList, type RunRow, type Standing } from '../../reports/serve/run-list.ts';
import { seconds } from '../../reports/terminal/header.ts';
import { GLYPH, type Line, paint, span, TONE, wantsColour } from '../../reports/terminal/style.ts';
import { cells, padTo } from '../../reports/terminal/text.ts';
import { type Command, flag, list, type OptionValues } from '../command.ts';
import { wholeNumber } from '../explore-terrain.ts';
import { json, line } from '../io.ts';

const FEW = 20;
const STANDINGS: readonly Standing[] = [
  'pass',
  'fail',
  'unknown',
  'vacuous',
  'broken',
  'running',
  'no verdict',
];
/** Of the column that says how a run stands. */
const STANDING_CELLS = 12;

/** The command. */
export const runs: Command = {
  name: 'runs',
  summary: 'the stored runs of this folder, newest first, and how each ended',
  args: [{ form: '[name]', summary: 'only runs of this name or system; default all' }],
  options: [
    { flags: '--verdict <verdicts>', summary: `only these: ${STANDINGS.join(', ')}`, many: true },
    { flags: '--limit <n>', summary: `at most so many; default ${FEW}` },
    { flags: '--json', summary: 'print JSON on stdout' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: [
    'faultline runs',
    'faultline runs raft --verdict fail,unknown',
    'faultline runs --limit 1 --json',
  ],
  async run(io, [name], options) {
    const limit = wholeNumber(options, 'limit', '--limit') ?? FEW;
    const wanted = verdictsOf(options);
    const store = new RunList(io.cwd);
    const all = store.runs();
    const named = name === undefined ? all : all.filter((run) => run.name === name || run.system === name);
    if (named.length === 0) throw nothing(store.root, name, all);
    const found = named.filter(({ standing }) => wanted.length === 0 || wanted.includes(standing));
    const shown = found.slice(0, limit);
    if (flag(options, 'json')) {
      json(io.out, shown);
      return 0;
    }
    const look = { colour: wantsColour(io.env, io.out.isTTY), ascii: flag(options, 'ascii') };
    for (const each of linesOf(shown)) line(io.out, paint(each, io.out.columns, look));
    if (found.length > shown.length) {
      line(io.out, `and ${found.length - shown.length} older: --limit ${found.length}`);
    }
    if (found.length === 0) line(io.out, `none of ${named.length} is ${wanted.join(' or ')}`);
    return 0;
  },
};

function verdictsOf(options: OptionValues): string[] {
  const wanted = list(options, 'verdict');
  for (const one of wanted) {
    if ((STANDINGS as readonly string[]).includes(one)) continue;
    throw new UsageError(`there is no verdict "${one}"`, { hint: suggest(one, STANDINGS) });
  }
  return wanted;
}

function nothing(root: string, name: string | undefined, all: readonly RunRow[]): UsageError {
  if (all.length === 0) return new UsageError(`there are no runs in ${root}`, { hint: 'faultline demo' });
  const names = [...new Set(all.flatMap((run) => [run.name, run.system]))].filter((one) => one !== '').sort();
  return new UsageError(`there are no runs of "${name}"`, { hint: suggest(name ?? '', names) });
}

/** A line for each, and for those that did not pass a second one that says why. */
function linesOf(rows: readonly RunRow[]): Line[] {
  const width = Math.max(...rows.map(({ id }) => cells(id)));
  return rows.flatMap(({ id, standing, durationMs, workload, backend, sentence }) => {
    const known = standing in GLYPH ? (standing as keyof typeof GLYPH) : null;
    const mark = known === null ? '·' : GLYPH[known];
    const what = [durationMs === null ? '' : seconds(durationMs), workload, backend].filter(
      (part) => part !== '',
    );
    const row: Line = [
      span(padTo(`${mark} ${standing}`, STANDING_CELLS), known === null ? 'info' : TONE[known]),
      span(` ${padTo(id, width)}  `),
      span(what.join(', '), 'dim'),
    ];
    const why = span(`${' '.repeat(STANDING_CELLS + 1)}${sentence}`, 'dim');
    return standing === 'pass' || sentence === '' ? [row] : [row, [why]];
  });
}
