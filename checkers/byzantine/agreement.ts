/**
 * Consensus among nodes of which some may be Byzantine: correct nodes decide the same value per instance, each
 * once, and only what a correct node proposed (Lamport, Shostak and Pease, 1982). Faulty nodes are exempt.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { FAIL, type History, INVOKE, NONE } from '../../harness/history/history.ts';
import type { CheckerResult, Step } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { counted, Evidence, Meter, outcomeCode, step } from '../evidence.ts';
import { choiceOption, numberOption } from '../options.ts';
import { instant } from '../quantiles.ts';
import { actor, happened, instanceId, instanceName, namesOption } from './statements.ts';
import { smallestSuspects } from './suspects.ts';

const VALIDITY = ['correct', 'anyone', 'unanimous', 'none'] as const;
const REPEATS = ['forbid', 'allow'] as const;
/** Proposals a step cites to show that the decided value is not among them. */
const SHOWN = 3;

/** One instance of consensus, as far as it was read. */
interface Instance {
  /** First decision of a correct node. */
  first: number;
  /** First decision of each correct node. */
  readonly byNode: Map<string, number>;
  /** Value ids that may have been proposed by those who count. */
  readonly proposed: Set<number>;
  /** Some proposals, for words. */
  readonly shown: number[];
}

/**
 * Judges `decide` by instance (the key) and node, against `propose`. Options: `faulty`, `max-faulty`, `nodes`, `validity`,
 * `repeats`. Without any `propose` in the history validity is not judged;
 * a decision of `null` is none. O(n).
 */
export function agreement(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const faulty = namesOption(options, 'faulty');
  const tolerated = numberOption(options, 'max-faulty', 0);
  const meter = new Meter(budget);
  const result = judged(history, faulty, options, meter);
  const outside = faultModel(
    history,
    faulty,
    Math.max(tolerated, faulty.size),
    numberOption(options, 'nodes', 0),
  );
  return withNote(toleratingFaulty(history, result, { faulty, tolerated, options, meter }), outside);
}

function withNote(result: CheckerResult, more: string | null): CheckerResult {
  if (more === null) return result;
  return { ...result, note: result.note === undefined ? more : `${result.note}; ${more}` };
}

/** Passes what is wrong only by the word of no more nodes than may be faulty, and names the fewest that explain it. */
function toleratingFaulty(
  history: History,
  result: CheckerResult,
  of: { faulty: ReadonlySet<string>; tolerated: number; options: CheckerOptions; meter: Meter },
): CheckerResult {
  const { faulty, tolerated, options, meter } = of;
  if (result.verdict !== 'fail' || tolerated <= faulty.size) return result;
  const nodes = speakers(history).filter((node) => !faulty.has(node));
  const suspects = smallestSuspects(nodes, tolerated - faulty.size, (more) => {
    const { verdict } = judged(history, new Set([...faulty, ...more]), options, meter);
    return verdict === 'pass' || verdict === 'vacuous';
  });
  if (suspects === null && meter.stopped === null) return wholeInstances(history, result);
  if (suspects === null || suspects === undefined) {
    const note = 'too many sets of nodes may be the faulty ones; naming them (option faulty) would settle it';
    return { verdict: 'unknown', anomalies: [], stats: result.stats, note };
  }
  const names = suspects.join(', ');
  const note = `explained if ${names} ${suspects.length === 1 ? 'is' : 'are'} faulty, within the ${tolerated} tolerated`;
  return { verdict: 'pass', anomalies: [], stats: { ...result.stats, suspects: [...suspects] }, note };
}

/**
 * That no few nodes explain what is wrong, only all that was said in its instances shows: it all becomes part of the
 * witness of the first anomaly.
 */
function wholeInstances(history: History, result: CheckerResult): CheckerResult {
  const wanted = ['propose', 'decide'].map((f) => history.names.find(f));
  const keys = new Set(result.anomalies.map(({ key }) => JSON.stringify(key)));
  const said = history.indexesWhere(
    (i) => wanted.includes(history.columns.fs[i]!) && keys.has(JSON.stringify(history.key(i))),
  );
  const [first, ...rest] = result.anomalies;
  const ops = [...new Set([...first!.ops, ...said])].sort((a, b) => a - b);
  return { ...result, anomalies: [{ ...first!, ops }, ...rest] };
}

/** Nodes that proposed or decided anything, in order of their names. */
function speakers(history: History): string[] {
  const wanted = ['propose', 'decide'].map((f) => history.names.find(f));
  const found = new Set<string>();
  for (let i = 0; i < history.length; i++)
    if (wanted.includes(history.columns.fs[i]!)) found.add(actor(history, i));
  return [...found].sort();
}

/** The judgement when exactly these nodes are faulty. */
function judged(
  history: History,
  faulty: ReadonlySet<string>,
  options: CheckerOptions,
  meter: Meter,
): CheckerResult {
  const judge = new Judge(history, faulty, options);
  const { fs, types } = history.columns;
  const [proposeF, decideF] = [history.names.find('propose'), history.names.find('decide')];
  // The place of an invocation in the history is when it was made; that of a noted event may be later.
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    if (fs[i] !== proposeF) continue;
    if (types[i] === INVOKE ? judge.whole : history.pair(i) === NONE) judge.propose(i);
  }
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    const f = fs[i]!;
    if (f === proposeF && types[i] === INVOKE && !judge.whole) judge.propose(i);
    else if (f === decideF && happened(history, i) && history.value(i) !== null) judge.decide(i);
  }
  return judge.evidence.conclude(judge.stats(), {
    stopped: meter.stopped,
    vacuous: judge.decisions === 0 ? 'no correct node decided anything' : null,
  });
}

/** Says when there are too few nodes for that many faulty ones: n < 3f + 1. */
function faultModel(
  history: History,
  faulty: ReadonlySet<string>,
  most: number,
  told: number,
): string | null {
  if (most === 0) return null;
  const seen = new Set(faulty);
  for (let i = 0; i < history.length; i++) {
    const node = history.columns.nodes[i]!;
    if (node !== NONE) seen.add(history.names.get(node));
  }
  const nodes = told > 0 ? told : seen.size;
  const needed = 3 * most + 1;
  if (nodes >= needed) return null;
  const known = told > 0 ? counted(nodes, 'node') : `${counted(nodes, 'node')} seen`;
  return `outside the fault model: ${most} faulty need at least ${needed} nodes without signatures, here ${known}`;
}

class Judge {
  readonly evidence: Evidence;
  decisions = 0;
  readonly #history: History;
  readonly #faulty: ReadonlySet<string>;
  readonly #validity: (typeof VALIDITY)[number];
  readonly #repeats: (typeof REPEATS)[number];
  readonly #instances = new Map<number, Instance>();
  readonly #anyProposal: number;
  #proposals = 0;
  #exempt = 0;

  constructor(history: History, faulty: ReadonlySet<string>, options: CheckerOptions) {
    this.#history = history;
    this.evidence = new Evidence(history);
    this.#faulty = faulty;
    this.#validity = choiceOption(options, 'validity', VALIDITY, 'correct');
    this.#repeats = choiceOption(options, 'repeats', REPEATS, 'forbid');
    const f = history.names.find('propose');
    const { fs, types, pairs } = history.columns;
    this.#anyProposal = fs.findIndex(
      (each, i) => i < history.length && each === f && (types[i] === INVOKE || pairs[i] === NONE),
    );
  }

  /** All proposals of an instance, also later ones, say what may be decided. */
  get whole(): boolean {
    return this.#validity === 'unanimous';
  }

  propose(i: number): void {
    const { types, values } = this.#history.columns;
    const failed = types[i] === INVOKE ? outcomeCode(this.#history, i) === FAIL : types[i] === FAIL;
    const of = this.#instance(i);
    const counts = !failed && (this.#validity === 'anyone' || !this.#faulty.has(actor(this.#history, i)));
    // The one proposal that binds everybody is part of any witness against it.
    if (of.shown.length < SHOWN || (this.whole && counts && of.proposed.size === 0)) of.shown.push(i);
    if (!failed) this.#proposals++;
    if (counts) of.proposed.add(values[i]!);
  }

  decide(i: number): void {
    const node = actor(this.#history, i);
    if (this.#faulty.has(node)) {
      this.#exempt++;
      return;
    }
    this.decisions++;
    const { values } = this.#history.columns;
    const of = this.#instance(i);
    const own = of.byNode.get(node);
    if (own !== undefined) {
      const same = values[own] === values[i];
      if (!same || this.#repeats === 'forbid') this.#again(own, i, same);
      if (same) return;
    } else {
      of.byNode.set(node, i);
      if (of.first === NONE) of.first = i;
      else if (values[of.first] !== values[i]) this.#disagree(of.first, i);
    }
    if (this.#validity === 'none' || this.#anyProposal < 0 || of.proposed.has(values[i]!)) return;
    if (!this.whole) this.#thin(of, i);
    else if (of.proposed.size === 1) this.#defied(of, i);
  }

  stats() {
    const { decisions } = this;
    const validity = this.#validity !== 'none' && this.#anyProposal >= 0 ? 'judged' : 'not judged';
    const counts = { instances: this.#instances.size, proposals: this.#proposals, decisions };
    return { ...counts, byFaulty: this.#exempt, validity };
  }

  #instance(i: number): Instance {
    const id = instanceId(this.#history, i);
    let of = this.#instances.get(id);
    if (of === undefined) {
      of = { first: NONE, byNode: new Map(), proposed: new Set(), shown: [] };
      this.#instances.set(id, of);
    }
    return of;
  }

  #key(i: number) {
    const id = instanceId(this.#history, i);
    return id === NONE ? undefined : this.#history.values.get(id);
  }

  #value(i: number): string {
    return JSON.stringify(this.#history.value(i));
  }

  #decided(i: number): Step {
    return cited(this.#history, i, `${actor(this.#history, i)} decided ${this.#value(i)}.`);
  }

  #disagree(a: number, b: number): void {
    const h = this.#history;
    this.evidence.add('disagreement', () => ({
      sentence:
        `Correct nodes must decide alike${this.#despite()}, but in ${instanceName(this.#key(b))}, ${actor(h, a)} decided ` +
        `${this.#value(a)} (${instant(h.time(a))}) and ${actor(h, b)} decided ${this.#value(b)} (${instant(h.time(b))}).`,
      steps: [this.#decided(a), this.#decided(b), ...this.#whoIsCorrect(actor(h, a), actor(h, b))],
      key: this.#key(b),
    }));
  }

  /** `, whatever n1 does`: what must hold in spite of the nodes known to be faulty. */
  #despite(): string {
    const names = [...this.#faulty].sort();
    return names.length === 0
      ? ''
      : `, whatever ${names.join(' and ')} ${names.length === 1 ? 'does' : 'do'}`;
  }

  #whoIsCorrect(a: string, b: string): Step[] {
    const names = [...this.#faulty].sort();
    if (names.length === 0) return [];
    const text = `Faulty on purpose ${names.length === 1 ? 'is' : 'are'} ${names.join(' and ')} alone: ${a} and ${b} are correct.`;
    return [{ text, ops: [] }];
  }

  #again(a: number, b: number, same: boolean): void {
    const h = this.#history;
    this.evidence.add(same ? 'repeated-decision' : 'changed-decision', () => ({
      sentence:
        `A correct node decides once, but in ${instanceName(this.#key(b))}, ${actor(h, b)} decided ` +
        `${this.#value(a)} (${instant(h.time(a))}) and then ${this.#value(b)} (${instant(h.time(b))}).`,
      steps: [this.#decided(a), this.#decided(b)],
      key: this.#key(b),
    }));
  }

  #defied(of: Instance, i: number): void {
    const h = this.#history;
    this.evidence.add('invalid-decision', () => ({
      sentence:
        `What all correct proposers propose must be decided, but in ${instanceName(this.#key(i))}, ` +
        `${actor(h, i)} decided ${this.#value(i)} (${instant(h.time(i))}), which no correct node had proposed.`,
      steps: [
        ...of.shown.map((p) => cited(h, p, `${actor(h, p)} proposed ${this.#value(p)}.`)),
        this.#decided(i),
      ],
      key: this.#key(i),
    }));
  }

  #thin(of: Instance, i: number): void {
    const h = this.#history;
    const proposer = this.#validity === 'anyone' ? 'nobody' : 'no correct node';
    this.evidence.add('invalid-decision', () => {
      const others = of.shown.map((p) => cited(h, p, `${actor(h, p)} proposed ${this.#value(p)}.`));
      const none: Step = { text: `By then ${proposer} had proposed ${this.#value(i)}.`, ops: [] };
      return {
        sentence:
          `What is decided must have been proposed, but in ${instanceName(this.#key(i))}, ${actor(h, i)} ` +
          `decided ${this.#value(i)} (${instant(h.time(i))}), which ${proposer} had proposed.`,
        steps: [...others, none, this.#decided(i)],
        key: this.#key(i),
        // One proposal shows that proposals were recorded at all.
        alsoOps: others.length > 0 ? [] : cited(h, this.#anyProposal, '').ops,
      };
    });
  }
}

function cited(history: History, i: number, text: string): Step {
  const pair = history.pair(i);
  return step(history, pair === NONE ? i : Math.min(i, pair), text);
}

/** The `agreement` checker. */
export const agreementChecker: Checker = {
  name: 'agreement',
  summary: 'correct nodes decide alike, once, and only what was proposed, whatever faulty nodes do',
  options: {
    faulty: {
      summary: 'Byzantine nodes, whose decisions and proposals do not count',
      default: [],
      type: 'list',
    },
    'max-faulty': {
      summary: 'how many nodes may be faulty, whichever they are: what the fewest of them explain passes',
      default: 0,
      min: 0,
    },
    nodes: {
      summary: 'how many nodes there are; by default those the history names',
      default: null,
      type: 'number',
    },
    validity: {
      summary:
        'whose proposals may be decided; unanimous: what all correct proposers propose must be, otherwise anything',
      default: 'correct',
      choices: VALIDITY,
    },
    repeats: {
      summary: 'may a node report the same decision again, as a node that is asked twice does',
      default: 'forbid',
      choices: REPEATS,
    },
  },
  reads: {
    propose: 'propose v, with its node; the key is the instance',
    decide: 'decide -> v, with its node; the key is the instance',
  },
  anomalies: {
    disagreement: 'two correct nodes decided differently',
    'changed-decision': 'a correct node decided twice, differently',
    'repeated-decision': 'a correct node decided twice',
    'invalid-decision': 'a decision that nobody who counts had proposed',
  },
  check: agreement,
};
