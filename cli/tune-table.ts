/**
 * The tables of `faultline tune`: medians by bug and way to search, and the factors between the ways.
 */
import type { Arm, TuneRow, Tuning } from '../search/tune.ts';
import { type Comparison, type Factor, medianOf, type Trial } from '../search/tune-figures.ts';

const GAP = '  ';

/** One line for every bug: the median of runs and of seconds, and how many trials found it where not all did. */
export function trialLines({ rows }: Tuning, arms: readonly Arm[]): string[] {
  const told = rows.filter(({ trials }) => Object.values(trials).some((list) => list.length > 0));
  const head = ['median of runs, CPU s', ...arms.map(({ name }) => name)];
  const body = told.map((row) => [nameOf(row, rows), ...arms.map(({ name }) => cellText(row.trials[name]!))]);
  const givenUp = told.filter((row) => row.givenUp).map((row) => nameOf(row, rows));
  return [
    ...aligned([head, ...body]),
    ...(givenUp.length > 0 ? [`given up   nobody found ${givenUp.join(', ')} in the first trials`] : []),
  ];
}

/** One line for every way to search: finds, and how much sooner it finds than the first. */
export function comparisonLines(
  { rows }: Tuning,
  arms: readonly Arm[],
  compared: readonly Comparison[],
): string[] {
  const base = arms[0]!.name;
  const told = rows.filter(({ trials }) => trials[base]!.length > 0);
  const head = ['', 'found', 'runs', '(95 %)', 'CPU', '(95 %)', ''];
  const body = arms.map(({ name }) => {
    const trials = told.flatMap((row) => row.trials[name]!);
    const found = `${trials.filter((trial) => trial.found).length}/${trials.length}`;
    const one = compared.find(({ arm }) => arm === name);
    if (one === undefined) return [name, found, '1', '', '1', '', ''];
    const missed = one.misses.map((i) => nameOf(told[i]!, rows));
    return [
      name,
      found,
      times(one.runs.value),
      interval(one.runs),
      times(one.cpu.value),
      interval(one.cpu),
      missed.length > 0 ? `misses ${missed.join(', ')}` : '',
    ];
  });
  return ['', `times sooner than ${base}, geometric mean over bugs`, ...aligned([head, ...body]), ''];
}

/** What was found where nothing is planted. */
export function controlLines({ controls }: Tuning): string[] {
  const runs = controls.reduce((sum, one) => sum + one.runs, 0);
  const failed = controls.filter(({ failures }) => failures > 0);
  return [
    `control    ${runs} runs without a bug: ${failed.length === 0 ? 'no failure' : ''}${failed
      .map(({ system, arm, failures }) => `${failures} failures of ${system} with ${arm}`)
      .join(', ')}`,
  ];
}

function nameOf({ system, bug }: TuneRow, rows: readonly TuneRow[]): string {
  return rows.every((row) => row.system === system) ? bug : `${system} ${bug}`;
}

function cellText(trials: readonly Trial[]): string {
  const runs = medianOf(trials, (trial) => trial.runs);
  const cpu = medianOf(trials, (trial) => trial.cpuMs);
  const found = trials.filter((trial) => trial.found).length;
  const more = runs.isMore ? '>' : '';
  const share = found < trials.length ? `  ${found}/${trials.length}` : '';
  return `${more}${Math.round(runs.value)}  ${more}${(cpu.value / 1e3).toFixed(2)}${share}`;
}

function interval({ low, high }: Factor): string {
  return Number.isFinite(high) ? `${times(low)} to ${times(high)}` : 'one trial: none';
}

function times(factor: number): string {
  return factor.toFixed(2);
}

/** Columns side by side, the first to the left, and no blanks at the end. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const last = rows[0]!.length - 1;
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 || i === last ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(GAP)
      .trimEnd(),
  );
}
