/**
 * Exactly once: a request may be submitted again and again under one identity, and must take effect one time.
 * Effects are what workers report (`execute`) and what reads of the log of effects show. A request is called
 * missing only by a read invoked after its acknowledgement, at the end of the run.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  atTheEnd,
  clientCalls,
  Evidence,
  Meter,
  NEVER,
  ofKey,
  outcomeCode,
  returned,
  step,
  ValueIds,
  who,
} from './evidence.ts';
import { IdColumn } from './id-column.ts';
import { choiceOption } from './options.ts';
import { ABSENT, PairTable } from './txn/pair-table.ts';

const DELIVERIES = ['exactly-once', 'at-least-once', 'at-most-once'] as const;

/** One request of one object. */
interface Request {
  number: number;
  value: Json;
  /** First submission that may have happened, NEVER for none; one that failed, NONE for none. */
  call: number;
  failed: number;
  /** First acknowledgement, NEVER for none, and its submission. */
  acknowledged: number;
  acknowledgedBy: number;
  /** Executions reported, and reads that showed it more than once. */
  executions: number[];
  told: boolean;
}

/** Requests and reads of one object. */
interface Requests {
  key: number;
  all: Request[];
  reads: number[];
}

/** Requests of all objects by number, with what every element of a read is asked for in columns. */
class Numbers {
  readonly ids: ValueIds;
  /** First submission that may have happened, NEVER for none, and the read that last had it. */
  readonly calls = new IdColumn(1024, NEVER);
  readonly marks = new IdColumn(1024, NONE);
  readonly #byValue = new PairTable(1024);
  readonly #all: Request[] = [];

  constructor(ids: ValueIds) {
    this.ids = ids;
  }

  /** ABSENT when there is none. */
  find(key: number, value: Json): number {
    return this.#byValue.get(key, this.ids.of(value));
  }

  of(object: Requests, value: Json): Request {
    const id = this.ids.of(value);
    const known = this.#byValue.get(object.key, id);
    if (known !== ABSENT) return this.#all[known]!;
    const request = fresh(this.#all.length, value);
    this.#byValue.set(object.key, id, request.number);
    this.#all.push(request);
    object.all.push(request);
    return request;
  }
}

/** Judges `submit`, `execute` and `read`, by key. Options: `delivery`. O(n + size of the reads). */
export function exactlyOnce(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const delivery = choiceOption(options, 'delivery', DELIVERIES, 'exactly-once');
  const numbers = new Numbers(new ValueIds(history));
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const objects = readRequests(history, numbers, meter);
  const stats = { requests: 0, acknowledged: 0, executed: 0, reads: 0, unsettled: 0 };
  for (const object of objects.values()) {
    // Of what was not read, a submission may explain an effect that seems to come from nowhere.
    if (meter.stopped !== null) break;
    const { all, reads } = object;
    if (delivery !== 'at-least-once') for (const request of all) judgeExecutions(history, request, evidence);
    for (const request of all) {
      if (meter.over(1)) break;
      const early = request.executions.find((call) => request.call > history.pair(call));
      if (early !== undefined && !request.told) unasked(history, request, early, evidence);
    }
    let last = NONE;
    for (const call of reads) {
      const list = history.value(history.pair(call)) as Json[];
      if (meter.over(list.length + 1)) break;
      stats.reads++;
      judgeRead(history, numbers, object, call, list, delivery !== 'at-least-once', evidence);
      if (atTheEnd(history, call)) last = call;
    }
    if (meter.stopped !== null) break;
    for (const request of all) {
      if (meter.over(1)) break;
      stats.requests++;
      if (request.acknowledged !== NEVER) stats.acknowledged++;
      const seen = numbers.marks.get(request.number) !== NONE || request.executions.length > 0;
      if (seen) stats.executed++;
      else if (request.acknowledged === NEVER || delivery === 'at-most-once') continue;
      else if (last === NONE || last < request.acknowledged) stats.unsettled++;
      else tellMissing(history, request, last, evidence);
    }
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    unsettled:
      stats.unsettled > 0
        ? `${stats.unsettled} acknowledged requests showed no effect; a read of all effects at the end would settle it`
        : null,
    vacuous:
      stats.acknowledged === 0
        ? 'no submission was acknowledged'
        : stats.executed === 0
          ? 'no effect was seen'
          : null,
  });
}

function readRequests(history: History, numbers: Numbers, meter: Meter): Map<number, Requests> {
  const { fs, keys } = history.columns;
  const [submitF, readF] = [history.names.find('submit'), history.names.find('read')];
  const objects = new Map<number, Requests>();
  for (const call of clientCalls(history, 'submit', 'execute', 'read')) {
    if (meter.over(1)) break;
    let of = objects.get(keys[call]!);
    if (of === undefined) objects.set(keys[call]!, (of = { key: keys[call]!, all: [], reads: [] }));
    const outcome = outcomeCode(history, call);
    if (fs[call] === submitF) {
      const request = numbers.of(of, history.value(call));
      const ret = returned(history, call);
      if (outcome === FAIL) request.failed = call;
      else if (call < request.call) {
        request.call = call;
        numbers.calls.set(request.number, call);
      }
      if (ret < request.acknowledged) {
        request.acknowledged = ret;
        request.acknowledgedBy = call;
      }
    } else if (outcome !== OK) continue;
    else if (fs[call] !== readF) numbers.of(of, history.value(history.pair(call))).executions.push(call);
    else if (Array.isArray(history.value(history.pair(call)))) of.reads.push(call);
  }
  return objects;
}

function fresh(number: number, value: Json): Request {
  return {
    number,
    value,
    call: NEVER,
    failed: NONE,
    acknowledged: NEVER,
    acknowledgedBy: NONE,
    executions: [],
    told: false,
  };
}

function judgeExecutions(history: History, request: Request, evidence: Evidence): void {
  const { executions, value } = request;
  if (executions.length < 2) return;
  request.told = true;
  const name = JSON.stringify(value);
  const [first, second] = executions as [number, number];
  evidence.add('executed-twice', () => ({
    sentence:
      `A request must be executed once, but ${name}${ofKey(history.key(second))} was executed by ` +
      `${who(history, first)} and again by ${who(history, second)}.`,
    steps: [
      ...submission(history, request),
      ...executions.map((call) => step(history, call, `${name} was executed.`)),
    ],
    key: history.key(second),
    detail: { value },
  }));
}

function submission(history: History, { call, value }: Request) {
  return call === NEVER ? [] : [step(history, call, `${JSON.stringify(value)} was submitted.`)];
}

/** Effects a read shows: twice, unasked for, or of submissions that all failed. Each request is told of once. */
function judgeRead(
  history: History,
  numbers: Numbers,
  object: Requests,
  call: number,
  list: readonly Json[],
  once: boolean,
  evidence: Evidence,
): void {
  const key = history.key(call);
  const completed = history.pair(call);
  const { calls, marks } = numbers;
  for (const value of list) {
    const known = numbers.find(object.key, value);
    if (known !== ABSENT && marks.get(known) !== call && calls.get(known) < completed) {
      marks.set(known, call);
      continue;
    }
    const request = numbers.of(object, value);
    const again = marks.get(request.number) === call;
    marks.set(request.number, call);
    if (request.told) continue;
    const name = JSON.stringify(value);
    if (again && once) {
      request.told = true;
      evidence.add('executed-twice', () => ({
        sentence:
          `A request must take effect once, but ${name}${ofKey(key)} had two effects in the read of ` +
          `${who(history, call)}.`,
        steps: [
          ...submission(history, request),
          step(history, call, `A read showed ${name} more than once.`),
        ],
        key,
        detail: { value },
      }));
    } else if (request.call > history.pair(call)) unasked(history, request, call, evidence);
  }
}

function unasked(history: History, request: Request, call: number, evidence: Evidence): void {
  request.told = true;
  const aborted = request.failed !== NONE && request.call === NEVER;
  const name = JSON.stringify(request.value);
  evidence.add(aborted ? 'failed-request-executed' : 'phantom-request', () => ({
    sentence:
      `Only what was submitted may take effect, but ${name}${ofKey(history.key(call))}, ` +
      `${aborted ? 'whose submission failed' : 'which nobody had submitted'}, had an effect shown by ${who(history, call)}.`,
    steps: [
      ...(aborted ? [step(history, request.failed, `The submission of ${name} failed for certain.`)] : []),
      step(history, call, `${name} had an effect.`),
    ],
    key: history.key(call),
    detail: { value: request.value },
  }));
}

function tellMissing(history: History, request: Request, last: number, evidence: Evidence): void {
  const name = JSON.stringify(request.value);
  evidence.add('lost-request', () => ({
    sentence:
      `An acknowledged request must take effect, but ${name}${ofKey(history.key(last))}, submitted by ` +
      `${who(history, request.acknowledgedBy)}, had no effect in any read, the last by ${who(history, last)}.`,
    steps: [
      step(history, request.acknowledgedBy, `The submission of ${name} was acknowledged.`),
      step(history, last, `A read after that, at the end, did not show ${name}; no other did.`),
    ],
    key: history.key(last),
    detail: { value: request.value },
  }));
}

/** The `exactly-once` checker. */
export const exactlyOnceChecker: Checker = {
  name: 'exactly-once',
  summary: 'every acknowledged request takes effect one time, however often it was submitted',
  options: {
    delivery: {
      summary: 'what is promised: at-least-once allows repeated effects, at-most-once allows loss',
      default: 'exactly-once',
      choices: DELIVERIES,
    },
  },
  reads: {
    submit: 'submit id',
    execute: 'execute -> id',
    read: 'read -> [id...]',
  },
  anomalies: {
    'executed-twice': 'a request took effect twice',
    'lost-request': 'an acknowledged request without effect',
    'phantom-request': 'an effect nobody had asked for',
    'failed-request-executed': 'an effect of a request that had failed',
  },
  check: exactlyOnce,
};
