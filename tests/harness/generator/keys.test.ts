import { describe, expect, it } from 'vitest';
import {
  clients,
  concurrentKeys,
  drawn,
  keyGroups,
  limit,
  Roster,
  repeat,
  sequentialKeys,
  untilOk,
} from '../../../harness/generator/index.ts';
import { type AnswerRule, imperfect, invocations, simulate } from '../../../harness/interpreter/simulate.ts';
import { Seed } from '../../../harness/random.ts';
import { alone, contents, taking } from './view.ts';

const work = (key: unknown) =>
  limit(
    4,
    drawn(Seed.of(9).fork(String(key)), (draws) => ({ f: 'w', value: draws.int(0, 999) })),
  );

describe('sequential keys', () => {
  it('finish one key before the next begins', () => {
    const keys = invocations(alone(sequentialKeys(['a', 'b'], work))).map((op) => op.key);
    expect(keys).toEqual(['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b']);
    const numbers = sequentialKeys(
      (n) => (n < 3 ? n : undefined),
      () => ({ f: 'w' }),
    );
    expect(contents(alone(numbers))).toEqual(['w 0 null', 'w 1 null', 'w 2 null']);
  });
});

describe('concurrent keys', () => {
  const perThread = (threads: number, size: number) => {
    const simulation = simulate(
      clients(concurrentKeys(size, [0, 1, 2, 3, 4, 5], work)),
      new Roster(threads, ['nemesis:x']),
      taking(10),
    );
    const keys: Record<string, Set<unknown>> = {};
    for (const op of invocations(simulation)) (keys[String(op.thread)] ??= new Set()).add(op.key);
    return { simulation, keys };
  };

  it('give each group of threads a key, then the next one nobody has taken', () => {
    const { simulation, keys } = perThread(4, 2);
    expect([...keys['0']!][0]).toBe(0);
    expect([...keys['2']!][0]).toBe(1);
    expect(new Set(invocations(simulation).map((op) => op.key))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(invocations(simulation)).toHaveLength(24);
    expect(simulation.end).toBe('done');
  });

  it('put left-over threads into the last group, and take too few threads for one group', () => {
    expect(keyGroups(5, 2)).toBe(2);
    expect(keyGroups(1, 3)).toBe(1);
    const { keys } = perThread(5, 2);
    expect([...keys['4']!][0]).toBe(1);
    expect(invocations(perThread(1, 3).simulation)).toHaveLength(24);
  });

  it('ask the same of a key, whoever works on it and when', () => {
    const byKey = (threads: number, rule: AnswerRule): Record<string, string[]> => {
      const simulation = simulate(
        clients(concurrentKeys(2, [0, 1, 2, 3], work)),
        new Roster(threads),
        rule,
        3,
      );
      const out: Record<string, string[]> = {};
      for (const op of invocations(simulation)) (out[String(op.key)] ??= []).push(`${op.f} ${op.value}`);
      return out;
    };
    const random: AnswerRule = (_, draws) => ({ afterNs: draws.int(1, 500), type: 'ok' });
    expect(byKey(4, random)).toEqual(byKey(4, taking(10)));
    expect(byKey(7, imperfect)).toEqual(byKey(4, taking(10)));
  });

  it('show each key the events of its own threads', () => {
    const generator = concurrentKeys(1, ['bad', 'good'], () => untilOk(limit(5, repeat({ f: 'r' }))));
    const simulation = simulate(clients(generator), new Roster(2), (op) => ({
      afterNs: 10,
      type: op.key === 'bad' ? 'fail' : 'ok',
    }));
    const count = (key: string) => invocations(simulation).filter((op) => op.key === key).length;
    expect([count('bad'), count('good')]).toEqual([5, 1]);
  });

  it('refuse a group of no threads', () => {
    expect(() => concurrentKeys(0, [1], work)).toThrow(/group of 0 threads/);
  });
});
