import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import {
  any,
  clients,
  eachThread,
  from,
  type Generator,
  limit,
  log,
  nemesis,
  observers,
  onUpdate,
  phases,
  repeat,
  sleep,
  untilOk,
} from '../../../harness/generator/index.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Completion } from '../../../harness/interpreter/worker.ts';
import { Seed } from '../../../harness/random.ts';
import { sleep as pause } from '../../../harness/time.ts';
import { lines, MemoryJournal, obliging, ok, rig, worker } from './rig.ts';

const never = (): Promise<Completion> => new Promise(() => undefined);
const load = { phase: 'load' as const };

describe('the order of things', () => {
  it('journals and flushes every invocation before its worker sees it, every completion after it came back', async () => {
    let seen = 0;
    const { interpreter, journal } = rig({
      clients: 4,
      worker: () =>
        worker(async (op) => {
          expect(journal.flushed).toBeGreaterThan(op.index);
          expect(journal.ops[op.index]).toEqual(op);
          const before = journal.ops.length;
          await null;
          expect(journal.ops.slice(op.index + 1, before).some((other) => other.process === op.process)).toBe(
            false,
          );
          seen++;
          return ok();
        }),
    });
    const outcome = await interpreter.run(clients(limit(100, repeat({ f: 'a' }))), load);
    expect(seen).toBe(100);
    expect(outcome).toMatchObject({ end: 'exhausted', dispatched: 100, cutOff: 0 });
    expect(journal.flushed).toBe(200);
    expect(journal.ops.map((op) => op.index)).toEqual(journal.ops.map((_, i) => i));
    const times = journal.ops.map((op) => op.time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // The builder refuses histories that break the rules of processes.
    expect(historyOf(journal.ops).length).toBe(200);
  });

  it('handles what has come back before it sends anything new, one flush for the batch', async () => {
    const { interpreter, journal } = rig({ clients: 10 });
    await interpreter.run(clients(limit(100, repeat({ f: 'a' }))), load);
    // Ten rounds of ten: each round's completions and the next round's invocations share a flush.
    expect(journal.flushes).toBe(11);
    const types = journal.ops.map((op) => op.type);
    expect(
      types
        .slice(0, 30)
        .map((type) => type[0])
        .join(''),
    ).toBe(`${'i'.repeat(10)}${'o'.repeat(10)}${'i'.repeat(10)}`);
  });

  it('gives operations their node and phase, and carries on numbering in the next phase', async () => {
    const { interpreter, journal } = rig({
      clients: 3,
      nodes: ['n1', 'n2'],
      named: ['observer:n2', 'nemesis:kill'],
    });
    await interpreter.run(
      [
        { f: 'a', thread: 0 },
        { f: 'b', thread: 1 },
        { f: 'c', thread: 2 },
        { f: 'leader', thread: 'observer:n2' },
      ],
      load,
    );
    interpreter.record({
      process: 'cluster',
      type: 'info',
      f: 'crashed',
      value: { code: 1 },
      node: 'n1',
      phase: 'heal',
    });
    await interpreter.run({ f: 'd', thread: 'nemesis:kill' }, { phase: 'final' });
    const invoked = journal.ops.filter((op) => op.type === 'invoke');
    expect(invoked.map((op) => [op.f, op.node, op.phase])).toEqual([
      ['a', 'n1', 'load'],
      ['b', 'n2', 'load'],
      ['c', 'n1', 'load'],
      ['leader', 'n2', 'load'],
      ['d', undefined, 'final'],
    ]);
    expect(journal.ops[8]).toMatchObject({ index: 8, process: 'cluster', f: 'crashed', node: 'n1' });
    expect(journal.ops.at(-1)).toMatchObject({ process: 'nemesis:kill', type: 'ok', f: 'd', phase: 'final' });
  });

  it('shows every journalled operation to the listener, and says log lines', async () => {
    const seen: string[] = [];
    const said: string[] = [];
    const { interpreter, journal } = rig({
      onOp: (op) => seen.push(`${op.process} ${op.type} ${op.f}`),
      onLog: (line) => said.push(line),
    });
    await interpreter.run(clients(phases({ f: 'a' }, log('half way'), { f: 'b' })), load);
    expect(seen).toEqual(lines(journal.ops));
    expect(said).toEqual(['half way']);
  });

  it('runs one phase at a time', async () => {
    const { interpreter } = rig();
    const first = interpreter.run({ f: 'a' }, load);
    await expect(interpreter.run({ f: 'b' }, load)).rejects.toThrow(/running a phase already/);
    await first;
  });
});

describe('how operations end', () => {
  it('fail only where the error is definite, info otherwise, the value kept', async () => {
    const errors: Record<string, () => unknown> = {
      definite: () => new OpFailure({ definite: true, kind: 'precondition-failed' }),
      indefinite: () => new OpFailure({ definite: false, kind: 'connection-lost' }),
      thrown: () => new Error('socket hang up'),
      odd: () => 'a string',
    };
    const { interpreter, journal } = rig({
      clients: 1,
      worker: () =>
        worker(async (op) => {
          throw errors[op.f]!();
        }),
    });
    await interpreter.run(
      Object.keys(errors).map((f) => ({ f, value: 5 })),
      load,
    );
    const ends = journal.ops.filter((op) => op.type !== 'invoke');
    expect(ends.map((op) => [op.f, op.type, op.error?.kind, op.value])).toEqual([
      ['definite', 'fail', 'precondition-failed', 5],
      ['indefinite', 'info', 'connection-lost', 5],
      ['thrown', 'info', 'exception', 5],
      ['odd', 'info', 'exception', 5],
    ]);
    expect(ends[2]!.error!.message).toBe('socket hang up');
  });

  it('treats a worker that throws at once like one that rejects', async () => {
    const { interpreter, journal } = rig({
      clients: 1,
      worker: () => ({
        invoke() {
          throw new OpFailure({ definite: true, kind: 'bad-request' });
        },
      }),
    });
    await interpreter.run({ f: 'a' }, load);
    expect(lines(journal.ops)).toEqual(['0 invoke a', '0 fail a']);
  });

  it('retires a client process after info: the thread goes on as process + concurrency', async () => {
    const retired: number[] = [];
    const { interpreter, journal } = rig({
      clients: 3,
      worker: (thread) => ({
        invoke: async (op) => (op.f === 'crash' ? { type: 'info', value: null } : ok()),
        retire: () => retired.push(thread as number),
      }),
    });
    const ops = ['a', 'crash', 'b', 'crash', 'c'].map((f) => ({ f, thread: 1 }));
    await interpreter.run(ops, load);
    const invoked = journal.ops.filter((op) => op.type === 'invoke');
    expect(invoked.map((op) => op.process)).toEqual([1, 1, 4, 4, 7]);
    expect(retired).toEqual([1, 1]);
  });

  it('never retires named processes', async () => {
    const { interpreter, journal } = rig({
      named: ['nemesis:kill'],
      worker: () => worker(async () => ({ type: 'info', value: null })),
    });
    await interpreter.run(nemesis(limit(2, repeat({ f: 'inject-kill' }))), load);
    expect(new Set(journal.ops.map((op) => op.process))).toEqual(new Set(['nemesis:kill']));
  });
});

describe('deadlines', () => {
  it('end an operation as info after its timeout, abort its signal, and drop what comes later', async () => {
    let aborted: unknown;
    let answerLate: (completion: Completion) => void = () => undefined;
    const { interpreter, journal } = rig({
      clients: 1,
      timeoutMs: 40,
      worker: () =>
        worker((op, call) => {
          if (op.f !== 'hang') return Promise.resolve(ok('in time'));
          call.signal.addEventListener('abort', () => {
            aborted = call.signal.reason;
          });
          return new Promise((resolve) => {
            answerLate = resolve;
          });
        }),
    });
    const outcome = await interpreter.run([{ f: 'hang', value: 7 }, { f: 'next' }], load);
    expect(outcome.end).toBe('exhausted');
    expect(lines(journal.ops)).toEqual(['0 invoke hang', '0 info hang', '1 invoke next', '1 ok next']);
    expect(journal.ops[1]).toMatchObject({
      value: 7,
      error: { definite: false, kind: 'timeout', message: 'no answer within 40 ms' },
    });
    expect(journal.ops[1]!.time - journal.ops[0]!.time).toBeGreaterThanOrEqual(40e6);
    expect(aborted).toBeInstanceOf(Error);
    answerLate(ok('late'));
    await pause(5);
    expect(interpreter.lateAnswers).toBe(1);
    expect(journal.ops).toHaveLength(4);
  });

  it('are kept per thread, each at its own time', async () => {
    const { interpreter, journal } = rig({
      clients: 1,
      named: ['observer:n1'],
      timeoutMs: (thread) => (typeof thread === 'string' ? 30 : 90),
      worker: () => worker(never),
    });
    await interpreter.run(
      [
        { f: 'a', thread: 0 },
        { f: 'leader', thread: 'observer:n1' },
      ],
      load,
    );
    expect(lines(journal.ops)).toEqual([
      '0 invoke a',
      'observer:n1 invoke leader',
      'observer:n1 info leader',
      '0 info a',
    ]);
  });

  it('bound the drain: what is still open ends as info, and the phase returns', async () => {
    let aborted = false;
    const { interpreter, journal } = rig({
      clients: 2,
      worker: (thread) =>
        worker((_, call) => {
          call.signal.addEventListener('abort', () => {
            aborted = true;
          });
          return thread === 0 ? never() : Promise.resolve(ok());
        }),
    });
    const outcome = await interpreter.run([{ f: 'a' }, { f: 'b' }], { ...load, drainMs: 30 });
    expect(outcome).toMatchObject({ end: 'exhausted', cutOff: 1 });
    expect(journal.ops.at(-1)).toMatchObject({ process: 0, type: 'info', error: { kind: 'drain-deadline' } });
    expect(aborted).toBe(true);
    expect(journal.flushed).toBe(journal.ops.length);
  });
});

describe('stopping', () => {
  it('sends nothing new once the signal aborts, and drains what is open', async () => {
    const stop = new AbortController();
    const { interpreter, journal } = rig({
      clients: 2,
      worker: () =>
        worker(async () => {
          await pause(5);
          return ok();
        }),
    });
    setTimeout(() => stop.abort(), 40);
    const outcome = await interpreter.run(clients(repeat({ f: 'a' })), { ...load, signal: stop.signal });
    expect(outcome.end).toBe('stopped');
    const invoked = journal.ops.filter((op) => op.type === 'invoke').length;
    expect(invoked).toBe(outcome.dispatched);
    expect(journal.ops).toHaveLength(2 * invoked);
    expect(outcome.toNs - outcome.fromNs).toBeLessThan(1e9);
  });

  it('does not even begin when the signal was aborted before', async () => {
    const { interpreter, journal } = rig();
    const outcome = await interpreter.run({ f: 'a' }, { ...load, signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ end: 'stopped', dispatched: 0 });
    expect(journal.ops).toEqual([]);
  });

  it('ends a sleep early', async () => {
    const stop = new AbortController();
    const { interpreter } = rig();
    setTimeout(() => stop.abort(), 20);
    const outcome = await interpreter.run(sleep(60e9), { ...load, signal: stop.signal });
    expect(outcome.end).toBe('stopped');
  });

  it('says so when nothing can ever go on', async () => {
    const stuck: Generator = {
      kind: 'stuck',
      heeds: false,
      op: () => ({ state: 'pending', untilNs: Infinity }),
      update: () => stuck,
    };
    const { interpreter } = rig();
    expect((await interpreter.run(stuck, load)).end).toBe('stalled');
  });
});

describe('back-off', () => {
  it('rests a thread that asks for it, while others go on', async () => {
    const { interpreter, journal } = rig({
      clients: 2,
      worker: (thread) =>
        worker(async (op) =>
          thread === 0
            ? { type: 'fail', value: op.value, error: { definite: true, kind: 'no-client' }, restMs: 60 }
            : ok(),
        ),
    });
    await interpreter.run(clients(eachThread(limit(3, repeat({ f: 'a' })))), load);
    const times = journal.ops
      .filter((op) => op.process === 0 && op.type === 'invoke')
      .map((op) => op.time / 1e6);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(60);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(60);
    const other = journal.ops.filter((op) => op.process === 1);
    expect(other.at(-1)!.time / 1e6).toBeLessThan(times[1]!);
  });
});

describe('trouble in the harness', () => {
  it('ends the phase with the error of a generator, and completes what was open', async () => {
    const broken = onUpdate(
      (part, _, event) => {
        if (event.type === 'ok') throw new Error('a slip in the workload');
        return part;
      },
      repeat({ f: 'a' }),
    );
    const { interpreter, journal } = rig({
      clients: 2,
      worker: (thread) => worker(() => (thread === 0 ? Promise.resolve(ok()) : never())),
    });
    await expect(interpreter.run(clients(broken), load)).rejects.toThrow(
      /threw when it was shown ok a: a slip/,
    );
    expect(lines(journal.ops)).toEqual(['0 invoke a', '1 invoke a', '0 ok a', '1 info a']);
    expect(journal.ops[3]!.error).toMatchObject({ kind: 'harness-error' });
    // The interpreter is usable again: final reads may still be worth having.
    expect((await interpreter.run({ f: 'b', thread: 0 }, { phase: 'final' })).end).toBe('exhausted');
  });

  it('refuses an operation for a busy thread', async () => {
    const greedy: Generator = {
      kind: 'greedy',
      heeds: false,
      op: (context) => ({
        state: 'offer',
        op: { what: 'invoke', time: context.time, thread: 0, f: 'a', key: undefined, value: null },
        next: greedy,
      }),
      update: () => greedy,
    };
    const { interpreter } = rig();
    await expect(interpreter.run(greedy, load)).rejects.toThrow(/greedy offered a to busy thread 0/);
  });

  it('ends the phase when the journal cannot be written, and sends nothing that is not in it', async () => {
    const journal = new MemoryJournal();
    const sent: number[] = [];
    journal.flush = () => {
      throw new Error('disk full');
    };
    const { interpreter } = rig({
      journal,
      worker: () =>
        worker(async (op) => {
          sent.push(op.index);
          return ok();
        }),
    });
    await expect(interpreter.run(repeat({ f: 'a' }), load)).rejects.toThrow('disk full');
    expect(sent).toEqual([]);
  });

  it('closes every worker and reports what could not be closed', async () => {
    let closed = 0;
    const { interpreter } = rig({
      clients: 2,
      worker: (thread) => ({
        ...obliging,
        close: async () => {
          closed++;
          if (thread === 1) throw new Error('still busy');
        },
      }),
    });
    expect(await interpreter.close()).toEqual(['closing 1: still busy']);
    expect(closed).toBe(2);
  });
});

describe('whatever workers do', () => {
  it('the history keeps the rules: dense, in order of time, every operation ended, processes alternate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, threads) => {
        const rng = Seed.of(seed).rng();
        const behaviours: (() => Promise<Completion>)[] = [
          async () => ok(),
          async () => pause(rng.int(0, 8)).then(() => ok()),
          async () => ({ type: 'fail', value: null, error: { definite: true, kind: 'refused' }, restMs: 3 }),
          async () => Promise.reject(new Error('lost')),
          () => pause(40).then(() => ok('late')),
          never,
        ];
        const { interpreter, journal } = rig({
          clients: threads,
          named: ['observer:n1'],
          timeoutMs: 12,
          worker: () => worker(() => rng.pick(behaviours)()),
        });
        const noise = setInterval(
          () => interpreter.record({ process: 'cluster', type: 'info', f: 'noise', value: null }),
          1,
        );
        const generator = limit(30, any(clients(repeat({ f: 'a' })), observers(repeat({ f: 'leader' }))));
        const outcome = await interpreter.run(generator, load).finally(() => clearInterval(noise));
        expect(outcome).toMatchObject({ end: 'exhausted', dispatched: 30 });
        const history = historyOf(journal.ops);
        for (let i = 0; i < history.length; i++) {
          expect(journal.ops[i]!.index).toBe(i);
          if (i > 0) expect(history.time(i)).toBeGreaterThanOrEqual(history.time(i - 1));
          if (history.type(i) === 'invoke') expect(history.pair(i)).toBeGreaterThan(i);
        }
        expect(journal.flushed).toBe(history.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('feedback', () => {
  it('reaches generators: until-ok stops at the first acknowledgement', async () => {
    let n = 0;
    const { interpreter, journal } = rig({
      clients: 1,
      named: ['observer:n1'],
      worker: () => worker(async () => (++n < 3 ? { type: 'fail', value: null } : ok())),
    });
    await interpreter.run([clients(untilOk(repeat({ f: 'a' }))), observers(from(null))], load);
    expect(lines(journal.ops).filter((line) => line.includes('invoke'))).toHaveLength(3);
  });
});
