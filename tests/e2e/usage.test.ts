/**
 * Bad input: one clear error that names the place and the nearest choice, exit 64, nothing started.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type CliResult, Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

async function refused(...words: string[]): Promise<CliResult> {
  const result = await place.run(...words);
  expect(result.code, result.stderr).toBe(64);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(place.file('.faultline'))).toBe(false);
  return result;
}

function config(name: string, text: string): string {
  writeFileSync(place.file(name), text);
  return name;
}

describe('bad flags and names', () => {
  it.each([
    [['run', 'rfat'], 'did you mean "raft"?'],
    [['run', 'raft', '--nemesi', 'kill'], 'Did you mean --nemesis?'],
    [['run', 'raft', '--nemesis', 'partion'], 'did you mean "partition"?'],
    [['run', 'raft', '--nemesis', 'partition:halfs'], 'did you mean "halves"?'],
    [['run', 'raft', '--workload', 'registr'], 'did you mean "register"?'],
    [['run', 'raft', '--time-limit', '30'], '30s'],
    [['run', 'raft', '--seed', 'x'], '--seed must be a whole number'],
    [['run', 'raft', '--bug', 'forget-vot'], 'did you mean "forget-vote"?'],
    [['run', 'raft', '--backend', 'tpc'], 'did you mean "tcp"?'],
    [['run', 'raft', '--set', 'heartbeat=10'], 'did you mean "heartbeatMs"?'],
    [['run', 'raft', '--set', 'heartbeatMs=soon'], 'heartbeatMs must be a number'],
    [['run', 'raft', '--gate', 'operation=1'], 'did you mean "operations"?'],
    [['demo', 'bulli'], 'did you mean "bully"?'],
    [['describe', 'partitoin'], 'did you mean "partition"?'],
    [['list', 'fault'], 'did you mean "faults"?'],
    [['chek'], 'Did you mean check?'],
    [['run', 'none.yaml'], 'none.yaml'],
    [['check', 'none.jsonl'], 'none.jsonl'],
    [['check', 'none.jsonl', '--model', 'registr'], 'did you mean "register"?'],
    [['run', 'raft', '--allow', 'fail'], 'one of: unknown, vacuous, broken'],
    [['run', 'raft', '--out', '/dev/null/run'], 'the output folder cannot be made'],
    [['show', 'nothing'], 'nothing'],
  ])('%j', async (words, hint) => {
    const { stderr } = await refused(...words);
    expect(stderr).toContain(hint);
  });
});

describe('a folder that is called as a system', () => {
  it('is that system, unless there is a configuration in it', async () => {
    mkdirSync(place.file('raft'));
    mkdirSync(place.file('empty'));
    expect((await refused('run', 'raft', '--bug', 'forget-vot')).stderr).toContain(
      'did you mean "forget-vote"?',
    );
    expect((await refused('run', 'empty')).stderr).toContain('there is no configuration in this folder');
    config('raft/faultline.yaml', 'system: rfat\n');
    expect((await refused('run', 'raft')).stderr).toContain('did you mean "raft"?');
    rmSync(place.file('raft'), { recursive: true });
  });
});

describe('bad configurations', () => {
  it('names file, line, the unknown key and the nearest one', async () => {
    const file = config('unknown.yaml', 'system: raft\nnodes: 3\nworklod: register\n');
    const { stderr } = await refused('run', file);
    expect(stderr).toMatch(/unknown\.yaml:3:\d+/);
    expect(stderr).toContain('worklod');
    expect(stderr).toContain('did you mean "workload"?');
  });

  it('names what was expected where the type is wrong', async () => {
    const file = config('type.yaml', 'system: raft\nconcurrency: [1]\n');
    const { stderr } = await refused('run', file);
    expect(stderr).toMatch(/type\.yaml:2:\d+/);
  });

  it('reports every problem at once', async () => {
    const file = config('many.yaml', 'system: raft\ntimeLimit: 30\nnemesis: [partion]\n');
    const { stderr } = await refused('run', file);
    expect(stderr).toMatch(/many\.yaml:2:/);
  });

  it('points at YAML and JSON that do not parse', async () => {
    expect((await refused('run', config('bad.yaml', 'system: raft\n  nodes: [\n'))).stderr).toMatch(
      /bad\.yaml:\d+:\d+/,
    );
    expect((await refused('run', config('bad.json', '{"system": "raft",,}'))).stderr).toMatch(
      /bad\.json:1:\d+/,
    );
  });
});

describe('bad histories', () => {
  const op = (rest: object): string =>
    `${JSON.stringify({ index: 0, time: 0, process: 0, f: 'read', key: 1, value: null, ...rest })}\n`;

  it.each([
    [
      'an operation that completes twice',
      op({ type: 'invoke' }) + op({ index: 1, type: 'ok' }) + op({ index: 2, type: 'ok' }),
      ':3',
    ],
    ['a completion without an invocation', op({ type: 'ok' }), ':1'],
    ['a line that is not JSON', `${op({ type: 'invoke' })}{"index":\n${op({ type: 'ok' })}`, ':2'],
  ])('%s', async (_, text, where) => {
    writeFileSync(place.file('bad.jsonl'), text);
    const { stderr } = await refused('check', 'bad.jsonl');
    expect(stderr).toContain(`bad.jsonl${where}`);
  });

  it('EDN that does not parse', async () => {
    writeFileSync(
      place.file('bad.edn'),
      '{:type :invoke, :f :read, :value nil, :process 0}\n{:type :ok, :f :read ]\n',
    );
    const { stderr } = await refused('check', 'bad.edn');
    expect(stderr).toContain('bad.edn:2');
  });

  it('cannot take the terminal over with what it holds', async () => {
    writeFileSync(place.file('evil.jsonl'), op({ type: 'invoke', f: '\u001b[31mevil\u202e', value: 1 }));
    const { stderr } = await refused('check', 'evil.jsonl');
    expect(stderr).toContain('\\u{1b}[31mevil\\u{202e}');
  });

  it('is vacuous where there is nothing in it', async () => {
    writeFileSync(place.file('empty.jsonl'), '');
    const result = await place.run('check', 'empty.jsonl');
    expect(result.code, result.stdout).toBe(3);
    expect(result.stdout).toContain('VACUOUS');
  });

  it('tolerates a torn last line, and says so', async () => {
    const text =
      op({ type: 'invoke', f: 'write', value: 1 }) + op({ index: 1, type: 'ok', f: 'write', value: 1 });
    writeFileSync(place.file('torn.jsonl'), `${text}{"index":2,"ti`);
    const result = await place.run('check', 'torn.jsonl');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/torn|incomplete/);
  });
});
