import { describe, expect, it } from 'vitest';
import { type Client, OpFailure } from '../../../harness/contracts.ts';
import { clients, limit, repeat } from '../../../harness/generator/index.ts';
import { ClientWorker } from '../../../harness/interpreter/client-worker.ts';
import type { Op } from '../../../harness/op.ts';
import { sleep } from '../../../harness/time.ts';
import { rig } from './rig.ts';

const call = { signal: new AbortController().signal, timeoutMs: 1000 };
const op = (process: number, f = 'read'): Op => ({ index: 0, time: 0, process, type: 'invoke', f, value: 1 });

/** A client that answers with the process it was opened for. */
function fake(process: number, log: string[], invoke?: () => Promise<never>): Client {
  return {
    invoke: invoke ?? (async () => process),
    close: async () => {
      log.push(`close ${process}`);
    },
  };
}

describe('the client of a process', () => {
  it('is opened once, closed when its process is retired, opened anew for the next', async () => {
    const log: string[] = [];
    const worker = new ClientWorker({
      open: async (process) => {
        log.push(`open ${process}`);
        return fake(process, log);
      },
    });
    expect(await worker.invoke(op(0), call)).toEqual({ type: 'ok', value: 0 });
    expect(await worker.invoke(op(0), call)).toEqual({ type: 'ok', value: 0 });
    worker.retire();
    expect(await worker.invoke(op(5), call)).toEqual({ type: 'ok', value: 5 });
    await worker.close();
    expect(log).toEqual(['open 0', 'close 0', 'open 5', 'close 5']);
  });

  it('that cannot be opened fails the operation definitely, and rests longer each time', async () => {
    let attempts = 0;
    const worker = new ClientWorker({
      open: async () => {
        attempts++;
        if (attempts < 4) throw new Error('connect ECONNREFUSED');
        return fake(0, []);
      },
    });
    const rests: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const completion = await worker.invoke(op(0), call);
      expect(completion).toMatchObject({
        type: 'fail',
        value: 1,
        error: { definite: true, kind: 'no-client', message: 'connect ECONNREFUSED' },
      });
      rests.push(completion.restMs);
    }
    expect(rests).toEqual([50, 100, 200]);
    expect(await worker.invoke(op(0), call)).toEqual({ type: 'ok', value: 0 });
  });

  it('that takes too long to open fails too, and is closed should it open after all', async () => {
    const log: string[] = [];
    const worker = new ClientWorker({
      openTimeoutMs: 20,
      open: async (process) => {
        await sleep(50);
        return fake(process, log);
      },
    });
    expect(await worker.invoke(op(0), call)).toMatchObject({ type: 'fail', error: { kind: 'no-client' } });
    await sleep(60);
    expect(log).toEqual(['close 0']);
  });

  it('is not used when its operation was given up while it opened', async () => {
    const log: string[] = [];
    let asked = false;
    const worker = new ClientWorker({
      open: async (process) => {
        await sleep(20);
        return fake(process, log, async () => {
          asked = true;
          throw new Error('never');
        });
      },
    });
    const pending = worker.invoke(op(0), call);
    worker.retire();
    expect(await pending).toMatchObject({ type: 'fail' });
    expect(asked).toBe(false);
    expect(log).toEqual(['close 0']);
  });

  it('rests after a refusal that reached nobody, not after other failures', async () => {
    const refusing = (kind: string, definite: boolean) =>
      new ClientWorker({
        open: async () =>
          fake(0, [], async () => {
            throw new OpFailure({ definite, kind });
          }),
      }).invoke(op(0), call);
    expect(await refusing('connection-refused', true)).toMatchObject({ type: 'fail', restMs: 50 });
    await expect(refusing('precondition-failed', true)).rejects.toThrow(OpFailure);
    await expect(refusing('connection-refused', false)).rejects.toThrow(OpFailure);
  });

  it('that does not close is reported, and costs nothing else', async () => {
    const trouble: string[] = [];
    const worker = new ClientWorker({
      open: async () => ({ invoke: async () => 1, close: async () => Promise.reject(new Error('EPIPE')) }),
      onTrouble: (what) => trouble.push(what),
    });
    await worker.invoke(op(0), call);
    await worker.close();
    expect(trouble).toEqual(['closing a client: EPIPE']);
  });

  it('causes no storm against a node that is gone', async () => {
    const { interpreter, journal } = rig({
      clients: 1,
      worker: () =>
        new ClientWorker({
          open: async () => {
            throw new Error('nobody there');
          },
        }),
    });
    const stop = AbortSignal.timeout(400);
    await interpreter.run(clients(limit(10_000, repeat({ f: 'read' }))), { phase: 'load', signal: stop });
    const failed = journal.ops.filter((entry) => entry.type === 'fail').length;
    expect(failed).toBeGreaterThanOrEqual(2);
    expect(failed).toBeLessThanOrEqual(5);
    expect(journal.ops.every((entry) => entry.process === 0)).toBe(true);
  });
});
