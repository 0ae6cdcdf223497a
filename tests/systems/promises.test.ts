/**
 * What real systems promise, where that is less than their workloads take for granted.
 */
import { describe, expect, it } from 'vitest';
import { SYSTEMS } from '../../cli/registries.ts';
import { workloadOptions } from '../../harness/plan/workload-options.ts';
import { WORKLOADS } from '../../workloads/index.ts';

const promised = (system: string, workload: string, set: Record<string, string> = {}) =>
  SYSTEMS[system]!.promises?.(workload, set);

describe('promises', () => {
  it('are of an isolation level where there is one', () => {
    expect(promised('postgres', 'list-append')).toEqual({ consistency: 'serializable' });
    expect(promised('patroni', 'list-append', { isolation: 'repeatable-read' })).toEqual({
      consistency: 'snapshot-isolation',
    });
    for (const system of ['mariadb', 'galera']) {
      expect(promised(system, 'list-append')).toEqual({ consistency: 'snapshot-isolation' });
      expect(promised(system, 'list-append', { isolation: 'serializable' })).toEqual({
        consistency: 'serializable',
      });
    }
    expect(promised('postgres', 'list-append', { isolation: 'read-committed' })).toBeUndefined();
    expect(promised('postgres', 'register')).toBeUndefined();
  });

  it('allow RabbitMQ what no client can tell it: that a message has arrived', () => {
    expect(promised('rabbitmq', 'queue')).toEqual({ delivery: 'at-least-once' });
  });

  it('are options of the workloads they are made for', () => {
    for (const [name, system] of Object.entries(SYSTEMS)) {
      for (const workload of Object.keys(system.workloads)) {
        const options = system.promises?.(workload, {});
        if (options === undefined) continue;
        expect(workloadOptions(WORKLOADS[workload]!, options), name).toMatchObject(options);
      }
    }
  });
});
