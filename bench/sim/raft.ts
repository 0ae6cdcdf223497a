/**
 * How fast the simulator is: a Raft of five nodes, three clients with 120 operations on registers, eight
 * faults, each run judged by the linearizability checker. Events and runs per second of CPU time.
 * `npm run bench -- sim/raft [runs]`
 */
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import type { PlannedFault } from '../../harness/contracts.ts';
import { Seed } from '../../harness/random.ts';
import type { Case, CaseOp } from '../../harness/sim/case.ts';
import { simulate } from '../../harness/sim/simulate.ts';
import { monotonicNs } from '../../harness/time.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { subjectOf } from '../../systems/subjects.ts';

const RUNS = Number(process.argv[2] ?? 1_000);
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const LOAD_MS = 4_000;
/** Cases drawn at once. */
const PART = 25;

/** A case of the bench: the same for the same seed. */
function caseOf(seed: number): Case {
  const rng = Seed.of(seed).fork('bench').rng();
  const ops: CaseOp[] = Array.from({ length: 120 }, (_, i) => {
    const atNs = Math.round((300 + (LOAD_MS - 300) * (i / 120)) * 1e6);
    const key = rng.int(0, 2);
    const kind = rng.int(0, 2);
    if (kind === 0) return { atNs, client: i % 3, f: 'read', key, value: null };
    if (kind === 1) return { atNs, client: i % 3, f: 'write', key, value: i };
    return { atNs, client: i % 3, f: 'cas', key, value: [rng.int(0, i), i] };
  });
  const faults: PlannedFault[] = Array.from({ length: 8 }, (_, i) => {
    const partition = FAULTS['partition']!;
    const mode = rng.pick(['halves', 'one', 'isolate-leader', 'majorities-ring']);
    const drawn = partition.plan(mode in partition.modes ? mode : 'halves', {}, undefined, NODES, rng);
    const atMs = 400 + i * 440;
    return {
      id: `partition-${i}`,
      fault: 'partition',
      mode: mode in partition.modes ? mode : 'halves',
      lane: 'partition',
      atNs: atMs * 1e6,
      untilNs: (atMs + 300) * 1e6,
      ...drawn,
    };
  });
  return { version: 1, seed, nodes: NODES, workload: 'register', settings: {}, bugs: [], ops, faults };
}

function main(): void {
  const check = process.argv[3] !== 'unchecked';
  let events = 0;
  let messages = 0;
  let simulatedNs = 0;
  const verdicts: Record<string, number> = {};
  const completed: Record<string, number> = {};
  const one = (c: Case): void => {
    const result = simulate(subjectOf('raft', c), c, { faults: FAULTS });
    events += result.events;
    messages += result.messages;
    simulatedNs += result.endNs;
    for (const op of result.ops)
      if (typeof op.process === 'number') completed[op.type] = (completed[op.type] ?? 0) + 1;
    if (!check) return;
    const { verdict } = linearizable(result.history());
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  };
  for (let seed = 0; seed < 100; seed++) one(caseOf(1_000_000 + seed));
  events = 0;
  messages = 0;
  simulatedNs = 0;
  // Drawn in small parts, with the clocks stopped: thousands of cases that wait for their turn would make the
  // collector believe that everything lives long, as it does nowhere else.
  let cpuS = 0;
  let wallS = 0;
  for (let first = 0; first < RUNS; first += PART) {
    const cases = Array.from({ length: Math.min(PART, RUNS - first) }, (_, i) => caseOf(first + i));
    const cpu = process.cpuUsage();
    const began = monotonicNs();
    for (const c of cases) one(c);
    wallS += (monotonicNs() - began) / 1e9;
    const used = process.cpuUsage(cpu);
    cpuS += (used.user + used.system) / 1e6;
  }
  process.stdout.write(
    `${RUNS} runs: ${cpuS.toFixed(2)} CPU s, ${wallS.toFixed(2)} s wall; ` +
      `${Math.round(events / RUNS)} events and ${Math.round(messages / RUNS)} messages a run, ${(simulatedNs / RUNS / 1e9).toFixed(2)} s simulated; ` +
      `${(events / cpuS / 1e6).toFixed(2)} M events/CPU s, ${(RUNS / cpuS).toFixed(0)} runs/CPU s; ` +
      `verdicts ${JSON.stringify(verdicts)}, operations ${JSON.stringify(completed)}\n`,
  );
}

main();
