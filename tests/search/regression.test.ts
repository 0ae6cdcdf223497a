import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkRegression,
  type Regression,
  readRegression,
  regressionsIn,
  runRegression,
  writeRegression,
} from '../../search/regression.ts';
import { REGRESSION_SCHEMA } from '../../search/regression-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-regressions-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A write and a read at a leader that was cut off and does not know it. */
const STALE: Regression = {
  regression: 1,
  name: 'raft-stale-read',
  program: 'raft',
  checkers: [{ name: 'linearizable', options: { model: 'register' } }],
  expect: { verdict: 'fail', checker: 'linearizable', kind: 'stale-read', sentence: 'n3 read nothing' },
  seeds: 10,
  case: {
    version: 1,
    seed: 3,
    nodes: ['n1', 'n2', 'n3'],
    workload: 'register',
    settings: {},
    bugs: ['stale-read'],
    ops: ['n1', 'n2', 'n3'].flatMap((node, client) => [
      { atNs: 8e8, client: 0, f: 'write', key: 1, value: client, node },
      { atNs: 1e9, client: client + 1, f: 'read', key: 1, value: null, node },
    ]),
    faults: [
      {
        id: 'partition-1',
        fault: 'partition',
        mode: 'isolate-leader',
        lane: 'partition',
        atNs: 3e8,
        untilNs: 13e8,
        target: 'leader',
        nodes: [],
        params: { clients: false, clientsFrom: null, groups: null, cuts: [] },
      },
    ],
  },
};

describe('regressions', () => {
  const path = join(folder, 'stale.json');

  it('come back from their file as they were', () => {
    writeRegression(path, STALE);
    expect(readRegression(path)).toEqual(STALE);
    expect(regressionsIn(folder)).toEqual([path]);
    expect(regressionsIn(join(folder, 'nowhere'))).toEqual([]);
  });

  it('fail as recorded while the bug is there, and pass without it', () => {
    const result = runRegression(STALE);
    expect(result).toMatchObject({ verdict: 'fail', same: true });
    expect(() => checkRegression(path)).toThrow(
      /raft-stale-read fails as recorded, seed \d+: Key 1 was promised/,
    );
    const fixed = { ...STALE, case: { ...STALE.case, bugs: [] } };
    expect(runRegression(fixed)).toMatchObject({ verdict: 'pass', finding: null, runs: 11 });
    const other = join(folder, 'fixed.json');
    writeRegression(other, fixed);
    expect(() => checkRegression(other)).not.toThrow();
  });

  it.each([
    ['a field that is missing', (r: Regression) => ({ ...r, program: undefined }), /lacks "program"/],
    [
      'a fault that does not exist',
      (r: Regression) => {
        const [fault] = r.case.faults;
        return { ...r, case: { ...r.case, faults: [{ ...fault!, fault: 'partitoin' }] } };
      },
      /no fault "partitoin"/,
    ],
    [
      'a node that does not exist',
      (r: Regression) => ({ ...r, case: { ...r.case, nodes: ['n1', 'n2'] } }),
      /no node "n3"/,
    ],
  ])('name %s', (_, change, message) => {
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, JSON.stringify(change(STALE)));
    expect(() => readRegression(wrong)).toThrow(message);
    rmSync(wrong);
  });

  // After a change of the schema: npx vitest run tests/search/regression.test.ts --update
  it('are described by a published schema', async () => {
    const text = `${JSON.stringify(REGRESSION_SCHEMA, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../schemas/regression.schema.json');
    expect(readFileSync(path, 'utf8')).not.toContain(folder);
  });
});
