import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../harness/plan/plan.ts';
import { writeAtomic } from '../../../harness/store/atomic.ts';
import { isRunFolder, RunFolder } from '../../../harness/store/run-folder.ts';
import { meta, plan, verdict } from './samples.ts';

let folder: RunFolder;
beforeEach(() => {
  folder = new RunFolder(mkdtempSync(join(tmpdir(), 'faultline-run-')));
});
afterEach(() => rmSync(folder.path, { recursive: true }));

describe('RunFolder', () => {
  it('gives back what was written, and leaves no temporary files', () => {
    expect(isRunFolder(folder.path)).toBe(false);
    folder.writePlan(plan);
    folder.writeMeta(meta);
    folder.writeVerdict(verdict);
    expect(folder.readPlan()).toEqual(plan);
    expect(folder.readMeta()).toEqual(meta);
    expect(folder.readVerdict()).toEqual(verdict);
    expect(readdirSync(folder.path).sort()).toEqual(['plan.json', 'run.json', 'verdict.json']);
    expect(isRunFolder(folder.path)).toBe(true);
    expect(folder.has('report')).toBe(false);
  });

  it('writes the same plan as the same bytes', () => {
    folder.writePlan(plan);
    const first = readFileSync(folder.file('plan'));
    folder.writePlan(JSON.parse(JSON.stringify(plan)) as Plan);
    expect(readFileSync(folder.file('plan')).equals(first)).toBe(true);
  });

  it('makes log folders', () => {
    expect(existsSync(folder.logs('n1'))).toBe(true);
  });

  it('says what is missing, broken or too new, with the file', () => {
    expect(() => folder.readVerdict()).toThrow('there is no verdict here');
    writeFileSync(folder.file('verdict'), '{"schema":');
    expect(() => folder.readVerdict()).toThrow('this verdict is not JSON');
    writeFileSync(folder.file('run'), '{"schema":2}');
    expect(() => folder.readMeta()).toThrow('has version 2');
    writeFileSync(folder.file('plan'), 'null');
    expect(() => folder.readPlan()).toThrow('has version undefined');
  });
});

describe('writeAtomic', () => {
  it('keeps the old content when the new cannot be written', () => {
    const path = join(folder.path, 'x');
    writeAtomic(path, 'old');
    expect(() => writeAtomic(path, { length: 3 } as Uint8Array)).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder.path)).toEqual(['x']);
  });
});
