import { describe, expect, it } from 'vitest';
import { assembleModel } from '../../reports/assemble.ts';
import { compareRuns } from '../../reports/compare.ts';
import { bullyModel, endingParts, registerModel } from './fixtures.ts';

const rowsOf = (comparison: ReturnType<typeof compareRuns>, title: string) =>
  new Map(comparison.parts.find((part) => part.title === title)!.rows.map((row) => [row.what, row]));

describe('comparing runs', () => {
  it('finds nothing between a run and itself', () => {
    const { parts, outcomeDiffers } = compareRuns(bullyModel(), bullyModel());
    expect(outcomeDiffers).toBe(false);
    expect(parts.map(({ title }) => title)).toEqual([
      'run',
      'outcome',
      'operations',
      'faults',
      'environment',
    ]);
    const rows = parts.flatMap((part) => part.rows);
    expect(rows.filter(({ differs }) => differs)).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });

  it('says what was run, found and counted otherwise', () => {
    const comparison = compareRuns(bullyModel(), registerModel());
    const [run, outcome, operations] = ['run', 'outcome', 'operations'].map((t) => rowsOf(comparison, t));
    expect(run!.get('system')).toMatchObject({ a: 'bully', differs: true });
    expect(outcome!.get('checker election-safety')!.a).toMatch(/^fail: .*split-brain/);
    expect(operations!.get('operations')).toMatchObject({ differs: true });
    expect(operations!.get('median')!.a).toMatch(/\d (ms|us|s)$/);
    expect(comparison.outcomeDiffers).toBe(true);
  });

  it('takes another verdict for another outcome, another gate alone for none', () => {
    const pass = assembleModel(endingParts('pass'));
    expect(compareRuns(pass, assembleModel(endingParts('unknown'))).outcomeDiffers).toBe(true);
    const gates = [{ ...pass.gates[0]!, name: 'other', holds: false }];
    expect(compareRuns(pass, { ...pass, gates }).outcomeDiffers).toBe(false);
  });

  it('tells the same verdict with other kinds of anomalies apart', () => {
    const one = bullyModel();
    const checkers = one.checkers.map((row) => ({
      ...row,
      anomalies: row.anomalies.map((anomaly) => ({ ...anomaly, kind: 'another' })),
    }));
    expect(compareRuns(one, { ...one, checkers }).outcomeDiffers).toBe(true);
  });
});
