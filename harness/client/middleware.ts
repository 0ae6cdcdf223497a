/**
 * Middleware around clients: what well-behaved callers do about timeouts. Nothing becomes more certain than it is:
 * after an attempt whose outcome is unknown, a refusal of a later one says nothing about the first, so it does not
 * make the operation failed. And what was asked again without a name to know it by may happen again: each such attempt is
 * told to whoever journals, as an operation of its own whose outcome nobody knows.
 */
import { type Client, type Invocation, type NodeId, OpFailure } from '../contracts.ts';
import type { Json } from '../op.ts';
import type { Rng, Seed } from '../random.ts';
import { monotonicNs, signalAfter, sleep } from '../time.ts';
import type { ClientSpec } from './client-spec.ts';

/** How an operation is to be done; `key` names it to the system. */
type Call = Parameters<Client['invoke']>[1];

/** An operation done by what is inside. */
type Invoke = (op: Invocation, call: Call) => Promise<Json>;

/** What middleware did in a run. */
export interface ClientCounts {
  /** Attempts after the first. */
  retries: number;
  /** Operations that came to a result only by them. */
  saved: number;
  /** Times a breaker opened, and operations it refused. */
  opened: number;
  refused: number;
}

/** Definite failures worth another attempt: nobody was there, or not now. */
const AGAIN = new Set([
  'connection-refused',
  'connection-failed',
  'temporarily-unavailable',
  'not-leader',
  'node-down',
  'unreachable',
]);

/** Breakers of one node are shared by all its clients. */
interface Breaker {
  failures: number;
  openUntilNs: number;
}

/** Wraps the clients of one run. */
export class ClientMiddleware {
  readonly counts: ClientCounts = { retries: 0, saved: 0, opened: 0, refused: 0 };
  readonly #specs: readonly ClientSpec[];
  readonly #seed: Seed;
  readonly #again: (op: Invocation, node: NodeId) => void;
  readonly #breakers = new Map<NodeId, Breaker>();
  #clients = 0;

  /** `again` hears of every attempt after one of unknown outcome, unless a key says that both are one. */
  constructor(
    specs: readonly ClientSpec[],
    seed: Seed,
    again: (op: Invocation, node: NodeId) => void = () => undefined,
  ) {
    this.#again = again;
    this.#specs = specs;
    this.#seed = seed;
  }

  /** The client with everything around it. */
  wrap(client: Client, node: NodeId): Client {
    const rng = this.#seed.fork('client', this.#clients++).rng();
    let invoke: Invoke = (op, call) => client.invoke(op, call);
    for (const spec of [...this.#specs].reverse()) invoke = this.#around(spec, invoke, node, rng);
    return { invoke, close: () => client.close() };
  }

  /** `client (retry): 41 retries, 37 operations saved by them`; of what was not asked for, nothing. */
  words(): string {
    const { retries, saved, opened, refused } = this.counts;
    const names = this.#specs.map(({ name }) => name);
    const words = [
      ...(names.includes('retry')
        ? [`${count(retries, 'retry', 'retries')}, ${count(saved, 'operation')} saved by them`]
        : []),
      ...(names.includes('circuit-breaker')
        ? [`breakers opened ${count(opened, 'time')} and refused ${count(refused, 'operation')}`]
        : []),
    ];
    return `client (${names.join(', ')})${words.length === 0 ? '' : `: ${words.join('; ')}`}`;
  }

  #around({ name, params }: ClientSpec, inner: Invoke, node: NodeId, rng: Rng): Invoke {
    const number = (key: string): number => params[key] as number;
    if (name === 'idempotency-key') {
      const life = Math.floor(rng.float() * 2 ** 40).toString(36);
      let count = 0;
      return (op, call) => inner(op, but(call, { key: `${life}/${count++}` }));
    }
    if (name === 'timeout')
      return (op, call) => inner(op, within(call, Math.min(call.timeoutMs, number('ms'))));
    if (name === 'retry')
      return (op, call) =>
        this.#retried(inner, op, call, {
          attempts: number('attempts'),
          backoffMs: number('backoffMs'),
          node,
          rng,
        });
    const breaker = this.#breakers.get(node) ?? { failures: 0, openUntilNs: 0 };
    this.#breakers.set(node, breaker);
    return (op, call) => this.#broken(inner, op, call, breaker, number('failures'), number('openMs'));
  }

  async #retried(
    inner: Invoke,
    op: Invocation,
    call: Call,
    { attempts, backoffMs, node, rng }: { attempts: number; backoffMs: number; node: NodeId; rng: Rng },
  ): Promise<Json> {
    const endNs = monotonicNs() + call.timeoutMs * 1e6;
    let unknown = false;
    for (let attempt = 1; ; attempt++) {
      const leftMs = (endNs - monotonicNs()) / 1e6;
      try {
        // Each attempt gets its share of what is left, so that there is time for the others.
        const value = await inner(op, within(call, Math.max(1, leftMs / (attempts - attempt + 1))));
        if (attempt > 1) this.counts.saved++;
        return value;
      } catch (error) {
        const failure = error instanceof OpFailure ? error : null;
        if (failure?.error.definite !== true) unknown = true;
        const pauseMs = backoffMs * 2 ** (attempt - 1) * (0.5 + rng.float());
        const worth = failure === null || !failure.error.definite || AGAIN.has(failure.error.kind);
        const over = attempt >= attempts || (endNs - monotonicNs()) / 1e6 <= pauseMs;
        if (!worth || over || call.signal.aborted) throw unknown ? asUnknown(error) : error;
        await sleep(pauseMs, call.signal);
        this.counts.retries++;
        if (unknown && call.key === undefined) this.#again(op, node);
      }
    }
  }

  async #broken(
    inner: Invoke,
    op: Invocation,
    call: Call,
    breaker: Breaker,
    failures: number,
    openMs: number,
  ): Promise<Json> {
    const now = monotonicNs();
    if (breaker.failures >= failures && now < breaker.openUntilNs) {
      this.counts.refused++;
      throw new OpFailure({ definite: true, kind: 'circuit-open', message: 'nothing was sent' });
    }
    // Half open: whoever comes now tries, and the others wait for what comes of it.
    if (breaker.failures >= failures) breaker.openUntilNs = now + openMs * 1e6;
    try {
      const value = await inner(op, call);
      breaker.failures = 0;
      return value;
    } catch (error) {
      const answered = error instanceof OpFailure && error.error.definite && !AGAIN.has(error.error.kind);
      if (answered) breaker.failures = 0;
      else if (++breaker.failures === failures) this.counts.opened++;
      if (!answered && breaker.failures >= failures) breaker.openUntilNs = monotonicNs() + openMs * 1e6;
      throw error;
    }
  }
}

/** The same call with something else in it. A call may be an object with getters, which spreading would lose. */
function but({ signal, timeoutMs, key }: Call, change: Partial<Call>): Call {
  return { signal, timeoutMs, ...(key === undefined ? {} : { key }), ...change };
}

/** A client that keeps to its timeout by itself says so; one that only heeds its signal is ended this much later. */
const GRACE_MS = 20;

/** The same call with less time. */
function within(call: Call, timeoutMs: number): Call {
  return but(call, { timeoutMs, signal: signalAfter(Math.ceil(timeoutMs) + GRACE_MS, call.signal) });
}

/** What is left of a refusal when an earlier attempt may have been carried out. */
function asUnknown(error: unknown): unknown {
  if (!(error instanceof OpFailure) || !error.error.definite) return error;
  const message = `an earlier attempt may have taken effect; the last one ended ${error.error.kind}`;
  return new OpFailure({ definite: false, kind: 'retried', message });
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
