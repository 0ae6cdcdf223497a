/**
 * `faultline measure detector`: how well the nodes of a system notice that their leader died, and how often they
 * suspect one that runs, on links as they are or with delay and loss.
 */
import { quantilesMs } from '../../checkers/quantiles.ts';
import { parseDuration } from '../../harness/config/units.ts';
import type { LinkEntry, LinkRule } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { lookup, UsageError } from '../../harness/registry.ts';
import { sleep } from '../../harness/time.ts';
import { flag, type OptionValues, text } from '../command.ts';
import { pairs } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { SYSTEMS } from '../registries.ts';
import { type Answer, inLab, type Lab, measurable, POLL_MS } from './lab.ts';
import type { Measurement } from './measurement.ts';
import { nodeCounts } from './nodes.ts';
import { whole } from './numbers.ts';
import { accuracy, accuracyFigures, type Bounds, detectionTimes } from './suspicions.ts';

/** Agreement this long counts as settled. */
const CALM_MS = 300;

/** What was seen at one size. */
interface Seen {
  figures: Record<string, Json>;
  detections: Bounds[];
  undetected: number;
}

/** The subject. */
export const detector: Measurement = {
  name: 'detector',
  summary: 'how soon nodes notice that their leader died, and how often they are wrong about one that runs',
  options: [
    { flags: '--nodes <counts>', summary: 'numbers of nodes to measure, such as 3..33 or 3,5,9' },
    {
      flags: '--system <name>',
      summary: 'election, detector: a system that can be asked who leads (default bully)',
    },
    { flags: '--set <key=value>', summary: 'election, detector: option of the system', many: true },
    { flags: '--times <n>', summary: 'election, detector: leaders killed at each size (default 3)' },
    {
      flags: '--time-limit <time>',
      summary: 'detector: how long nobody is killed, to count false suspicions (default 10s)',
    },
    {
      flags: '--loss <share>',
      summary: 'detector: share of the messages between nodes that is lost, e.g. 0.2',
    },
    {
      flags: '--latency <time>',
      summary: 'detector: mean delay of messages between nodes, exponential, e.g. 50ms',
    },
    { flags: '--seed <n>', summary: 'seed of everything drawn' },
    { flags: '--json', summary: 'print JSON on stdout' },
  ],
  examples: [
    'faultline measure detector --system raft',
    'faultline measure detector --system bully --loss 0.3',
  ],
  async run(io, words, options) {
    if (words.length > 0)
      throw new UsageError(`measure detector takes no words, but was given "${words[0]}"`);
    const system = lookup('system', SYSTEMS, text(options, 'system') ?? 'bully');
    // What is measured is the system as it is, not its calm.
    const set = pairs(options, 'set', '--set') ?? {};
    measurable(system, set);
    const sizes = nodeCounts(text(options, 'nodes') ?? '5', 2, 64);
    const rule = ruleOf(options);
    const times = whole(options, 'times', 3);
    const watchMs = parseDuration(text(options, 'timeLimit') ?? '10s');
    const seed = whole(options, 'seed', 1);
    const rows: Record<string, Json>[] = [];
    for (const n of sizes) {
      const lab = { system, n, set, seed };
      const { result, done } = await inLab(io, lab, (lab) => watch(lab, { rule, times, watchMs }));
      done();
      rows.push({ nodes: n, ...summary(result) });
    }
    if (flag(options, 'json')) json(io.out, { system: system.name, set, pollMs: POLL_MS, rows });
    else for (const row of rows) print(io, row);
    return 0;
  },
};

function ruleOf(options: OptionValues): LinkRule | null {
  const rule: LinkRule = {};
  const loss = text(options, 'loss');
  if (loss !== undefined) {
    rule.loss = Number(loss);
    if (!(rule.loss >= 0 && rule.loss < 1)) throw new UsageError(`--loss is from 0 to 1, not "${loss}"`);
  }
  const latency = text(options, 'latency');
  if (latency !== undefined) rule.delay = { ms: parseDuration(latency), distribution: 'exponential' };
  return Object.keys(rule).length === 0 ? null : rule;
}

async function watch(
  lab: Lab,
  { rule, times, watchMs }: { rule: LinkRule | null; times: number; watchMs: number },
): Promise<Seen> {
  const rounds: Answer[][] = [];
  let leader = await lab.agree(CALM_MS);
  if (rule !== null) lab.cluster.links.set('measure', everyLink(lab.cluster.nodes, rule));
  const untilNs = lab.now() + watchMs * 1e6;
  while (lab.now() < untilNs) {
    rounds.push(await lab.ask());
    await sleep(POLL_MS, lab.signal);
  }
  const seen: Seen = { figures: accuracyFigures(accuracy(rounds, leader)), detections: [], undetected: 0 };
  for (let i = 0; i < times; i++) {
    leader = await lab.agree(CALM_MS);
    const heard: Answer[][] = [];
    heard.push(await lab.ask());
    const crashedNs = lab.now();
    await lab.cluster.kill(leader);
    await lab.agree(CALM_MS, leader, (answers) => heard.push(answers));
    const found = detectionTimes(heard, leader, crashedNs);
    seen.detections.push(...found.values());
    seen.undetected += lab.cluster.nodes.length - 1 - found.size;
    await lab.cluster.restart(leader);
  }
  return seen;
}

function everyLink(nodes: readonly string[], rule: LinkRule): LinkEntry[] {
  return nodes.flatMap((from) =>
    nodes.filter((to) => to !== from).map((to): LinkEntry => ({ from, to, rule })),
  );
}

function summary({ figures, detections, undetected }: Seen): Record<string, Json> {
  return {
    detectionMs: quantilesMs(Float64Array.from(detections, ({ mostNs }) => mostNs)),
    // How much later than it happened a change is seen: what the figure above may be too high by.
    resolutionMs: quantilesMs(Float64Array.from(detections, ({ leastNs, mostNs }) => mostNs - leastNs)),
    undetected,
    ...figures,
  };
}

function print(io: Io, row: Record<string, Json>): void {
  const detection = row['detectionMs'] as Record<string, number>;
  const resolution = row['resolutionMs'] as Record<string, number>;
  const told = (value: Json | undefined, unit: string): string =>
    value === null || value === undefined ? 'none seen' : `${value} ${unit}`;
  line(io.out, `${row['nodes']} nodes`);
  line(
    io.out,
    detection['count'] === 0
      ? '  detection time (T_D)              none seen'
      : `  detection time (T_D)              p50 ${detection['p50']} ms, p95 ${detection['p95']} ms, max ${detection['max']} ms ` +
          `(${detection['count']} seen, ${row['undetected']} not; up to ${resolution['max']} ms too high)`,
  );
  line(io.out, `  watched with nobody dead          ${row['watchedS']} s, summed over the nodes`);
  line(io.out, `  false suspicions                  ${row['mistakes']}`);
  line(io.out, `  mistake rate (lambda_M)           ${told(row['mistakesPerS'], 'per s and node')}`);
  line(io.out, `  mistake duration (T_M)            ${told(row['meanMistakeMs'], 'ms')}`);
  line(io.out, `  mistake recurrence (T_MR)         ${told(row['meanRecurrenceMs'], 'ms')}`);
  line(io.out, `  good period (T_G)                 ${told(row['meanGoodPeriodMs'], 'ms')}`);
  line(io.out, `  query accuracy (P_A)              ${told(row['queryAccuracy'], '')}`.trimEnd());
}
