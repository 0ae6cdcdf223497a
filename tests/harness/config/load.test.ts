import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KnownNames } from '../../../harness/config/checks.ts';
import { checked, findConfig, loadConfig } from '../../../harness/config/load.ts';
import { parseSource } from '../../../harness/config/source.ts';
import { UsageError } from '../../../harness/registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KNOWN: KnownNames = {
  systems: ['bully', 'raft'],
  workloads: ['register', 'set', 'leader'],
  checkers: ['linearizable'],
  faults: { partition: ['halves', 'one'], kill: ['one'], clock: ['jump', 'drift'] },
  options: {
    workloads: { register: { name: 'register', options: { keys: { summary: 'keys', default: 3, min: 1 } } } },
    faults: {
      kill: { name: 'kill', defaultMode: 'one', modes: { one: { summary: 'one' } } },
      clock: {
        name: 'clock',
        defaultMode: 'jump',
        modes: { jump: { summary: 'jump', params: { ms: { summary: 'by', default: 100, max: 500 } } } },
      },
    },
    checkers: { linearizable: { options: { model: { summary: 'model', default: 'register' } } } },
  },
};

function usage(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

/** Every problem of a text, as `line:column message | hint`. */
function problems(text: string): string[] {
  const error = usage(() => checked(parseSource(text, 'faultline.yaml'), KNOWN));
  return (error.all ?? [error]).map((one) => `${one.line}:${one.column} ${one.message} | ${one.hint ?? ''}`);
}

async function rejection(path: string): Promise<UsageError> {
  try {
    await loadConfig(path, KNOWN);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

const PROGRAM = 'command:\n  start: [python3, kv.py]\n';

describe('where a value stands', () => {
  it('is its line, in a module the file', async () => {
    const yaml = join(folder, 'kv.yaml');
    writeFileSync(yaml, 'system: raft\nnodes: 3\nset:\n  electionMs: 200\n\n  heartbeatMs: 40\n');
    const { origin } = await loadConfig(yaml, KNOWN);
    const line = (...path: string[]) => /:(\d+)$/.exec(origin(path).at ?? '')?.[1];
    expect([line('system'), line('nodes'), line('set', 'electionMs'), line('set', 'heartbeatMs')]).toEqual([
      '1',
      '2',
      '4',
      '6',
    ]);
    const module = join(folder, 'kv.config.mjs');
    writeFileSync(module, "export default { system: 'raft', nodes: 3 };\n");
    expect((await loadConfig(module, KNOWN)).origin(['nodes'])).toEqual({
      from: 'file',
      at: expect.stringMatching(/kv\.config\.mjs$/),
    });
  });
});

describe('a configuration that is wrong', () => {
  it('shows every problem where it stands', () => {
    const error = usage(() =>
      checked(
        parseSource(
          'name: x\nworklod: register\ntimeLimit: 30\nnemesis:\n  - fault: kill\n    target: minorty\n',
          'f.yaml',
        ),
      ),
    );
    expect(error.format()).toBe(
      [
        'f.yaml:2:1  unknown key "worklod"',
        '  2 │ worklod: register',
        '    │ ^^^^^^^',
        '  did you mean "workload"?  one of: plugins, name, nodes, system, bugs, command, backend, docker, ssh, virtualTime, workload, nemesis, concurrency, rate, timeLimit, opTimeout, settle, interval, duration, seed, expect, foundBy, because, liveCheck, capture, stopOnFail, allow, gates, checkers, set, variants, mixed, client, network',
        'f.yaml:3:12  timeLimit has no unit',
        '  3 │ timeLimit: 30',
        '    │            ^^',
        '  write 30s or 30ms',
        'f.yaml:6:13  nemesis[0].target cannot be "minorty"',
        '  6 │     target: minorty',
        '    │             ^^^^^^^',
        '  did you mean "minority"?  one of: one, minority, majority, minority-third, all, leader',
      ].join('\n'),
    );
    expect(error.exitCode).toBe(64);
  });

  it.each([
    ['nodes: many', '1:8 nodes cannot be "many" | expected how many nodes, or their names'],
    ['nodes: 0', '1:8 nodes must be >= 1'],
    ['nodes: [n1, n1]', '1:1 nodes must NOT have duplicate items'],
    ['nodes: ["1x"]', '1:9 nodes[0] cannot be "1x" | expected a node name'],
    ['backend: podman', '1:10 backend cannot be "podman" | one of: stdio, tcp'],
    ['seed: 1.5', '1:7 seed must be an integer, not 1.5'],
    ['rate: fast', '1:7 rate cannot be "fast" | expected a rate such as 200/s'],
    ['opTimeout: 5sec', '1:12 opTimeout cannot be "5sec" | expected a duration with its unit'],
    ['allow: [fail]', '1:9 allow[0] cannot be "fail" | one of: unknown, vacuous, broken'],
    ['allow: [unknwon]', '1:9 allow[0] cannot be "unknwon" | did you mean "unknown"?'],
    ['nemesis: [{ target: one }]', '1:11 nemesis[0] lacks "fault" | add fault: a name from'],
    ['nemesis: [{ fault: kill, duration: 3 }]', '1:36 nemesis[0].duration has no unit | write 3s'],
    ['nemesis: 3', '1:10 nemesis cannot be 3 | expected faults to inject'],
    ['command: { ready: none }', '1:1 command lacks "start" | add start: a program and its arguments'],
    [
      'command: { start: x, leader: { http: { path: /, metod: GET }, leader: x } }',
      '1:49 unknown key "metod" in command.leader.http | did you mean "method"?',
    ],
    ['command: { start: x, ready: { http: /, timeout: 3 } }', '1:49 command.ready.timeout has no unit'],
    ['command: { start: x, ports: { a: 0 } }', '1:34 command.ports.a must be >= 1'],
    [
      'command: { start: x, operations: { set: { add: { http: /, value: { pth: x } } } } }',
      'unknown key "pth" in command.operations.set.add.value | did you mean "path"?',
    ],
    [
      'command: { start: x, operations: { set: { add: { http: GET /, definite: [503] } } } }',
      'unknown key "definite" in command.operations.set.add | it belongs in http, which is then { method,',
    ],
    [
      'command: { start: x, operations: { set: { add: { http: { path: / }, definite: [503] } } } }',
      'it belongs in http: http: { ..., definite: ... }',
    ],
    ['workload: { keys: 3 }', '1:1 workload lacks "name"'],
    [
      'command: { start: x, members: { list: { http: / }, add: { http: / } } }',
      'command.members lacks "remove"',
    ],
  ])('by the schema: %s', (text, expected) => {
    expect(problems(text)).toHaveLength(1);
    expect(problems(text)[0]).toContain(expected);
  });

  it.each([
    ['system: rafft', '1:9 there is no system "rafft" | did you mean "raft"?'],
    ['workload: regster', '1:11 there is no workload "regster" | did you mean "register"?'],
    ['workload: { name: regster }', '1:19 there is no workload "regster"'],
    ['checkers: [linearisable]', '1:12 there is no checker "linearisable" | did you mean "linearizable"?'],
    ['nemesis: partition,kil', '1:10 there is no fault "kil" | did you mean "kill"?'],
    ['nemesis: [clock:jmp]', '1:11 there is no mode of clock "jmp" | did you mean "jump"?'],
    ['nemesis: [{ fault: clock, mode: jmp }]', '1:33 there is no mode of clock "jmp"'],
    ['nemesis: [{ fault: "clock:jmp" }]', 'there is no mode of clock "jmp"'],
    ['nodes: 3\nnemesis: [kill@n4]', '2:11 there is no node "n4"'],
    ['nemesis: ["kill leader"]', '1:11 nemesis[0]: "kill leader" does not name a fault'],
    [
      'workload: { name: register, kyes: 3 }',
      '1:29 workload register has no option "kyes" | did you mean "keys"?',
    ],
    [
      'workload: { name: register, keys: 0 }',
      '1:35 option keys of workload register must be at least 1, not 0',
    ],
    [
      'checkers: [{ name: linearizable, modle: x }]',
      '1:34 checker linearizable has no option "modle" | did you mean "model"?',
    ],
    ['gates: { operatons: 3 }', '1:10 there is no gate "operatons" | did you mean "operations"?'],
    ['gates: { operations: many }', '1:22 gate operations must be a whole number, not "many"'],
    [
      'nemesis: [{ fault: clock, params: { mss: 3 } }]',
      '1:37 clock jump has no parameter "mss" | did you mean "ms"?',
    ],
    [
      'nemesis: [{ fault: "clock:jump", params: { ms: 900 } }]',
      '1:48 clock jump: ms must be at most 500, not 900',
    ],
    ['nemesis: [{ fault: kill, params: { a: 1 } }]', 'kill one has no parameter "a" | it takes none'],
    ['system: raft\ncommand: { start: x }', '2:1 there is a system and a command section'],
    ['system: command', '1:9 system is "command", but there is no command section'],
    [
      `${PROGRAM}  env: { PORT: "{{node.prt}}" }`,
      '3:16 command.env.PORT has an unknown template {{node.prt}} | did you mean "node.port"?',
    ],
    [`${PROGRAM}  cwd: "{{key}}"`, 'command.cwd has an unknown template {{key}}'],
    [
      `${PROGRAM}  peers: { format: "{{node.id}}" }`,
      'command.peers.format has an unknown template {{node.id}}',
    ],
    [`${PROGRAM}  ready: { http: /, log: x }`, '3:3 command.ready says http and log | exactly one of'],
    [`${PROGRAM}  ready: { timeout: 3s }`, '3:3 command.ready says none of'],
    [`${PROGRAM}  ready: { tcp: admin }`, '3:17 there is no port "admin" | one of: main'],
    [`${PROGRAM}  ready: { log: "(" }`, '3:17 command.ready.log is not a regular expression'],
    [`${PROGRAM}  crashPatterns: ["["]`, 'command.crashPatterns[0] is not a regular expression'],
    [`${PROGRAM}  leader: { http: GET /status }`, '3:3 command.leader says neither leading nor leader'],
    [
      `${PROGRAM}  members: { list: { http: "/{{member}}" }, add: { http: / }, remove: { http: / } }`,
      'command.members.list.http has an unknown template {{member}}',
    ],
    [
      `${PROGRAM}  members: { list: { http: / }, add: { http: "/{{membr}}" }, remove: { http: / } }`,
      'unknown template {{membr}} | did you mean "member"?',
    ],
    [
      `${PROGRAM}  members: { list: { http: / }, add: {}, remove: { http: / } }`,
      'command.members.add says none of http, command',
    ],
    [
      `${PROGRAM}  operations: { set: { add: { value: body } } }`,
      'command.operations.set.add says none of http, command',
    ],
    ['command: { start: "run \'x" }', '1:19 command.start has a quote that is not closed'],
    [`${PROGRAM}  operations: { set: { add: { http: { path: /, port: x } } } }`, 'there is no port "x"'],
    [
      `${PROGRAM}  operations: { set: { add: { http: "FETCH /" } } }`,
      'command.operations.set.add.http cannot be "FETCH /" | expected a request such as',
    ],
  ])('beyond the schema: %s', (text, expected) => {
    expect(problems(text)).toHaveLength(1);
    expect(problems(text)[0]).toContain(expected);
  });

  it('says where YAML and JSON do not parse, several at once', () => {
    expect(problems('name: [1\nseed: 2')[0]).toMatch(/^2:1 cannot be parsed: Flow sequence/);
    expect(problems('seed: 1\nseed: 2')[0]).toMatch(/^2:1 cannot be parsed: Map keys must be unique/);
    expect(problems('{"seed": 1,, "name": "x"}')[0]).toMatch(/^1:\d+ cannot be parsed/);
    expect(usage(() => checked(parseSource('# nothing\n', 'f'))).message).toBe('this configuration is empty');
  });

  it('keeps the caret under the word behind tabs', () => {
    const error = usage(() => checked(parseSource('{\n\t"worklod": 1\n}', 'f.json')));
    expect(error.excerpt).toBe('  2 │ \t"worklod": 1\n    │ \t^^^^^^^^^');
  });
});

describe('loadConfig', () => {
  it('reads YAML and JSON, from a file or its folder', async () => {
    writeFileSync(join(folder, 'faultline.yaml'), 'system: raft\nnodes: 3\n');
    expect(await loadConfig(folder, KNOWN)).toEqual({
      config: { system: 'raft', nodes: 3 },
      file: join(folder, 'faultline.yaml'),
      origin: expect.any(Function),
      directory: folder,
    });
    const json = join(folder, 'other.json');
    writeFileSync(json, '\uFEFF{"$schema": "x", "system": "raft"}');
    expect((await loadConfig(json)).config.system).toBe('raft');
  });

  it('reads JavaScript: objects, promises and functions', async () => {
    for (const [name, code] of [
      ['a.mjs', 'export default { system: "raft" }'],
      ['b.mjs', 'export default async () => ({ system: "raft" })'],
    ] as const) {
      writeFileSync(join(folder, name), code);
      expect((await loadConfig(join(folder, name), KNOWN)).config).toEqual({ system: 'raft' });
    }
  });

  it('reads TypeScript, and leaves nothing behind', async () => {
    writeFileSync(join(folder, 'nodes.ts'), 'export const nodes: number = 3;');
    const path = join(folder, 'faultline.config.ts');
    writeFileSync(
      path,
      'import { nodes } from "./nodes.ts";\ninterface X { a: number }\nexport default { system: "raft", nodes } satisfies object;',
    );
    expect((await loadConfig(folder, KNOWN)).config).toEqual({ system: 'raft', nodes: 3 });
    expect(readdirSync(folder).sort()).toEqual(['faultline.config.ts', 'nodes.ts']);
    writeFileSync(path, 'export default {\n  system: = 3 };');
    const error = await rejection(path);
    expect(error.line).toBe(2);
    expect(error.message).toContain('cannot be compiled');
  });

  it('gives a program the faultline that runs, where none is installed beside it', async () => {
    for (const name of ['plain.mjs', 'typed.ts']) {
      const path = join(folder, name);
      writeFileSync(
        path,
        'import { defineConfig } from "faultline";\nexport default defineConfig({ system: "raft" });\n',
      );
      expect((await loadConfig(path)).config).toEqual({ system: 'raft' });
    }
    const path = join(folder, 'wrong.ts');
    writeFileSync(path, '\nimport { x } from "faultline/nothing";\nexport default x;\n');
    const error = await rejection(path);
    expect(error.line).toBe(2);
    expect(error.message).toContain(
      'the package faultline has no "faultline/nothing"; a configuration imports "faultline"',
    );
  });

  it('says what a program did wrong', async () => {
    const path = join(folder, 'c.mjs');
    writeFileSync(path, 'export const x = 1;');
    expect((await rejection(path)).message).toContain('no default export');
    const throwing = join(folder, 'd.mjs');
    writeFileSync(throwing, '\n\nthrow new Error("boom");');
    const error = await rejection(throwing);
    expect(error.message).toContain('cannot be loaded: boom');
    expect(error.line).toBe(3);
    const wrong = join(folder, 'e.mjs');
    writeFileSync(wrong, 'export default { sytem: "raft" }');
    expect((await rejection(wrong)).format()).toContain(
      'e.mjs  unknown key "sytem"\n  did you mean "system"?',
    );
  });

  it('says what is missing', async () => {
    expect((await rejection(join(folder, 'nope.yaml'))).message).toBe('there is no such configuration');
    expect((await rejection(folder)).hint).toContain('faultline.yaml');
    writeFileSync(join(folder, 'x.toml'), '');
    expect((await rejection(join(folder, 'x.toml'))).message).toContain('".toml"');
    expect(findConfig(folder)).toBeNull();
  });
});
