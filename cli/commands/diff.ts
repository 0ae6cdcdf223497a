/**
 * `faultline diff`: two stored runs side by side, and where their courses part.
 */
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { type ComparedRow, compareRuns } from '../../reports/compare.ts';
import { loadReportModel } from '../../reports/load.ts';
import type { ReportModel } from '../../reports/model.ts';
import { cells, padTo, plain, wrap } from '../../reports/terminal/text.ts';
import { type Command, flag } from '../command.ts';
import { type Io, json, line } from '../io.ts';
import { courseLines } from '../same-course.ts';

/** Columns of values are at most this wide: sentences are for `show`. */
const MOST_CELLS = 44;

/** The command. */
export const diff: Command = {
  name: 'diff',
  summary: 'two stored runs side by side: what differs in what was run, how it ended, what it cost',
  args: [
    { form: '<a>', summary: 'a run folder, a name, the beginning of an id, or last' },
    { form: '[b]', summary: 'the other one; default the last run' },
  ],
  options: [
    { flags: '--all', summary: 'also what is the same' },
    { flags: '--exit-code', summary: 'exit 1 when verdicts or kinds of anomalies differ' },
    { flags: '--json', summary: 'the comparison as JSON on stdout' },
  ],
  examples: ['faultline diff raft/20261101 last', 'faultline diff demo-bully last --all'],
  async run(io, [first = 'last', second = 'last'], options) {
    const store = new Store(io.cwd);
    const folders = [first, second].map((reference) => store.resolve(reference));
    if (folders[0]!.path === folders[1]!.path) {
      throw new UsageError(`both of them are the run ${folders[0]!.id}`, {
        hint: 'name another one: faultline runs lists them',
      });
    }
    const [a, b] = await Promise.all(folders.map(({ path }) => loadReportModel(path)));
    const comparison = compareRuns(a!, b!);
    const course =
      samePlan(a!, b!) && folders.every((folder) => folder.has('history'))
        ? courseLines(folders[0]!.file('history'), folders[1]!.file('history'))
        : [];
    if (flag(options, 'json')) json(io.out, { a: folders[0]!.id, b: folders[1]!.id, ...comparison, course });
    else {
      line(io.out, `a          ${folders[0]!.id}`);
      line(io.out, `b          ${folders[1]!.id}`);
      for (const { title, rows } of comparison.parts) print(io, title, rows, flag(options, 'all'));
      if (course.length > 0) line(io.out, '\ncourse: a before, b now');
      for (const said of course) line(io.out, `  ${said}`);
    }
    return flag(options, 'exitCode') && comparison.outcomeDiffers ? 1 : 0;
  },
};

/** Runs of other seeds ask other things: where they part would say nothing. */
function samePlan(a: ReportModel, b: ReportModel): boolean {
  return a.seed === b.seed && a.system === b.system && a.workload === b.workload;
}

function print(io: Io, title: string, rows: readonly ComparedRow[], all: boolean): void {
  const shown = rows.filter(({ differs }) => all || differs);
  line(io.out);
  line(io.out, shown.length === 0 ? `${title}: the same` : title);
  if (shown.length === 0) return;
  // What two long values differ in may be their ends: they are broken, not cut.
  const broken = (value: string): string[] => wrap(plain(value) || '-', MOST_CELLS);
  const widths = (['what', 'a'] as const).map((column) =>
    Math.max(...shown.flatMap((row) => broken(row[column]).map(cells))),
  );
  for (const row of shown) {
    const columns = [row.what, row.a, row.b].map(broken);
    for (let i = 0; i < Math.max(...columns.map((column) => column.length)); i++) {
      const mark = row.differs || i > 0 ? '  ' : '= ';
      const [what, a, b] = columns.map((column) => column[i] ?? '') as [string, string, string];
      line(io.out, `${mark}${padTo(what, widths[0]!)}   ${padTo(a, widths[1]!)}   ${b}`.trimEnd());
    }
  }
}
