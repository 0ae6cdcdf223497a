/**
 * What a simulation leaves: the history for checkers and matchers, every event and message, and what is wrong.
 * Everything that costs something is computed when it is asked for.
 */
import { UNLIMITED } from '../checkers/contract.ts';
import { CHECKERS } from '../checkers/registry.ts';
import type { NodeId } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import { withOrigin } from '../harness/history/origin.ts';
import type { Op } from '../harness/op.ts';
import type { Body } from '../harness/program.ts';
import { lookup } from '../harness/registry.ts';
import type { Case } from '../harness/sim/case.ts';
import type { SimFate } from '../harness/sim/network.ts';
import { endedByDisk } from '../harness/sim/refusals.ts';
import type { SimResult } from '../harness/sim/simulate.ts';
import { describeEvent } from '../harness/sim/trace.ts';
import type { Anomaly } from '../harness/verdict.ts';
import type { CheckerSpec } from '../harness/workload.ts';
import { buildWorkload } from './draw.ts';
import type { SimPlan } from './plan.ts';
import { isWorkload } from './resolve.ts';
import { originLines } from './words.ts';

/** A message and what became of it. Clients are named `c0`, `c1`... */
export interface SimMessage {
  sentMs: number;
  /** When its fate was decided: on arrival, or at once. */
  endedMs: number;
  from: string;
  to: string;
  type: string;
  body: Body;
  /** `cut` and `cut-in-flight`: by a partition; `down`: nobody was there any more. */
  fate: SimFate;
  /** A second copy, made by the network. */
  copy: boolean;
}

/** A line a node noted or printed. */
export interface SimNote {
  atMs: number;
  node: NodeId;
  text: string;
}

/** A promise that was broken. */
export interface Violation {
  /** Who found it; `program` for a node that ended by itself. */
  checker: string;
  /** Its class: `stale-read`, `two-leaders-in-term`... */
  kind: string;
  sentence: string;
  /** The witness and the argument; absent for a node that ended. */
  anomaly?: Anomaly;
}

/** What was recorded while it ran. */
export interface Recorded {
  messages: SimMessage[];
  notes: SimNote[];
}

/** They count, or need more time than a short run has. */
const NOT_JUDGING = new Set(['stats', 'election-liveness']);

/** A finished simulation. */
export class SimRun {
  /** The plan as it was given. */
  readonly plan: SimPlan;
  /** The same with everything decided: absolute times in nanoseconds, all operations, all faults. */
  readonly case: Case;
  readonly seed: number;
  /** Invocations and completions in order, as objects. */
  readonly ops: readonly Op[];
  /** Hash of every event: equal for equal runs. */
  readonly traceHash: string;
  /** Events handled. */
  readonly events: number;
  readonly endMs: number;
  /** Messages in the order in which their fates were decided; none with `record: false`. */
  readonly messages: readonly SimMessage[];
  /** What nodes noted or printed. */
  readonly notes: readonly SimNote[];
  readonly #result: SimResult;
  #history: History | null = null;
  #hash: string | null = null;
  #violations: Violation[] | null = null;

  constructor(plan: SimPlan, c: Case, result: SimResult, recorded: Recorded) {
    this.plan = plan;
    this.case = c;
    this.seed = c.seed;
    this.#result = result;
    this.ops = result.ops;
    this.traceHash = result.traceHash;
    this.events = result.events;
    this.endMs = result.endNs / 1e6;
    this.messages = recorded.messages;
    this.notes = recorded.notes;
  }

  /** The history, for matchers and checkers. Their messages say how to simulate it again. */
  get history(): History {
    this.#history ??= withOrigin(this.#result.history(), () => this.explain());
    return this.#history;
  }

  /** Hash of the history: equal for equal histories. 16 hexadecimal digits. */
  get hash(): string {
    this.#hash ??= this.#result.historyHash();
    return this.#hash;
  }

  /** Nodes that ended by themselves: the program threw, or its disk failed. */
  get crashes(): readonly { node: NodeId; atMs: number; error: string }[] {
    return this.#result.crashes.map(({ node, timeNs, error }) => ({ node, atMs: timeNs / 1e6, error }));
  }

  /** Every event in words: `1234.567000 ms: n2 gets append from n1`. Empty with `record: false`. */
  get trace(): string[] {
    const { trace, parties } = this.#result;
    return Array.from({ length: trace?.length ?? 0 }, (_, i) => describeEvent(trace!.event(i), parties));
  }

  /** What the checkers of the workload prove, and nodes that ended by an error of their own. */
  get violations(): readonly Violation[] {
    this.#violations ??= [...this.#crashed(), ...this.#judged()];
    return this.#violations;
  }

  /** Throws an error with the first violation, its witness, and how to simulate it again; else does nothing. */
  assertNoViolations(): void {
    const [first, ...more] = this.violations;
    if (first === undefined) return;
    const steps = (first.anomaly?.steps ?? []).map(({ text }) => `  ${text}`);
    const witness = (first.anomaly?.ops ?? []).map((i) => `    ${opText(this.ops[i]!)}`);
    throw new Error(
      [
        `${first.kind} (${first.checker}): ${first.sentence}`,
        ...steps,
        ...(witness.length > 0 ? ['  witness:', ...witness] : []),
        ...(more.length > 0 ? [`and ${more.map(({ kind }) => kind).join(', ')}`] : []),
        '',
        ...this.explain(),
      ].join('\n'),
    );
  }

  /** Lines that say what was simulated, and how to simulate it again. */
  explain(): string[] {
    return originLines(this.plan, this.case, this.hash);
  }

  #crashed(): Violation[] {
    return this.crashes
      .filter(({ error }) => !endedByDisk(error))
      .map(({ node, atMs, error }) => ({
        checker: 'program',
        kind: 'threw',
        sentence: `The program of ${node} ended at ${atMs.toFixed(0)} ms: ${error.split('\n', 1)[0]}`,
      }));
  }

  #judged(): Violation[] {
    return this.#checkers().flatMap(({ name, options }) => {
      const result = lookup('checker', CHECKERS, name).check(this.history, options, UNLIMITED);
      if (result.verdict !== 'fail') return [];
      return result.anomalies.map((anomaly) => ({
        checker: name,
        kind: anomaly.kind,
        sentence: anomaly.sentence,
        anomaly,
      }));
    });
  }

  #checkers(): CheckerSpec[] {
    const { nodes, workload, seed, ops } = this.case;
    const clients = Math.max(1, ...ops.map((op) => op.client + 1));
    const options = this.plan.workloadOptions ?? {};
    const built = isWorkload(workload)
      ? buildWorkload({ workload, options, nodes, clients, seed }).checkers
      : [];
    const specs = built.filter(({ name }) => !NOT_JUDGING.has(name));
    const observed = this.ops.some((op) => op.f === 'leader' && op.type === 'ok');
    if (observed && !specs.some(({ name }) => name === 'election-safety')) {
      specs.push({ name: 'election-safety', options: { leadership: 'per-term' } });
    }
    return specs;
  }
}

function opText({ time, process, node, type, f, key, value, error }: Op): string {
  const of = key === undefined ? '' : ` ${JSON.stringify(key)}`;
  const at = node === undefined ? '' : ` at ${node}`;
  const why = error === undefined ? '' : ` (${error.kind})`;
  return `${(time / 1e6).toFixed(3)} ms  ${process}${at}  ${type} ${f}${of} ${JSON.stringify(value)}${why}`;
}
