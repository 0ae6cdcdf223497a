/**
 * Client middleware: what is tried again, what is journalled of it, and that nothing becomes more certain than it is.
 */
import { describe, expect, it } from 'vitest';
import { clientSpecs } from '../../../harness/client/client-spec.ts';
import { ClientMiddleware } from '../../../harness/client/middleware.ts';
import { type Client, OpFailure } from '../../../harness/contracts.ts';
import type { Json } from '../../../harness/op.ts';
import { Seed } from '../../../harness/random.ts';
import { virtually } from '../../../harness/sim/virtual-time.ts';
import { monotonicNs, sleep } from '../../../harness/time.ts';

type Answer = Json | OpFailure;
const unknown = new OpFailure({ definite: false, kind: 'timeout' });
const refused = new OpFailure({ definite: true, kind: 'precondition-failed' });
const away = new OpFailure({ definite: true, kind: 'connection-refused' });

interface Attempt {
  timeoutMs: number;
  key: string | undefined;
}

/** A client that gives these answers, one an attempt, and says how it was asked. */
function scripted(
  words: string,
  answers: Answer[],
  again: () => void = () => {},
): { client: Client; asked: Attempt[]; all: ClientMiddleware } {
  const asked: Attempt[] = [];
  const inner: Client = {
    async invoke(_op, { timeoutMs, key }) {
      asked.push({ timeoutMs, key });
      const answer = answers[Math.min(asked.length, answers.length) - 1]!;
      if (!(answer instanceof OpFailure)) return answer;
      if (answer === unknown) await sleep(timeoutMs);
      throw answer;
    },
    close: async () => {},
  };
  const all = new ClientMiddleware(clientSpecs(words), Seed.of(1), again);
  return { client: all.wrap(inner, 'n1'), asked, all };
}

/** As the interpreter hands it out: an object whose parts are getters. */
class InterpreterCall {
  readonly #signal = new AbortController().signal;
  get signal(): AbortSignal {
    return this.#signal;
  }
  get timeoutMs(): number {
    return 1_000;
  }
}
const call = new InterpreterCall();
const op = { f: 'write', value: 1 };

/** What an operation ended as, in simulated time. */
function ended(client: Client): Promise<Json | OpFailure['error']> {
  return virtually(() => client.invoke(op, call).catch((error: OpFailure) => ({ ...error.error })));
}

describe('retry', () => {
  it('asks again until it hears something, each time with a share of the time that is left', async () => {
    const { client, asked, all } = scripted('retry', [unknown, away, 7]);
    expect(await ended(client)).toBe(7);
    expect(asked).toHaveLength(3);
    expect(asked.reduce((sum, { timeoutMs }) => Math.max(sum, timeoutMs), 0)).toBeLessThan(1_000);
    expect(all.counts).toMatchObject({ retries: 2, saved: 1 });
  });

  it('never calls failed what an earlier attempt may have done', async () => {
    expect(await ended(scripted('retry', [unknown, refused]).client)).toMatchObject({
      definite: false,
      kind: 'retried',
    });
    expect(await ended(scripted('retry', [away, refused]).client)).toMatchObject({ definite: true });
    expect(await ended(scripted('retry', [unknown, away]).client)).toMatchObject({ definite: false });
    expect(await ended(scripted('retry', [away]).client)).toMatchObject({
      definite: true,
      kind: 'connection-refused',
    });
  });

  it('tells of attempts that may happen besides, unless a key makes them one', async () => {
    const told = async (words: string, answers: Answer[]): Promise<number> => {
      let count = 0;
      await ended(scripted(words, answers, () => count++).client);
      return count;
    };
    expect(await told('retry', [unknown, unknown, 1])).toBe(2);
    expect(await told('retry', [away, 1])).toBe(0);
    expect(await told('retry', [unknown, away, 1])).toBe(2);
    expect(await told('retry,idempotency-key', [unknown, unknown, 1])).toBe(0);
  });

  it('does not repeat what was answered', async () => {
    const { client, asked } = scripted('retry:attempts=5', [refused]);
    await ended(client);
    expect(asked).toHaveLength(1);
  });
});

describe('what is told of the middleware', () => {
  it('is about what was asked for, and nothing else', async () => {
    const { client, all } = scripted('retry', [unknown, 1]);
    await ended(client);
    expect(all.words()).toBe('client (retry): 1 retry, 1 operation saved by them');
    expect(scripted('idempotency-key', [1]).all.words()).toBe('client (idempotency-key)');
  });
});

describe('idempotency-key', () => {
  it('names all attempts of an operation alike, wherever it is listed, and no two operations', async () => {
    const { client, asked } = scripted('retry,idempotency-key', [unknown, 1]);
    await ended(client);
    await ended(client);
    const keys = asked.map(({ key }) => key);
    expect(keys[0]).toBeDefined();
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    for (const { timeoutMs } of asked) expect(timeoutMs).toBeGreaterThan(0);
    expect(scripted('retry', [1]).asked.every(({ key }) => key === undefined)).toBe(true);
  });
});

describe('timeout', () => {
  it('bounds one attempt, and leaves the outcome unknown', async () => {
    const { client, asked } = scripted('timeout:ms=100', [unknown]);
    expect(await ended(client)).toMatchObject({ definite: false });
    expect(asked[0]!.timeoutMs).toBe(100);
    const heedless: Client = {
      invoke: (_op, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      close: async () => {},
    };
    const all = new ClientMiddleware(clientSpecs('timeout:ms=100'), Seed.of(1));
    const began = await virtually(async () => {
      const from = monotonicNs();
      await expect(all.wrap(heedless, 'n1').invoke(op, call)).rejects.toBeDefined();
      return monotonicNs() - from;
    });
    expect(began / 1e6).toBeLessThan(150);
  });
});

describe('circuit-breaker', () => {
  it('asks nobody after failures in a row, lets one try after a while, and closes when that one is answered', async () => {
    const { client, asked, all } = scripted('circuit-breaker:failures=2:openMs=500', [away, away, away, 5]);
    await virtually(async () => {
      const kinds: string[] = [];
      for (const pauseMs of [0, 0, 0, 600, 0, 600, 0]) {
        await sleep(pauseMs);
        kinds.push(await client.invoke(op, call).then(String, (error: OpFailure) => error.error.kind));
      }
      const open = 'circuit-open';
      expect(kinds).toEqual([away.error.kind, away.error.kind, open, away.error.kind, open, '5', '5']);
    });
    expect(asked).toHaveLength(5);
    expect(all.counts).toMatchObject({ opened: 1, refused: 2 });
    expect(all.words()).toBe('client (circuit-breaker): breakers opened 1 time and refused 2 operations');
  });

  it('takes a refusal that was an answer for no failure', async () => {
    const { client, asked } = scripted('circuit-breaker:failures=1', [refused]);
    await ended(client);
    await ended(client);
    expect(asked).toHaveLength(2);
  });
});

it('says what is wrong with the words for it', () => {
  expect(() => clientSpecs('retyr')).toThrow('there is no middleware "retyr"');
  expect(() => clientSpecs('retry:tries=3')).toThrow('tries');
  expect(() => clientSpecs('retry:attempts')).toThrow('name=number');
  expect(() => clientSpecs('retry:attempts=0')).toThrow('attempts');
  expect(() => clientSpecs('retry,retry')).toThrow('twice');
  expect(clientSpecs('timeout,retry').map(({ name }) => name)).toEqual(['retry', 'timeout']);
});
