import { describe, expect, it } from 'vitest';
import { CHECKERS } from '../../checkers/registry.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { echo } from '../../workloads/echo.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { leader } from '../../workloads/leader.ts';

describe('leader', () => {
  it('sends unique commands through every client', () => {
    const ops = load(built(leader), 5, 200);
    expect(ops.map((op) => op.value)).toEqual(ops.map((_, i) => i));
    expect(new Set(ops.map((op) => op.thread)).size).toBe(5);
  });

  it('is judged by what the system promises', () => {
    const context = {
      seed: { fork: () => ({ state: 1 }) } as never,
      nodes: ['n1'],
      concurrency: 1,
      operations: ['command'],
    };
    const safety = leader.build({}, { ...context, leadership: 'per-term' }).checkers[0];
    expect(safety).toEqual({ name: 'election-safety', options: { leadership: 'per-term' } });
    expect(built(leader).checkers[0]).toEqual({ name: 'election-safety', options: {} });
  });

  it('leaves clients idle where the system takes no commands', () => {
    expect(load(built(leader, { operations: [] }))).toEqual([]);
  });
});

describe('echo', () => {
  it('never sends the same text twice', () => {
    const texts = load(built(echo), 5, 300).map((op) => op.value);
    expect(new Set(texts).size).toBe(300);
  });
});

describe('the registry', () => {
  it('lists every workload under its own name', () => {
    for (const [name, workload] of Object.entries(WORKLOADS)) expect(workload.name).toBe(name);
  });

  it('names checkers that exist, with options they know', () => {
    for (const workload of Object.values(WORKLOADS)) {
      for (const { name, options } of built(workload).checkers) {
        const checker = (CHECKERS as Record<string, { options: object }>)[name];
        expect(checker, `${workload.name} names ${name}`).toBeDefined();
        for (const option of Object.keys(options)) expect(Object.keys(checker!.options)).toContain(option);
      }
    }
  });
});
