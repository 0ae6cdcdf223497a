import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventLog, type EventLogHead, isRunning } from '../../../harness/store/event-log.ts';
import { planReadyIn } from '../../kits/plan-ready.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-events-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const lines = (): Record<string, unknown>[] =>
  readFileSync(join(dir, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const rewriteHead = (change: Partial<EventLogHead>): void => {
  const [head, ...rest] = lines();
  const all = [{ ...head, ...change }, ...rest];
  writeFileSync(join(dir, 'events.jsonl'), all.map((line) => `${JSON.stringify(line)}\n`).join(''));
};

describe('the event log', () => {
  it('begins with who writes and holds every event from the plan on', () => {
    const log = new EventLog();
    log.handle({ kind: 'notice', text: 'before there is a folder' });
    log.handle(planReadyIn(dir));
    log.handle({ kind: 'notice', text: 'one' });
    log.close();
    log.handle({ kind: 'notice', text: 'after the end' });
    const [head, plan, notice, ...more] = lines();
    expect(head).toMatchObject({ schema: 1, pid: process.pid });
    expect(plan).toMatchObject({ kind: 'plan-ready', name: 'x' });
    expect(notice).toMatchObject({ kind: 'notice', text: 'one' });
    expect(notice!['atMs']).toBeGreaterThanOrEqual(0);
    expect(more).toEqual([]);
  });

  it('throws nothing when it cannot be written', () => {
    const log = new EventLog();
    expect(() => log.handle(planReadyIn(join(dir, 'missing')))).not.toThrow();
    expect(() => log.handle({ kind: 'notice', text: 'x' })).not.toThrow();
  });
});

describe('whether a run goes on', () => {
  it('is told by its process, not by a later one of the same number', () => {
    new EventLog().handle(planReadyIn(dir));
    expect(isRunning(dir)).toBe(true);
    rewriteHead({ startTicks: 1 });
    expect(isRunning(dir)).toBe(false);
  });

  it('is told by how long it was silent where the process is not one of ours', () => {
    new EventLog().handle(planReadyIn(dir));
    rewriteHead({ pidNamespace: 'pid:[1] elsewhere' });
    expect(isRunning(dir)).toBe(true);
    utimesSync(join(dir, 'events.jsonl'), 1000, 1000);
    expect(isRunning(dir)).toBe(false);
  });

  it('is no without a log, or with one that was torn in its first line', () => {
    expect(isRunning(join(dir, 'missing'))).toBe(false);
    writeFileSync(join(dir, 'events.jsonl'), '{"schema":1,"pi');
    expect(isRunning(dir)).toBe(false);
  });
});
