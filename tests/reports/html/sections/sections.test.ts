import { describe, expect, it } from 'vitest';
import { assembleModel } from '../../../../reports/assemble.ts';
import { coverageSection } from '../../../../reports/html/sections/coverage.ts';
import { findingsSection } from '../../../../reports/html/sections/findings.ts';
import {
  checkerSection,
  environmentSection,
  faultSection,
} from '../../../../reports/html/sections/tables.ts';
import { verdictSection } from '../../../../reports/html/sections/verdict.ts';
import { bullyModel, endingParts, registerModel } from '../../fixtures.ts';

const words = (markup: { text: string }): string =>
  markup.text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

describe('the verdict', () => {
  it('says whether the outcome was expected', () => {
    expect(words(verdictSection(bullyModel()))).toContain('This outcome was expected: fail.');
    expect(words(verdictSection({ ...bullyModel(), expected: 'pass' }))).toContain(
      'Expected pass, got fail.',
    );
  });
});

describe('what went wrong', () => {
  it('draws a split brain: both reigns, the cut between the sides, the overlap', () => {
    const { text } = findingsSection(bullyModel());
    expect(text).toContain('leads, term 1');
    expect(text).toContain('leads, term 2');
    expect(text).toContain('class="cut"');
    expect(text).toContain('both lead, 2.5 s');
    expect((text.match(/class="command"/g) ?? []).length).toBeGreaterThan(50);
  });

  it('draws operations from invocation to completion, each with what it did', () => {
    const { text } = findingsSection(registerModel());
    expect(text).toContain('3: write 7001');
    expect(text).toContain('partition isolate-leader: n4 ┊ n1 n2 n3 n5');
  });

  it('counts a kind as its checker did, and says how many of them are only counted', () => {
    const model = registerModel();
    const [first] = model.findings;
    const checkers = model.checkers.map((row) =>
      row.name === first!.checker
        ? { ...row, anomalyCount: 9999, stats: { anomalies: { [first!.anomaly.kind]: 4321 } } }
        : row,
    );
    const text = words(findingsSection({ ...model, checkers, findings: [first!, first!] }));
    expect(text).toContain('4 321 times');
    expect(text).toContain('1 more of this kind here; 4 319 were only counted');
  });

  it('folds all but a few of many faults, those in force at the beginning first', () => {
    const parts = registerModel();
    const [first] = parts.findings;
    const [fault] = parts.faults;
    const faults = Array.from({ length: 30 }, (_, i) => ({ ...fault!, id: `partition-${i}` }));
    const during = faults.map(({ id }) => id);
    const { text } = findingsSection({ ...parts, faults, findings: [{ ...first!, during }] });
    expect(text).toContain('26 more faults meanwhile: 26 partition</summary>');
  });

  it('labels no bar that is not filled on its inside', () => {
    const model = registerModel();
    const [first] = model.findings;
    const ops = first!.ops.map((op) => ({
      ...op,
      outcome: 'fail' as const,
      fromNs: first!.fromNs,
      toNs: first!.toNs,
    }));
    expect(
      findingsSection({
        ...model,
        findings: [{ ...first!, anomaly: { ...first!.anomaly, detail: {} }, ops }],
      }).text,
    ).not.toContain('t-on"');
  });

  it('is not there when nothing went wrong', () => {
    expect(findingsSection(assembleModel(endingParts('pass'))).text).toBe('');
  });
});

describe('faults', () => {
  it('say what was not done, and compare with calm times', () => {
    const text = words(faultSection(registerModel()));
    expect(text).toMatch(/clock-2 .*planned .*skipped .*the process has no vDSO/);
    expect(text).toMatch(/kill-1 .*process group 4711 gone; ready after 0.31 s .*calm/);
  });

  it('are said to be none', () => {
    expect(words(faultSection({ ...registerModel(), faults: [] }))).toContain('No fault was planned.');
  });
});

describe('the environment', () => {
  it('names programs and images, and says who said each value', () => {
    const parts = endingParts('pass');
    const run = {
      ...(parts.run as object),
      programs: [{ name: 'etcd', file: '/usr/bin/etcd', version: 'etcd Version: 3.4.23' }],
      image: { name: 'kv:1', id: 'sha256:abc', digest: null, created: '2026-01-01', engine: 'Docker 28' },
      configuration: [
        { name: 'nodes', value: 3, from: 'file', at: 'kv.yaml:2' },
        { name: 'timeLimit', value: '3s', from: 'flag', at: '--time-limit' },
        { name: 'set.mode', value: '<b>', from: 'campaign', at: 'night.yaml:7, cell a/b/c' },
        { name: 'opTimeout', value: '5s', from: 'default' },
        { name: 'set.electionMs', value: 150, from: 'system' },
      ],
    };
    const { text } = environmentSection(assembleModel({ ...parts, run }));
    const said = words({ text });
    expect(said).toContain('tested: etcd etcd Version: 3.4.23 (/usr/bin/etcd)');
    expect(said).toContain('image id sha256:abc');
    expect(said).toContain('none: no registry has it');
    expect(said).toContain('nodes 3 kv.yaml:2');
    expect(said).toContain('timeLimit 3s --time-limit');
    expect(said).toContain('campaign, night.yaml:7, cell a/b/c');
    // What nobody chose is behind a fold.
    const [chosen, rest] = text.split('2 values nobody chose');
    expect(chosen).not.toContain('opTimeout');
    expect(rest).toContain('default of the system');
    expect(text).toContain('&lt;b&gt;');
  });
});

describe('checkers and gates', () => {
  it('say why a checker did not decide', () => {
    const text = words(checkerSection(assembleModel(endingParts('unknown'))));
    expect(text).toContain('11 of 12 keys decided');
  });

  it('say what memory a checker took, where it was measured', () => {
    const model = registerModel();
    model.checkers[0]!.memoryBytes = 123_456_789;
    expect(words(checkerSection(model))).toContain('123 MB');
  });

  it('write nested figures out one level and fold the rest', () => {
    const model = registerModel();
    model.checkers[0]!.stats = { latencyMs: { p50: 2.195, deep: { a: 1 } }, keys: 1234 };
    const text = words(checkerSection(model));
    expect(text).toContain('latencyMs.p50 2.195');
    expect(text).toContain('keys 1 234');
    expect(text).toContain('all figures');
  });

  it('say what a gate found and what would help', () => {
    const text = words(coverageSection(assembleModel(endingParts('vacuous'))));
    expect(text).toMatch(/at least 20 operations were acknowledged .*look at the errors.* ✖ no 0 20/);
  });
});
