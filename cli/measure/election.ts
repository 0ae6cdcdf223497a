/**
 * `faultline measure election`: how many messages it takes a system to elect a leader after the old one died, against
 * the number of nodes, out of the journal in which the network writes every message; and how fast that grows.
 */
import { readFileSync } from 'node:fs';
import { fitPower, messageComplexity, type PowerFit } from '../../checkers/message-complexity.ts';
import { MESSAGE_COLUMNS } from '../../harness/cluster/stdio/message-journal.ts';
import type { System } from '../../harness/contracts.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Json } from '../../harness/op.ts';
import { lookup, UsageError } from '../../harness/registry.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { flag, text } from '../command.ts';
import { pairs } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { CHECKERS, SYSTEMS } from '../registries.ts';
import { inLab, type Lab, measurable } from './lab.ts';
import type { Measurement } from './measurement.ts';
import { nodeCounts } from './nodes.ts';
import { whole } from './numbers.ts';

/** Quiet time after an election where a system does not say: what comes later belongs to none. */
const QUIET_MS = 600;

/** What an election is held for: the leader died, or it came back. */
const OCCASIONS = ['death', 'return'] as const;
type Occasion = (typeof OCCASIONS)[number];

/** Sent by whom does not matter; when, and of which type. */
type Span = [fromNs: number, toNs: number];

/** What it took until all agreed again. */
interface Election {
  nodes: number;
  after: Occasion;
  messages: number;
  /** By type of message. */
  types: Record<string, number>;
  tookMs: number;
}

/** The subject. */
export const election: Measurement = {
  name: 'election',
  summary: 'messages per election against n, and how they grow',
  options: [
    { flags: '--nodes <counts>', summary: 'numbers of nodes to measure, such as 3..33 or 3,5,9' },
    {
      flags: '--system <name>',
      summary: 'election, detector: a system that can be asked who leads (default bully)',
    },
    { flags: '--set <key=value>', summary: 'election, detector: option of the system', many: true },
    { flags: '--times <n>', summary: 'election, detector: leaders killed at each size (default 3)' },
    {
      flags: '--expect <growth>',
      summary: 'election: exit 1 when it grows faster than linear, n-log-n or quadratic',
    },
    {
      flags: '--after <event>',
      summary: "election: the leader's death (all miss it at once; default), or its return (one node stands)",
    },
    { flags: '--seed <n>', summary: 'seed of everything drawn' },
    { flags: '--json', summary: 'print JSON on stdout' },
  ],
  examples: [
    'faultline measure election --system bully --nodes 3..33',
    'faultline measure election --system ring --after return --expect linear',
  ],
  async run(io, words, options) {
    if (words.length > 0)
      throw new UsageError(`measure election takes no words, but was given "${words[0]}"`);
    const system = lookup('system', SYSTEMS, text(options, 'system') ?? 'bully');
    const set = measurable(system, pairs(options, 'set', '--set') ?? {});
    if (system.election === undefined) {
      throw new UsageError(`${system.name} does not say which of its messages belong to elections`);
    }
    const expect = growth(text(options, 'expect'));
    const after = text(options, 'after') ?? 'death';
    if (!OCCASIONS.some((known) => known === after)) {
      throw new UsageError(`--after cannot be "${after}"`, { hint: `one of ${OCCASIONS.join(', ')}` });
    }
    const sizes = nodeCounts(text(options, 'nodes') ?? '3..33', 2, 64);
    const times = whole(options, 'times', 3);
    const seed = whole(options, 'seed', 1);
    const quiet = flag(options, 'json');
    if (!quiet) head(io, system.election.messages);
    const elections: Election[] = [];
    for (const n of sizes) {
      const held = await hold(io, { system, n, set, seed, times });
      elections.push(...held);
      if (!quiet)
        row(
          io,
          n,
          held.filter((each) => each.after === after),
          system.election.messages,
        );
    }
    const samples = medians(elections.filter((each) => each.after === after));
    const verdict = messageComplexity(historyOf([]), { samples: samples as unknown as Json, expect });
    const power = fitPower(samples);
    if (quiet) json(io.out, { system: system.name, set, after, elections, ...conclusion(verdict, power) });
    else foot(io, verdict, power);
    return expect === 'any' ? 0 : EXIT_CODE[verdict.verdict];
  },
};

/** One election of each size: that with the median number of messages, as a second candidate doubles them at times. */
function medians(elections: readonly Election[]): Election[] {
  return [...new Set(elections.map(({ nodes }) => nodes))].map((n) => {
    const held = elections.filter(({ nodes }) => nodes === n).sort((a, b) => a.messages - b.messages);
    return held[Math.floor((held.length - 1) / 2)]!;
  });
}

function growth(given: string | undefined): string {
  if (given === undefined) return 'any';
  const choices = CHECKERS['message-complexity'].options['expect']!.choices!;
  if (choices.includes(given)) return given;
  throw new UsageError(`--expect cannot be "${given}"`, { hint: `one of ${choices.join(', ')}` });
}

/** Elections of one cluster: each time its leader is killed, the others elect, and the dead one comes back. */
async function hold(
  io: Io,
  of: { system: System; n: number; set: Record<string, Json>; seed: number; times: number },
): Promise<Election[]> {
  const { messages: types, quietMs = QUIET_MS } = of.system.election!;
  const {
    result: watched,
    messages,
    done,
  } = await inLab(io, of, (lab) => killLeaders(lab, of.times, quietMs));
  try {
    const sent = sends(messages, new Set(types));
    return watched.map(({ after, span, tookMs }) => ({
      nodes: of.n,
      after,
      ...counted(sent, span, types),
      tookMs,
    }));
  } finally {
    done();
  }
}

interface Watched {
  after: Occasion;
  span: Span;
  tookMs: number;
}

async function killLeaders(lab: Lab, times: number, quietMs: number): Promise<Watched[]> {
  const watched: Watched[] = [];
  let leader = await lab.agree(quietMs);
  const watch = async (
    after: Occasion,
    not: string | null,
    cause: () => Promise<unknown>,
  ): Promise<string> => {
    const fromNs = lab.now();
    await cause();
    const next = await lab.agree(quietMs, not);
    const toNs = lab.now();
    watched.push({ after, span: [fromNs, toNs], tookMs: Math.round((toNs - fromNs) / 1e6 - quietMs) });
    return next;
  };
  for (let i = 0; i < times; i++) {
    const dead = leader;
    await watch('death', dead, () => lab.cluster.kill(dead));
    leader = await watch('return', null, () => lab.cluster.restart(dead));
  }
  return watched;
}

/** Times and types of all messages of these types that nodes sent, out of a journal. */
function sends(path: string, types: ReadonlySet<string>): { ns: number; type: string }[] {
  const [atNs, atType] = [MESSAGE_COLUMNS.indexOf('sent_ns'), MESSAGE_COLUMNS.indexOf('type')];
  const found: { ns: number; type: string }[] = [];
  for (const text of readFileSync(path, 'utf8').split('\n').slice(1)) {
    if (!text.startsWith('[')) continue;
    const columns = JSON.parse(text) as Json[];
    const type = String(columns[atType]);
    if (types.has(type)) found.push({ ns: Number(columns[atNs]), type });
  }
  return found;
}

function counted(
  sent: readonly { ns: number; type: string }[],
  [fromNs, toNs]: Span,
  types: readonly string[],
): Pick<Election, 'messages' | 'types'> {
  const inside = sent.filter(({ ns }) => ns >= fromNs && ns <= toNs);
  const byType = types.map((type) => [type, inside.filter((each) => each.type === type).length] as const);
  return { messages: inside.length, types: Object.fromEntries(byType) };
}

function conclusion(verdict: CheckerResult, power: PowerFit | null): Record<string, Json> {
  const { growth: grows = null, fits = null } = verdict.stats;
  return {
    growth: grows,
    verdict: verdict.verdict,
    note: verdict.note ?? null,
    fits,
    exponent: power === null ? null : round(power.exponent),
    exponentWithin: power?.within == null ? null : round(power.within),
  };
}

const round = (x: number): number => Math.round(x * 1000) / 1000;

function head(io: Io, types: readonly string[]): void {
  line(
    io.out,
    `  n  messages  ${types.map((type) => type.padStart(Math.max(9, type.length + 2))).join('')}  election took`,
  );
}

function row(io: Io, n: number, held: readonly Election[], types: readonly string[]): void {
  const of = (pick: (e: Election) => number): string => {
    const values = held.map(pick);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? String(least) : `${least}-${most}`;
  };
  const cells = types.map((type) => of((e) => e.types[type]!).padStart(Math.max(9, type.length + 2)));
  const took = `${of((e) => e.tookMs)} ms`;
  line(
    io.out,
    `${String(n).padStart(3)}  ${of((e) => e.messages).padStart(8)}  ${cells.join('')}  ${took.padStart(13)}`,
  );
}

function foot(io: Io, verdict: CheckerResult, power: PowerFit | null): void {
  const { growth: grows, note, fits } = conclusion(verdict, power);
  line(io.out);
  if (Array.isArray(fits)) {
    for (const fit of fits as { growth: string; residual: number }[]) {
      line(io.out, `  ${fit.growth.padEnd(12)} ${(100 * fit.residual).toFixed(1).padStart(5)} % off`);
    }
  }
  if (power !== null) {
    const within = power.within === null ? '' : ` +- ${power.within.toFixed(2)} (95 %)`;
    line(io.out, `  messages grow as n to the power of ${power.exponent.toFixed(2)}${within}`);
  }
  line(
    io.out,
    typeof grows === 'string' ? `  ${grows}${note === null ? '' : `: ${note}`}` : `  ${note ?? ''}`,
  );
  for (const { sentence } of verdict.anomalies) line(io.out, `  ${sentence}`);
}
