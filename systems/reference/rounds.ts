/**
 * Rounds of questions: a message to every peer, repeated to those that are silent, until enough have answered
 * or time is up. What replicated programs without a leader are made of.
 */
import type { Body, NodeHandle } from './api.ts';

/** One round of questions under way. */
interface Round {
  body: Body;
  /** Answers so far, by who gave them. */
  readonly answers: Map<string, Body>;
  need: number;
  /** Enough have answered. */
  done(answers: ReadonlyMap<string, Body>): void;
  /** Not enough did in time. */
  failed(): void;
  resends: number;
}

/** What a round needs besides its question. */
export interface RoundPlan {
  /** How many answers of peers are enough; with none needed, `done` is called at once. */
  need: number;
  done(answers: ReadonlyMap<string, Body>): void;
  failed(): void;
}

/** Repetitions before a round fails. */
const MAX_RESENDS = 20;
const TIMER = 'rounds';

/** The rounds of one node. Give it every message whose type is an answer, and its timer. */
export class Rounds {
  readonly #node: NodeHandle;
  readonly #resendMs: number;
  readonly #open = new Map<string, Round>();
  /** Tells rounds of this life from those of earlier ones. */
  readonly #life: string;
  #count = 0;

  constructor(node: NodeHandle, resendMs: number) {
    this.#node = node;
    this.#resendMs = resendMs;
    this.#life = Math.floor(node.random() * 2 ** 40).toString(36);
  }

  /** Asks every peer. */
  start(body: Body, plan: RoundPlan): void {
    const round = `${this.#life}.${++this.#count}`;
    const question = { ...body, round };
    for (const peer of this.#node.peers) this.#node.send(peer, question);
    if (plan.need <= 0) {
      plan.done(new Map());
      return;
    }
    this.#open.set(round, { body: question, answers: new Map(), resends: 0, ...plan });
    if (this.#open.size === 1) this.#node.setTimer(TIMER, this.#resendMs);
  }

  /** Takes an answer; `round` of the question must be in it. */
  onAnswer(from: string, body: Body): void {
    const name = String(body['round']);
    const round = this.#open.get(name);
    if (round === undefined) return;
    round.answers.set(from, body);
    if (round.answers.size < round.need) return;
    this.#open.delete(name);
    round.done(round.answers);
  }

  /** True when the timer was one of rounds. */
  onTimer(timer: string): boolean {
    if (timer !== TIMER) return false;
    for (const [name, round] of [...this.#open]) {
      if (++round.resends > MAX_RESENDS) {
        this.#open.delete(name);
        round.failed();
        continue;
      }
      for (const peer of this.#node.peers) {
        if (!round.answers.has(peer)) this.#node.send(peer, round.body);
      }
    }
    if (this.#open.size > 0) this.#node.setTimer(TIMER, this.#resendMs);
    return true;
  }
}

/** Peers whose answers make a majority together with the node itself. */
export function majorityOfPeers(node: NodeHandle): number {
  return Math.floor((node.peers.length + 1) / 2);
}
