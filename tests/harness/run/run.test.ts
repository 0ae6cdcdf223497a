/**
 * The life of a run in this process: a real cluster of bully nodes, real phases, the folder they leave.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compose } from '../../../cli/compose.ts';
import { resolveConfig } from '../../../harness/config/resolve.ts';
import type { Config } from '../../../harness/config/types.ts';
import type { RunEvent } from '../../../harness/events.ts';
import { readJsonl } from '../../../harness/history/jsonl.ts';
import { executeRun } from '../../../harness/run/run.ts';
import type { RunResult } from '../../../harness/run/spec.ts';

const cwd = mkdtempSync(join(tmpdir(), 'faultline-run-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

interface Made extends RunResult {
  events: RunEvent[];
}

async function make(config: Config, stop: AbortSignal = new AbortController().signal): Promise<Made> {
  const events: RunEvent[] = [];
  const composed = await compose(resolveConfig(config, { directory: cwd, seed: 5 }), {
    command: 'run',
    commandLine: 'faultline run',
    repro: 'faultline run --seed 5',
    cwd,
    seedSource: 'test',
  });
  const leave = new AbortController().signal;
  const result = await executeRun({ ...composed, stop, leave, onEvent: (event) => events.push(event) });
  return { ...result, events };
}

const base: Config = {
  system: 'bully',
  nodes: 3,
  workload: 'leader',
  rate: 50,
  timeLimit: '2s',
  settle: '5s',
};

describe('executeRun', () => {
  it('goes through its stages in order and leaves a complete folder', async () => {
    const { folder, events, verdict } = await make({ ...base, nemesis: ['pause@one'] });
    const stages = events.flatMap((event) => (event.kind === 'stage-started' ? [event.stage] : []));
    expect(stages).toEqual(['setup', 'load', 'heal', 'settle', 'final', 'check']);
    expect(events[0]!.kind).toBe('plan-ready');
    for (const name of ['plan.json', 'run.json', 'history.jsonl', 'ledger.jsonl', 'verdict.json']) {
      expect(existsSync(join(folder, name)), name).toBe(true);
    }
    expect(verdict.phases.map((span) => span.phase)).toEqual(['setup', 'load', 'heal', 'settle', 'final']);
    expect(verdict.phases.every((span) => span.toNs !== null && span.toNs >= span.fromNs)).toBe(true);
    expect(verdict.faults.map((fault) => [fault.fault, fault.state])).toEqual([['pause', 'installed']]);
    const meta = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    expect(meta.ended).not.toBeNull();
  });

  it('journals operations, observations and faults in one history', async () => {
    const { folder } = await make({ ...base, nemesis: ['partition'] });
    const { history, notes } = await readJsonl(join(folder, 'history.jsonl'));
    expect(notes).toEqual([]);
    const processes = new Set(
      Array.from({ length: history.length }, (_, i) => String(history.process(i)).split(':')[0]),
    );
    expect([...processes]).toEqual(expect.arrayContaining(['0', 'observer', 'nemesis']));
    for (let i = 1; i < history.length; i++)
      expect(history.time(i)).toBeGreaterThanOrEqual(history.time(i - 1));
  });

  it('stops early, undoes what is in force, and judges what there is', async () => {
    const stop = new AbortController();
    const events: RunEvent[] = [];
    const composed = await compose(
      resolveConfig(
        {
          ...base,
          timeLimit: '60s',
          nemesis: [{ fault: 'pause', target: 'one', interval: '1s', duration: '50s' }],
        },
        { directory: cwd, seed: 5 },
      ),
      { command: 'run', commandLine: '', repro: '', cwd, seedSource: 'test' },
    );
    const { verdict } = await executeRun({
      ...composed,
      stop: stop.signal,
      leave: new AbortController().signal,
      onEvent: (event) => {
        events.push(event);
        if (event.kind === 'fault-injected') stop.abort('SIGINT');
      },
    });
    expect(verdict.faults[0]).toMatchObject({
      fault: 'pause',
      state: 'installed',
      undo: { state: 'installed' },
    });
    expect(verdict.checkers['election-safety']).toBeDefined();
    expect(verdict.phases.find((span) => span.phase === 'load')!.toNs).toBeLessThan(30e9);
  });

  it('reads the logs of nodes that show them, to the end, and judges them', async () => {
    const raft: Config = {
      ...base,
      system: 'raft',
      workload: 'set',
      timeLimit: '3s',
      nemesis: ['kill@leader'],
    };
    const { folder, verdict } = await make({ ...raft, interval: '800ms', duration: '500ms' });
    for (const name of ['log-matching', 'leader-completeness', 'state-machine-safety']) {
      expect(verdict.checkers[name]!.verdict, name).toBe('pass');
    }
    const { history } = await readJsonl(join(folder, 'history.jsonl'));
    const logs = [...history.select({ f: 'log', type: 'ok', by: 'harness' })].map((i) => history.op(i));
    const last = new Map(logs.map(({ node, phase, value }) => [node, { phase, value }]));
    expect([...last.keys()].sort()).toEqual(['n1', 'n2', 'n3']);
    const positions = [...last.values()].map(({ phase, value }) => {
      expect(phase).toBe('final');
      return (value as { last: number }).last;
    });
    expect(verdict.checkers['set-full']!.stats['acknowledged']).toBeLessThan(Math.min(...positions));
  });

  it('is broken, not failed, when the cluster cannot start, and says why', async () => {
    const { verdict } = await make({
      nodes: 1,
      workload: 'register',
      command: {
        start: [process.execPath, '-e', 'console.error("no disk"); process.exit(3)'],
        ready: 'tcp',
        operations: { register: { read: { http: 'GET /x' }, write: { http: 'PUT /x' } } },
      },
    });
    expect(verdict.verdict).toBe('broken');
    expect(verdict.sentence).toContain('exit code 3');
    expect(verdict.sentence).toContain('no disk');
    expect(verdict.checkers).toEqual({});
  });

  it('asks nothing at the end of nodes that are gone', async () => {
    const dies =
      'require("http").createServer((q, r) => r.end("[]")).listen(Number(process.argv[1])); setTimeout(() => process.exit(1), 1500)';
    const { verdict } = await make({
      nodes: 1,
      workload: 'set',
      timeLimit: '2s',
      settle: '200ms',
      command: {
        start: [process.execPath, '-e', dies, '{{node.port}}'],
        ready: 'tcp',
        restart: 'never',
        operations: { set: { add: { http: 'PUT /x' }, read: { http: 'GET /x', value: '$' } } },
      },
    });
    const final = verdict.phases.find(({ phase }) => phase === 'final')!;
    expect((final.toNs! - final.fromNs) / 1e6).toBeLessThan(200);
    expect(verdict.notes.join()).toContain('no final operations: no node was running any more');
  });

  it('gives up asking at the end where the cluster did not settle', async () => {
    const falls =
      'const late = performance.now() + 1500; require("http").createServer((q, r) => performance.now() < late && r.end("1")).listen(Number(process.argv[1])); if (process.argv[2] === "n1") setTimeout(() => process.exit(1), 1500)';
    const { verdict } = await make({
      nodes: 2,
      workload: 'register',
      timeLimit: '3s',
      settle: '200ms',
      opTimeout: '500ms',
      command: {
        start: [process.execPath, '-e', falls, '{{node.port}}', '{{node.id}}'],
        ready: 'tcp',
        restart: 'never',
        operations: { register: { write: { http: 'PUT /x' }, read: { http: 'GET /x' } } },
      },
    });
    const final = verdict.phases.find(({ phase }) => phase === 'final')!;
    expect((final.toNs! - final.fromNs) / 1e6).toBeLessThan(4_000);
    expect(verdict.notes.join()).toContain('final operations were given up after 1000 ms without an answer');
  });
});
