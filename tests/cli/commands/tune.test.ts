import { describe, expect, it } from 'vitest';
import { type Typed, typed } from '../typed.ts';

const type = (...words: string[]): Promise<Typed> => typed('.', 'tune', ...words);

/** A module with variants that are wrong. */
const OWN = 'tests/fixtures/asked-register';
const queue = ['queue', '--bug', 'late-removal', '--trials', '2', '--max-runs', '60'];
const arms = ['--arm', 'mixed', '--arm', 'random'];

describe('faultline tune', () => {
  it('prints medians, factors, the control and what follows', async () => {
    const { code, stdout, stderr } = await type(...queue, ...arms);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^median of runs, CPU s +mixed +random\nlate-removal +\d+ {2}\d+\.\d\d/);
    expect(stdout).toMatch(/\nmixed +2\/2 +1 +1\nrandom +2\/2 +\d+\.\d\d +\d+\.\d\d to /);
    expect(stdout).toContain('control    100 runs without a bug: no failure');
    expect(stdout).toMatch(/\nconclusion (mixed stays|random instead of mixed)/);
    expect(stderr).toContain('tune       queue late-removal: 2 of 2');
  });

  it('gives everything as JSON', async () => {
    const { code, stdout } = await type(...queue, ...arms, '--json');
    expect(code).toBe(0);
    const read = JSON.parse(stdout);
    expect(read.rows[0]).toMatchObject({ system: 'queue', bug: 'late-removal', givenUp: false });
    expect(read.rows[0].trials.random).toHaveLength(2);
    expect(read.compared).toMatchObject([{ arm: 'random', bugs: 1 }]);
  });

  it('races for bugs planted in a module of the user', async () => {
    const broken = ['--broken', `${OWN}/node-stale.ts`, '--broken', `${OWN}/node-forgets.ts`];
    const words = ['--workload', 'register', '--nemesis', 'partition,kill,pause', '--trials', '2'];
    const { code, stdout, stderr } = await type(`${OWN}/node.ts`, ...broken, ...words, ...arms);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/\nnode-stale +\d+ {2}\d+\.\d\d/);
    expect(stdout).toMatch(/\nnode-forgets +\d+ {2}\d+\.\d\d/);
    expect(stdout).toMatch(/\nmixed +4\/4 /);
    expect(stdout).toContain('control    100 runs without a bug: no failure');
  });

  it('takes a module that fails without a bug for what it is', async () => {
    const words = ['--broken', `${OWN}/node.ts`, '--workload', 'register', '--trials', '1'];
    const { code, stdout } = await type(`${OWN}/node-stale.ts`, ...words, ...arms, '--max-runs', '20');
    expect(code).toBe(1);
    expect(stdout).toContain('conclusion a system without bugs failed');
  });

  it('says that nothing is known when the budget ends in the first trial', async () => {
    const { code, stdout } = await type(...queue, ...arms, '--budget', '1ms');
    expect(code).toBe(2);
    expect(stdout).toContain('conclusion none: the budget ended in the first trial');
  });

  it.each([
    [['quue'], 'queue'],
    [['queue', '--bug', 'late-remova'], 'late-removal'],
    [['queue', '--arm', 'dense'], 'nothing to be compared with'],
    [['queue', '--arm', 'mixed,dennse:4'], 'dense'],
    [['queue', '--trials', '0'], '--trials must be a whole number'],
    [['tests/fixtures/async-node.ts'], 'no planted bugs'],
    [['tests/fixtures/async-node.ts'], '--broken'],
    [['tests/fixtures/async-node.ts', '--broken', 'tests/fixtures/nothing.ts'], 'there is no such module'],
    [['queue', '--broken', `${OWN}/node.ts`], '--broken is for a module of your own'],
  ])('names what is wrong with %s', async (words, hint) => {
    const { code, stderr } = await type(...words);
    expect(code).toBe(64);
    expect(stderr).toContain(hint);
  });
});
