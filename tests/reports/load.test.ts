import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadReportModel } from '../../reports/load.ts';
import { bullyModel, bullyParts, writeRunFolder } from './fixtures.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-load-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('loadReportModel', () => {
  it('reads what was written', async () => {
    const model = await loadReportModel(writeRunFolder(bullyParts(), dir));
    const { history: _a, folder: _b, logs, commands: _c, ...rest } = model;
    const { history: _d, folder: _e, logs: _f, commands: _g, ...expected } = bullyModel();
    expect(rest).toEqual(expected);
    expect(logs.map((log) => log.node)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  });

  it('tolerates a torn history and says so', async () => {
    writeRunFolder(bullyParts(), dir);
    appendFileSync(join(dir, 'history.jsonl'), '{"index":99999,"ti');
    const model = await loadReportModel(dir);
    expect(model.verdict).toBe('fail');
    expect(model.problems.join()).toMatch(/torn/);
  });

  it('makes a report of an empty folder', async () => {
    const model = await loadReportModel(dir);
    expect(model.verdict).toBe('broken');
    expect(model.problems).toContain('history.jsonl is missing');
    expect(model.problems).toContain('verdict.json is missing');
  });

  it('names files that are not what they should be', async () => {
    writeRunFolder(bullyParts(), dir);
    writeFileSync(join(dir, 'plan.json'), '{"faults": [');
    writeFileSync(join(dir, 'history.jsonl'), 'this is not a history\n');
    const model = await loadReportModel(dir);
    expect(model.problems.join('\n')).toMatch(/plan\.json is not JSON/);
    expect(model.problems.join('\n')).toMatch(/history\.jsonl cannot be read/);
    expect(model.checkers).toHaveLength(3);
  });

  it('keeps crash lines out of the middle of a long log', async () => {
    writeRunFolder(bullyParts(), dir);
    const lines = Array.from({ length: 5000 }, (_, i) =>
      i === 2500 ? 'panic: index out of range' : `line ${i}`,
    );
    writeFileSync(join(dir, 'logs/n3/stdout.log'), lines.join('\n'));
    const model = await loadReportModel(dir);
    const log = model.logs.find((one) => one.node === 'n3')!;
    expect(log.partial).toBe(true);
    expect(log.lines.length).toBeLessThan(110);
    expect(log.lines.filter((line) => line.crash)).toEqual([
      { number: 2501, text: 'panic: index out of range', crash: true },
    ]);
    expect(log.lines.at(-1)!.text).toBe('line 4999');
  });
});
