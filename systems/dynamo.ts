/**
 * The dynamo reference system: concurrent values, three ways to resolve them, and what each keeps.
 */
import type { System } from '../harness/contracts.ts';
import { dynamo as program } from './reference/dynamo/dynamo.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo dynamo --resolve merge`. */
export const dynamo: System = referenceSystem({
  name: 'dynamo',
  summary:
    'always writable key-value store: vector clocks, siblings, hinted hand-off, read repair, anti-entropy',
  speaks: ['cart', 'siblings', 'echo'],
  settings: program.settings,
  bugs: {
    'no-dots': {
      summary: 'clocks count writes by server, so of two concurrent ones through one node the first is lost',
      workload: 'siblings',
      checker: 'siblings',
      config: { nemesis: [], timeLimit: '5s' },
    },
    'forget-counter': {
      summary: 'a restarted node numbers its writes from 1 again, so they count as old',
      workload: 'siblings',
      checker: 'siblings',
      nemesis: 'kill@all',
      config: { timeLimit: '10s' },
    },
    'drop-hints': {
      summary: 'a node that stands in for another acknowledges a write and does not keep it',
      workload: 'cart',
      checker: 'eventual-set',
      nemesis: 'partition',
      // Nobody at home on either side of some keys: two of three home nodes cut off alone each.
      config: {
        nemesis: [
          { fault: 'partition', mode: 'one', interval: '300ms', duration: '2s' },
          { fault: 'kill', target: 'minority', interval: '300ms', duration: '2s' },
        ],
        timeLimit: '15s',
        rate: '200/s',
      },
      search: { isDemo: true },
    },
    'drop-context': {
      summary: 'what a client had read is ignored, so values it replaced stay beside its own',
      workload: 'siblings',
      checker: 'siblings',
      // Values that nothing replaces pile up, and every answer carries all of them: few writes keep answers small.
      config: { nemesis: [], timeLimit: '5s', rate: '100/s' },
    },
    'one-sibling': {
      summary: 'replicas keep one of several concurrent values, by wall clock',
      workload: 'cart',
      checker: 'eventual-set',
      nemesis: 'partition',
      config: { timeLimit: '10s', rate: '100/s' },
    },
    'union-merge': {
      summary: 'carts are merged by the union of what is in them, so removed items come back',
      workload: 'cart',
      checker: 'eventual-set',
      nemesis: 'partition',
      config: { timeLimit: '10s', rate: '100/s' },
    },
  },
  demo: {
    workload: 'cart',
    nemesis: 'partition',
    expect: 'pass',
    because: 'concurrent carts are kept side by side and merged, removals included',
    unless: {
      'resolve=lww': {
        expect: 'fail',
        because: 'of two concurrent carts the one with the older timestamp is dropped, and its items with it',
      },
    },
  },
});
