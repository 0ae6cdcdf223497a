/**
 * Transactions that write and read registers. Reads show one value, so the order of versions is inferred from
 * what transactions read before they wrote, and from what may be assumed about single keys. An order that
 * stays unknown refutes nothing: a pass means that no violation can be shown.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { booleanOption } from '../options.ts';
import { REGISTER_CLAIMS } from './claims.ts';
import { type Cycles, findCycles } from './cycles.ts';
import { FindingList } from './finding.ts';
import { EdgeList } from './graph.ts';
import {
  boundaryWords,
  COHERENT_OPTION,
  type Gathered,
  judgement,
  MODEL_OPTION,
  modelOption,
  outOfBudget,
  refusal,
  standing,
} from './judgement.ts';
import { MopError } from './mop-reader.ts';
import { addProcessEdges, addRealtimeEdges } from './order-edges.ts';
import { findRegisterAnomalies } from './register-anomalies.ts';
import { findRegisterAtomic } from './register-atomic.ts';
import { findRegisterCausal } from './register-causal.ts';
import { findRegisterCursors } from './register-cursor.ts';
import { addRegisterEdges } from './register-edges.ts';
import { registerLinks, registerReasons } from './register-reasons.ts';
import { type Registers, resolveRegisters } from './registers.ts';
import { registerSupport } from './support.ts';
import { acknowledged, readTxns, type Txns } from './txns.ts';
import { type Assumptions, inferVersions, unplacedVersions } from './version-graph.ts';
import type { JudgeAgain } from './witness.ts';

/**
 * Judges a register history. Options: `consistencyModel`, `wfrKeys`, `sequentialKeys`, `linearizableKeys`.
 * O(size of the history * processes) at worst when keys are linearizable, linear otherwise.
 */
export function rwRegister(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  return judge(history, options, budget, true);
}

function judge(history: History, options: CheckerOptions, budget: Budget, witnesses: boolean): CheckerResult {
  const model = modelOption(options);
  const assumed: Assumptions = {
    // Below read committed a write may be older than what its transaction read.
    wfrKeys: booleanOption(options, 'wfrKeys', !model.endsWith('read-uncommitted')),
    sequentialKeys: booleanOption(options, 'sequentialKeys', false),
    linearizableKeys: booleanOption(options, 'linearizableKeys', false),
  };
  let txns: Txns | null;
  try {
    txns = readTxns(history, 'values', () => 0, budget);
  } catch (error) {
    if (!(error instanceof MopError)) throw error;
    return { verdict: 'broken', anomalies: [], stats: { consistencyModel: model }, note: error.message };
  }
  if (txns === null) return outOfBudget(model, budget.reason);
  const refused = refusal(txns, model, acknowledged(txns));
  if (refused !== null) return refused;
  const again: JudgeAgain | null = witnesses ? (part) => judge(part, options, UNLIMITED, false) : null;
  const promise = { model, coherent: booleanOption(options, 'coherent', false) };
  const plain = new Question(txns, promise, assumed, budget, again);
  const implied = IMPLIED[model];
  if (implied === undefined || typeof options[implied.keys] === 'boolean') return plain.answer();
  // The model itself makes a promise about keys: it may be used against this model, not against weaker ones.
  const assuming = new Question(txns, promise, { ...assumed, [implied.keys]: true }, budget, again);
  const strict = assuming.answer();
  // What is fine under more orders is fine under fewer.
  if (strict.verdict === 'pass' && (strict.stats['refuted'] as Json[]).length === 0) return strict;
  const result = plain.answer();
  if (result.verdict !== 'pass') return result;
  if (strict.verdict !== 'fail') return { ...strict, stats: result.stats };
  plain.findings.counts.set(implied.kind, 1);
  const { stats, lattice } = plain.standing()!;
  for (const anomaly of strict.anomalies) anomaly.steps.at(-1)!.text = boundaryWords(lattice);
  return { ...strict, stats };
}

/** Up to so many transactions causality is looked at whatever was asked. */
const SMALL = 20_000;

/** What a model promises about single keys, and the kind of violation it is when that does not hold. */
const IMPLIED: Readonly<Record<string, { keys: keyof Assumptions; kind: string }>> = {
  'strict-serializable': { keys: 'linearizableKeys', kind: 'keys-not-linearizable' },
  'strong-session-serializable': { keys: 'sequentialKeys', kind: 'keys-not-sequential' },
};

/** One history under one set of assumptions. */
class Question {
  readonly findings = new FindingList();
  readonly #txns: Txns;
  readonly #model: string;
  readonly #assumed: Assumptions;
  readonly #budget: Budget;
  readonly #again: JudgeAgain | null;
  readonly #coherent: boolean;
  #evidence: Gathered | null = null;

  constructor(
    txns: Txns,
    { model, coherent }: { model: string; coherent: boolean },
    assumed: Assumptions,
    budget: Budget,
    again: JudgeAgain | null,
  ) {
    this.#coherent = coherent;
    this.#again = again;
    this.#txns = txns;
    this.#model = model;
    this.#assumed = assumed;
    this.#budget = budget;
  }

  answer(): CheckerResult {
    const gathered = this.#gather();
    return gathered === null
      ? outOfBudget(this.#model, this.#budget.reason)
      : judgement(this.#txns, this.#model, this.findings, gathered);
  }

  /** Where the history stands among all models by what was found so far. */
  standing(): ReturnType<typeof standing> | null {
    const gathered = this.#gather();
    return gathered && standing(this.#model, this.findings, gathered);
  }

  #gather(): Gathered | null {
    if (this.#evidence !== null) return this.#evidence;
    const txns = this.#txns;
    // Each pass is linear, but over a million transactions it takes as long as a tenth of a short limit.
    const paid = (): boolean => this.#budget.spend(txns.f.length);
    if (!paid()) return null;
    const registers = resolveRegisters(txns);
    if (!paid()) return null;
    const versions = inferVersions(registers, this.#assumed);
    if (!paid()) return null;
    findRegisterAnomalies(registers, versions, this.findings);
    if (!paid()) return null;
    const edges = new EdgeList(txns.count, txns.pace);
    addRegisterEdges(registers, versions, edges);
    const dependencies = edges.edges;
    if (!paid()) return null;
    addProcessEdges(txns, edges);
    addRealtimeEdges(txns, edges);
    if (!this.#budget.spend(edges.edges)) return null;
    const graph = edges.build();
    if (!this.#budget.spend(graph.size)) return null;
    const cycles = findCycles(graph, txns, registerLinks(registers, versions), this.#budget);
    this.#findWithoutOrders(registers, cycles);
    if (cycles.components > 0) findRegisterCursors(registers, versions, this.findings);
    this.#evidence = {
      cycles,
      reasonOf: registerReasons(registers, versions),
      coherent: this.#coherent,
      proof: this.#again && { support: registerSupport(registers), judge: this.#again },
      stats: {
        transactions: txns.count,
        acknowledged: acknowledged(txns),
        keys: txns.keys.size,
        versionOrder: Object.entries(this.#assumed).flatMap(([name, on]) => (on ? [name] : [])),
        versionEdges: versions.graph.tgt.length,
        unplacedVersions: unplacedVersions(registers, versions),
        dependencies,
      },
    };
    return this.#evidence;
  }

  /** What needs no order of versions, and may be there where no circle is known. */
  #findWithoutOrders(registers: Registers, cycles: Cycles): void {
    findRegisterAtomic(registers, this.findings, this.#budget);
    const asked = cycles.components > 0 || this.#model === 'causal';
    if (asked || registers.txns.count <= SMALL) findRegisterCausal(registers, this.findings, this.#budget);
    else this.findings.unsettled.add('causal-violation');
  }
}

/** The `rw-register` checker. */
export const rwRegisterChecker: Checker = {
  name: 'rw-register',
  summary: 'transactions that write and read registers are as isolated as promised, as far as can be shown',
  options: {
    consistencyModel: MODEL_OPTION,
    coherent: COHERENT_OPTION,
    wfrKeys: {
      summary:
        'a transaction that reads a key and then writes it writes a later version; true but for read-uncommitted',
      default: null,
      type: 'boolean',
    },
    sequentialKeys: {
      summary:
        'assume that each key by itself is sequentially consistent; true when strong-session-serializable is asked',
      default: null,
      type: 'boolean',
    },
    linearizableKeys: {
      summary: 'assume that each key by itself is linearizable; true when strict-serializable is asked',
      default: null,
      type: 'boolean',
    },
  },
  reads: { txn: 'txn of ["w", k, v], ["r", k] -> v, ["scan", [from, to]] -> [[k, v]...]' },
  anomalies: REGISTER_CLAIMS,
  check: rwRegister,
};
