import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MESSAGE_COLUMNS } from '../../../harness/cluster/stdio/message-journal.ts';
import { type Typed, typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'causality-'));
afterAll(() => rmSync(folder, { recursive: true }));

const type = (...words: string[]): Promise<Typed> => typed(folder, 'causality', ...words);

describe('causality compare', () => {
  it('prints every relation of the exercise', async () => {
    const { code, stdout } = await type('compare', '2,1,0', '1,2,0', '2,2,1', '3,1,0');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'V1  =   ||  ->  ->\nV2  ||  =   ->  ||\nV3  <-  <-  =   ||\nV4  <-  ||  ||  =\n',
    );
    expect(stdout).toContain('V1 || V2: 1 < 2 at entry 2, but 2 > 1 at entry 1');
    expect(stdout).toContain('V1 -> V4: no entry is larger, 2 < 3 at entry 1');
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await type('compare', '1,0', '[0,1]', '1,0', '--json');
    expect(JSON.parse(stdout).pairs).toEqual([
      { a: 'V1', b: 'V2', relation: 'concurrent' },
      { a: 'V1', b: 'V3', relation: 'equal' },
      { a: 'V2', b: 'V3', relation: 'concurrent' },
    ]);
  });

  it.each([
    [['compare', '1,0'], 'at least two vectors'],
    [['compare', '1,0', '1,x'], '"1,x" is not a vector'],
    [['compare', '1,0', '1,0,0'], 'one length'],
    [['exercise-1', '1,0'], 'takes no vectors'],
    [['compare', '1', '2', '--clock', 'lamprot'], 'lamport'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await type(...words);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});

describe('causality exercise-1', () => {
  it('solves the diagram: a 1, b 2, d 2, e 3, f 4, c 5', async () => {
    const { stdout } = await type('exercise-1', '--json');
    const { events } = JSON.parse(stdout) as { events: { event: string; clock: number }[] };
    expect(Object.fromEntries(events.map(({ event, clock }) => [event, clock]))).toEqual({
      a: 1,
      b: 2,
      c: 5,
      d: 2,
      e: 3,
      f: 4,
    });
    const told = (await type('exercise-1')).stdout;
    expect(told).toContain('c    P1  5  = max(2, 4) + 1, receives from f');
    expect(told).toContain('Checked: C(x) < C(y) for all 12 pairs in which x happened before y.');
    expect(told).toContain('The converse does not hold: C(b) < C(e), yet they are concurrent.');
  });

  it('puts vectors on it', async () => {
    expect((await type('exercise-1', '--clock', 'vector')).stdout).toContain('c    P1  [3, 3]');
  });

  it('solves another diagram, in ASCII, and says where one is wrong', async () => {
    const file = join(folder, 'other.txt');
    writeFileSync(file, 'A: a1 ---- a2 ----\n   |\n   v\nB: b1 ---- b2 --->\n');
    const { stdout } = await type('exercise-1', '--diagram', 'other.txt', '--json');
    expect(JSON.parse(stdout).events.map((e: { clock: number }) => e.clock)).toEqual([1, 2, 2, 3]);
    expect((await type('other.txt', '--clock', 'vector')).stdout).toContain('b2   B  [1, 2]  = own');
    writeFileSync(file, 'A: a1 ----\n             ^\nB: b1 ---- b2 --->\n');
    const wrong = await type('exercise-1', '--diagram', 'other.txt');
    expect(wrong.code).toBe(64);
    expect(wrong.stderr).toContain('other.txt:2:14');
    expect(wrong.stderr).toContain('no event of A stands at this arrow or to its right');
  });
});

describe('causality of a run', () => {
  const run = join(folder, '.faultline', 'demo', '20260101T000000.000Z-1');
  mkdirSync(run, { recursive: true });
  const rows = [
    [0, 1, 10, 20, 'delivered', 'n1', 'n1', 'n2', 'vote', 1, null, 9, ''],
    [2, 5, 30, 60, 'delivered', 'n2', 'n2', 'n1', 'vote_ok', null, 1, 9, ''],
    [3, 4, 40, 50, 'cut', 'n3', 'n3', 'n1', 'vote', 1, null, 9, ''],
  ];
  const lines = [
    { format: 'faultline-messages/1', columns: MESSAGE_COLUMNS },
    ...rows,
    { end: true, left_out: 2 },
  ];
  writeFileSync(join(run, 'messages.jsonl'), lines.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  for (const name of ['plan.json', 'run.json', 'history.jsonl']) writeFileSync(join(run, name), '{}\n');

  it('puts clocks on its events', async () => {
    const { code, stdout } = await type(run, '--json');
    expect(code).toBe(0);
    const { events, leftOut } = JSON.parse(stdout);
    expect(leftOut).toBe(2);
    expect(
      Object.fromEntries(events.map((e: { event: string; clock: number }) => [e.event, e.clock])),
    ).toEqual({
      s0: 1,
      r1: 2,
      s2: 3,
      r5: 4,
      s3: 1,
    });
    const vector = (await type(run, '--clock', 'vector')).stdout;
    expect(vector).toContain('[n1:2 n2:2]');
    expect(vector).toContain('5 events of 3 processes, vector clock\n2 messages were left out');
    expect(vector).toContain('n3 sends vote to n1 (cut)');
    expect((await type(join(run, 'messages.jsonl'), '--clock', 'vector')).stdout).toBe(vector);
    expect((await type(run, '--limit', '1')).stdout).toContain('... 4 more events');
  });

  it('relates two events', async () => {
    expect((await type(run, '--from', 's0', '--to', 's2')).stdout).toMatch(
      /^s0 happened before s2\n {2}s0 .*\n {2}r1 .*\n {2}s2 /,
    );
    expect((await type(run, '--from', 'r5', '--to', 's0')).stdout).toContain('s0 happened before r5');
    expect((await type(run, '--from', 's3', '--to', 'r5')).stdout).toContain('s3 and r5 are concurrent');
    expect(JSON.parse((await type(run, '--from', 's3', '--to', 'r1', '--json')).stdout).relation).toBe(
      'concurrent',
    );
    expect((await type(run, '--from', 's0')).code).toBe(64);
    expect((await type(run, '--from', 's0', '--to', 's9')).stderr).toContain('no event "s9"');
    expect((await type(run, '--from', 's0', '--to', 's1')).stderr).toContain(
      'did you mean "r1"?  its events are s0 to r5',
    );
  });
});

describe('what causality cannot make sense of', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const header = `${JSON.stringify({ format: 'faultline-messages/1', columns: MESSAGE_COLUMNS })}\n`;
  const row = (sent: number, end: number, marks = ''): string =>
    `${JSON.stringify([sent, end, 10, 20, 'delivered', 'n1', 'n1', 'n2', 'vote', 1, null, 9, marks])}\n`;

  it('refuses an arrow without a head, and a second line of a process', async () => {
    const headless = await type(write('nohead.txt', 'P1: a\n    |\nP2: d\n'));
    expect(headless.code).toBe(64);
    expect(headless.stderr).toContain('nohead.txt:2:5  this arrow has no head');
    const twice = await type(write('twice.txt', 'P1: a --> b\nP1: c\n'));
    expect(twice.code).toBe(64);
    expect(twice.stderr).toContain('twice.txt:2  process P1 has a line of its own already: line 1');
  });

  it('refuses entries that cannot be told apart', async () => {
    const { code, stderr } = await type('compare', '9007199254740993,1', '9007199254740992,1');
    expect(code).toBe(64);
    expect(stderr).toContain('9007199254740993 is too large to be compared exactly');
    expect((await type('compare', '1', '2', '--from', 'a', '--to', 'b')).code).toBe(64);
  });

  it('relates two events of a diagram, and checks vectors', async () => {
    const { code, stdout } = await type('exercise-1', '--from', 'a', '--to', 'f');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a happened before f\n {2}a +1 +P1\n {2}d +2 +P2 receives from a\n/);
    const vector = await type('exercise-1', '--from', 'b', '--to', 'e', '--clock', 'vector', '--json');
    expect(JSON.parse(vector.stdout)).toMatchObject({ relation: 'concurrent', from: { clock: [2, 0] } });
    expect((await type('exercise-1', '--from', 'a', '--to', 'z')).stderr).toContain('no event "z"');
    expect((await type('exercise-1', '--clock', 'vector')).stdout).toContain(
      'Checked: V(x) < V(y) for all 12 pairs in which x happened before y, and for none of the 3 pairs',
    );
  });

  it('ignores a torn last line of a journal, and says so', async () => {
    const torn = await type(write('torn.jsonl', `${header}${row(0, 1)}[2,3,"de`));
    expect(torn.code).toBe(0);
    expect(torn.stdout).toContain('2 events of 2 processes');
    expect(torn.stderr).toContain('torn.jsonl:3 is torn');
    expect((await type(write('broken.jsonl', `${header}[2,3,"de\n${row(0, 1)}`))).code).toBe(64);
  });

  it('refuses a number that two events have, unless the network made a copy', async () => {
    const { code, stderr } = await type(write('again.jsonl', header + row(0, 1) + row(1, 2)));
    expect(code).toBe(64);
    expect(stderr).toContain('again.jsonl:3  two events have the number 1: r1 and s1');
    expect((await type(write('same.jsonl', header + row(0, 1) + row(0, 2)))).code).toBe(64);
    const copied = await type(write('copied.jsonl', header + row(0, 1, 'c') + row(0, 2)), '--json');
    expect(JSON.parse(copied.stdout).events.map(({ event }: { event: string }) => event)).toEqual([
      's0',
      'r1',
      'r2',
    ]);
  });
});
