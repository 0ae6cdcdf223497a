import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLog } from '../../../harness/store/event-log.ts';
import { RunList } from '../../../reports/serve/run-list.ts';
import { planReadyIn } from '../../kits/plan-ready.ts';
import { bullyParts, endingParts, writeRunFolder } from '../fixtures.ts';

let dir: string;
const at = (...parts: string[]): string => join(dir, '.faultline', ...parts);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-list-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the list of runs', () => {
  it('is empty where nothing was run', () => {
    expect(new RunList(dir).runs()).toEqual([]);
    expect(new RunList(dir).nights()).toEqual([]);
  });

  it('has every run with its verdict, newest first', () => {
    writeRunFolder(bullyParts(), at('demo-bully', '20261101T000000.000Z-7'));
    writeRunFolder(endingParts('pass'), at('raft', '20261102T000000.000Z-8'));
    writeFileSync(at('raft', '20261102T000000.000Z-8', 'report.html'), '');
    const [raft, bully, ...more] = new RunList(dir).runs();
    expect(raft).toMatchObject({ id: 'raft/20261102T000000.000Z-8', standing: 'pass', hasReport: true });
    expect(bully).toMatchObject({ standing: 'fail', system: 'bully', hasReport: false });
    expect(bully!.sentence.length).toBeGreaterThan(20);
    expect(bully!.faults).toContain('partition');
    expect(more).toEqual([]);
  });

  it('tells a run that goes on from one that was killed, and sees either end', () => {
    const [running, killed] = [at('a', '20261103T000000.000Z-1'), at('a', '20261102T000000.000Z-2')];
    for (const folder of [running, killed]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'plan.json'), '{}');
    }
    const log = new EventLog();
    log.handle(planReadyIn(running));
    const list = new RunList(dir);
    const first = list.runs();
    expect(first.map(({ standing, seed, started }) => [standing, seed, started])).toEqual([
      ['running', 1, '2026-11-03T00:00:00.000Z'],
      ['no verdict', 2, '2026-11-02T00:00:00.000Z'],
    ]);
    const { verdict } = endingParts('unknown');
    writeFileSync(join(running, 'verdict.json'), JSON.stringify(verdict));
    expect(list.runs()[0]!.standing).toBe('unknown');
    log.close();
  });

  it('reads what is torn as nothing, and what is mended again', () => {
    const folder = writeRunFolder(endingParts('pass'), at('a', '20261103T000000.000Z-1'));
    writeFileSync(join(folder, 'run.json'), '{"name":');
    const list = new RunList(dir);
    expect(list.runs()[0]).toMatchObject({ name: 'a', standing: 'pass', system: '' });
    rmSync(folder, { recursive: true });
    expect(list.runs()).toEqual([]);
  });

  it('has the nights of campaigns beside their runs', () => {
    const night = at('campaign-nightly', '20261104T020000.000Z');
    mkdirSync(night, { recursive: true });
    writeFileSync(join(night, 'campaign-plan.json'), '{}');
    const list = new RunList(dir);
    expect(list.nights()).toMatchObject([{ name: 'nightly', standing: 'no verdict', runs: 0 }]);
    const counts = { pass: 10, fail: 2, unknown: 0, vacuous: 0, broken: 0 };
    writeFileSync(
      join(night, 'summary.json'),
      JSON.stringify({ name: 'nightly', verdict: 'fail', started: '2026-11-04T02:00:00.000Z', counts }),
    );
    expect(list.nights()).toMatchObject([{ standing: 'fail', runs: 12, failed: 2, hasReport: false }]);
    expect(list.runs()).toEqual([]);
  });
});
