import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { assembleModel } from '../../../reports/assemble.ts';
import { htmlReport } from '../../../reports/html/build.ts';
import type { ReportModel } from '../../../reports/model.ts';
import { bullyModel, bullyParts, endingParts, registerModel } from '../fixtures.ts';

const page = (model: ReportModel): string => [...htmlReport(model)].join('');
const sha = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

describe('the page', () => {
  it('allows exactly its own style and script, and no network', () => {
    const text = page(bullyModel());
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const scripts = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1]!);
    const styles = [...text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map((match) => match[1]!);
    expect(scripts).toHaveLength(1);
    expect(styles).toHaveLength(1);
    expect(policy).toContain(`script-src '${sha(scripts[0]!)}'`);
    expect(policy).toContain(`style-src '${sha(styles[0]!)}'`);
    const markup = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '');
    expect(markup).not.toMatch(/\s(style|on[a-z]+)=/);
    expect(markup).not.toMatch(/\s(src|href)="(?!#|\.\/logs\/)/);
  });

  it('can be read without scripts: verdict, sentence, command, witness, faults, checkers', () => {
    const model = bullyModel();
    const text = page(model);
    const readable = text.slice(0, text.indexOf('<script')).replace(/<[^>]*>/g, ' ');
    for (const words of [
      'FAIL',
      model.sentence,
      'faultline demo --seed 7',
      'n2 led in term 2',
      'partition-1',
      '412 messages dropped',
      'election-liveness',
      'at least 20 operations were acknowledged',
      'Debian GNU/Linux 13',
    ]) {
      expect(readable).toContain(words);
    }
    // An agent or a text browser reads the verdict early.
    expect(text.indexOf(`FAIL: ${model.sentence}`)).toBeLessThan(2000);
    expect(text.indexOf(model.sentence, text.indexOf('<body'))).toBeLessThan(30_000);
  });

  it('puts the application and the data last', () => {
    const text = page(registerModel());
    expect(text.indexOf('id="environment"')).toBeLessThan(text.indexOf('id="overview"'));
    expect(text.indexOf('id="overview"')).toBeLessThan(text.indexOf('class="rows"'));
  });

  it('stays small', () => {
    expect(Buffer.byteLength(page(bullyModel()))).toBeLessThan(300_000);
  });

  it.each(['pass', 'unknown', 'vacuous', 'broken'] as const)('is made for %s', (verdict) => {
    expect(page(assembleModel(endingParts(verdict)))).toContain(verdict.toUpperCase());
  });

  it('says on the first screen when it holds a sample, and keeps what anomalies rest on', () => {
    const model = registerModel();
    const text = [...htmlReport(model, { rows: 500 })].join('');
    expect(text).toMatch(/this page holds [\d ]+ of 7 049 operations: all of anomalies/);
    const overview = JSON.parse(/id="overview">(.*?)<\/script>/.exec(text)![1]!) as {
      rows: number;
      findings: { rows: number[] }[];
    };
    expect(overview.rows).toBeLessThan(3000);
    model.findings.forEach((finding, i) => {
      expect(overview.findings[i]!.rows.length).toBe(
        finding.ops.filter((op) => /^\d+$/.test(op.process)).length,
      );
    });
    expect(page(model)).not.toContain('an even sample');
  });

  it('is made of nothing at all', () => {
    const text = page(
      assembleModel({ folder: '', history: historyOf([]), logs: [], problems: ['no run.json'] }),
    );
    expect(text).toContain('no run.json');
    expect(text).not.toContain('class="rows"');
    expect(text.slice(0, text.indexOf('<script'))).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('hostile values', () => {
  const EVIL = `</script></style></title></template><img src=x onerror=alert(1)>"'><svg onload=alert(2)><!--`;

  it('never become markup, wherever they come from', () => {
    const base = bullyParts();
    const json = JSON.stringify({ run: base.run, verdict: base.verdict }).replaceAll(
      '"n2"',
      JSON.stringify(EVIL),
    );
    const { run, verdict } = JSON.parse(json) as {
      run: Record<string, unknown>;
      verdict: Record<string, unknown>;
    };
    const op = (time: number, over: Partial<Op>): Op => ({
      index: 0,
      time,
      process: 0,
      type: 'invoke',
      f: EVIL,
      value: EVIL,
      key: EVIL,
      node: EVIL,
      ...over,
    });
    const history = historyOf([
      op(1e9, {}),
      op(2e9, { type: 'info', error: { definite: false, kind: EVIL, message: EVIL } }),
      op(3e9, { process: `observer:${EVIL}`, f: 'leader' }),
      op(3.1e9, {
        process: `observer:${EVIL}`,
        f: 'leader',
        type: 'ok',
        value: { leading: true, leader: EVIL, term: 1 },
      }),
    ]);
    const step = { text: EVIL, ops: [0] };
    const anomaly = {
      kind: EVIL,
      sentence: EVIL,
      certainty: 'proved',
      key: EVIL,
      ops: [0, 2],
      steps: [step],
    };
    const leaders = [
      { node: EVIL, term: 1, fromNs: 1e9, toNs: 2e9, followers: [EVIL], commands: [EVIL] },
      { node: 'n5', term: 2, fromNs: 1e9, toNs: 2e9, followers: [], commands: [] },
    ];
    verdict['checkers'] = {
      [EVIL]: {
        verdict: 'fail',
        anomalies: [anomaly, { ...anomaly, detail: { leaders } }],
        stats: { [EVIL]: EVIL },
        options: { [EVIL]: EVIL },
        note: EVIL,
        millis: 1,
      },
    };
    verdict['gates'] = [{ name: EVIL, claim: EVIL, holds: false, value: EVIL, threshold: EVIL, hint: EVIL }];
    const model = assembleModel({
      folder: EVIL,
      run: {
        ...run,
        name: EVIL,
        command: EVIL,
        system: EVIL,
        bugs: [EVIL],
        environment: { commit: EVIL, os: EVIL },
      },
      verdict: { ...verdict, sentence: EVIL, repro: EVIL, notes: [EVIL], name: EVIL },
      plan: { leftOut: [{ what: EVIL, why: EVIL, fix: EVIL }] },
      history,
      logs: [
        { node: EVIL, path: EVIL, bytes: 1, partial: true, lines: [{ number: 1, text: EVIL, crash: true }] },
      ],
      problems: [EVIL],
    });
    const text = page(model);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('<svg onload');
    const own = page(bullyModel());
    const tags = (from: string, name: string): number => from.split(`<${name}`).length - 1;
    const closing = (from: string, name: string): number => from.split(`</${name}`).length - 1;
    for (const name of ['script', 'style', 'title', 'template']) {
      expect(tags(text, name)).toBe(tags(own, name));
      expect(closing(text, name)).toBe(closing(own, name));
    }
    expect(text.split('<!--').length).toBe(own.split('<!--').length);
  });
});
