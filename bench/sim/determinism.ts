/**
 * Every seed twice: the same events and the same history, and no correct system found wrong. Cases of five
 * nodes, three clients, 60 operations and eight faults of all kinds but lying disks.
 * `npm run bench -- sim/determinism [seeds]`
 */
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import type { Fault, PlannedFault } from '../../harness/contracts.ts';
import { Seed } from '../../harness/random.ts';
import type { Case, CaseOp } from '../../harness/sim/case.ts';
import { simulate } from '../../harness/sim/simulate.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { subjectOf } from '../../systems/subjects.ts';

const SEEDS = Number(process.argv[2] ?? 10_000);
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const KINDS = Object.values(FAULTS as Readonly<Record<string, Fault>>).flatMap((fault) =>
  Object.keys(fault.modes)
    .filter((mode) => mode !== 'explicit' && mode !== 'lie' && fault.name !== 'tamper')
    .map((mode) => [fault, mode] as const),
);

function drawOp(i: number, seed: Seed): CaseOp {
  const rng = seed.fork(i).rng();
  const common = { atNs: (300 + i * 50) * 1e6, client: i % 3, key: rng.int(0, 1) };
  const kind = rng.int(0, 2);
  if (kind === 0) return { ...common, f: 'read', value: null };
  return kind === 1
    ? { ...common, f: 'write', value: i }
    : { ...common, f: 'cas', value: [rng.int(0, i), i] };
}

function drawFault(i: number, seed: Seed): PlannedFault {
  const rng = seed.fork(i).rng();
  const [fault, mode] = rng.pick(KINDS);
  const atNs = (400 + i * 350) * 1e6;
  const times = { atNs, untilNs: atNs + rng.int(50, 900) * 1e6 };
  const drawn = fault.plan(mode, {}, undefined, NODES, rng);
  return { id: `${fault.name}-${i}`, fault: fault.name, mode, lane: fault.lane, ...times, ...drawn };
}

function drawCase(number: number): Case {
  const seed = Seed.of(number).fork('case');
  return {
    version: 1,
    seed: number,
    nodes: NODES,
    workload: 'register',
    settings: {},
    bugs: [],
    ops: Array.from({ length: 60 }, (_, i) => drawOp(i, seed.fork('op'))),
    faults: Array.from({ length: 8 }, (_, i) => drawFault(i, seed.fork('fault'))),
  };
}

for (const program of ['raft', 'quorum']) {
  const cpu = process.cpuUsage();
  let different = 0;
  const wrong: number[] = [];
  let events = 0;
  for (let number = 0; number < SEEDS; number++) {
    const c = drawCase(number);
    // A quorum register has no compare-and-set.
    if (program === 'quorum') c.ops = c.ops.filter((op) => op.f !== 'cas');
    const [a, b] = [0, 1].map(() => simulate(subjectOf(program, c), c, { faults: FAULTS }));
    if (a!.traceHash !== b!.traceHash || a!.historyHash() !== b!.historyHash()) different++;
    if (linearizable(a!.history()).verdict !== 'pass') wrong.push(number);
    events += a!.events + b!.events;
  }
  const used = process.cpuUsage(cpu);
  process.stdout.write(
    `${program}: ${SEEDS} seeds twice, ${events} events, ${((used.user + used.system) / 1e6).toFixed(1)} CPU s: ` +
      `${different} differences, ${wrong.length} not passed${wrong.length > 0 ? ` (${wrong.slice(0, 10)})` : ''}\n`,
  );
}
