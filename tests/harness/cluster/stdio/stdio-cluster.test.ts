/** The stdio backend against the contract of backends, and what only it does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../harness/op.ts';
import { sleep } from '../../../../harness/time.ts';
import { type Bench, backendContract, failure, until, upBench } from '../../../kits/backend.ts';

const PYTHON_ECHO = fileURLToPath(new URL('../../../fixtures/echo_node.py', import.meta.url));

/** Rows of a message journal, by column. */
function journalOf(path: string): Record<string, Json>[] {
  const [header, ...lines] = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines
    .filter((line) => Array.isArray(line))
    .map((row: Json[]) => Object.fromEntries(header.columns.map((c: string, i: number) => [c, row[i]])));
}

const notesAt = async ({ ask }: Bench, node: string): Promise<number[]> =>
  (await ask(node, { type: 'notes' }))['value'] as number[];

/** Sends notes 0, 1, 2... from n1 to n2. */
async function tellMany({ ask }: Bench, count: number): Promise<void> {
  for (let value = 0; value < count; value++) await ask('n1', { type: 'tell', to: 'n2', value });
}

describe('stdio', () => {
  backendContract('stdio');

  it('runs a Maelstrom node in Python unchanged', async () => {
    const { ask } = await upBench('stdio', { program: () => ({ file: 'python3', args: [PYTHON_ECHO] }) });
    expect(await ask('n3', { type: 'echo', echo: ['ü', 1] })).toMatchObject({
      type: 'echo_ok',
      echo: ['ü', 1],
    });
  });

  it('has the network its system asked for, and greets every life of a node', async () => {
    const greetings = (node: string): Record<string, Json>[] => [{ type: 'keep', value: `hello ${node}` }];
    const wire = { delay: { ms: 150 }, overtake: true, unknownDest: 'error' as const, greetings };
    const bench = await upBench('stdio', { stdio: { wire } });
    const { cluster, ask } = bench;
    const kept = async (): Promise<Json> => (await ask('n1', { type: 'kept' }))['value']!;
    expect(await kept()).toEqual(['hello n1']);
    expect((await ask('n1', { type: 'ping-peer', to: 'n2' }))['ms']).toBeGreaterThan(290);
    await cluster.kill('n1');
    await cluster.restart('n1');
    expect(await kept()).toEqual(['hello n1', 'hello n1']);
  });

  it('does not call a node ready that leaves a greeting unanswered', async () => {
    const wire = { greetings: () => [{ type: 'note', value: 1 }] };
    // The node itself may take its time to start: the greeting's limit is to end the wait, not this one.
    const options = { nodes: ['n1'], stdio: { wire }, timeouts: { readyMs: 60_000 } };
    await expect(upBench('stdio', options)).rejects.toThrow(/n1 did not answer note within 5 s/);
  });

  it('reports what breaks the protocol and goes on', async () => {
    const { cluster, events, ask } = await upBench('stdio');
    for (const text of [
      'not json at all',
      '{"src":null,"dest":"n2","body":{"type":"x"}}',
      '{"src":"n1","dest":"n9","body":{"type":"x"}}',
      '{"src":"zz","dest":"n2","body":{"type":"x"}}',
      '',
    ]) {
      await ask('n1', { type: 'write-raw', text });
    }
    const reasons = events
      .filter((e) => e.kind === 'protocol-violation')
      .map((e) => (e.detail as { reason: string }).reason);
    expect(reasons).toEqual([
      'not JSON',
      'src is null, not a string',
      'unknown dest "n9"',
      'unknown src "zz"',
    ]);
    expect(await ask('n1', { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
    expect(readFileSync(join(cluster.log('n1'), 'stdout.log'), 'utf8')).toContain('not json at all');
    for (let i = 0; i < 200; i++) await ask('n1', { type: 'write-raw', text: '!' });
    expect(events.filter((e) => e.kind === 'protocol-violation').length).toBeLessThan(10);
  });

  it('tells integers beyond 2^53 apart', async () => {
    const { ask } = await upBench('stdio');
    const values: Json[] = [];
    for (const text of ['9007199254740992', '9007199254740993']) {
      values.push((await ask('n1', { type: 'reply-raw', text }))['value']!);
    }
    expect(values).toEqual([{ $int: '9007199254740992' }, { $int: '9007199254740993' }]);
  });

  it('maps error replies by their codes', async () => {
    const { ask } = await upBench('stdio');
    expect(await failure(ask('n1', { type: 'refuse', code: 22 }))).toEqual({
      definite: true,
      kind: 'precondition-failed',
      message: 'as asked',
    });
    expect(await failure(ask('n1', { type: 'refuse', code: 13 }))).toMatchObject({
      definite: false,
      kind: 'crash',
    });
  });

  it('loses, duplicates, reorders and tampers by the same fates for the same seed', async () => {
    const seen: number[][] = [];
    for (let round = 0; round < 2; round++) {
      const bench = await upBench('stdio', { nodes: ['n1', 'n2'] });
      const rule = { loss: 0.3, duplicate: 0.3, reorder: 0.3 };
      bench.cluster.links.set('f', [{ from: 'n1', to: 'n2', rule }]);
      await tellMany(bench, 60);
      await sleep(100);
      const link = bench.cluster.links.counters().find((c) => c.from === 'n1' && c.to === 'n2')!;
      expect(link.dropped).toBeGreaterThan(5);
      expect(link.duplicated).toBeGreaterThan(5);
      expect(link.reordered).toBeGreaterThan(0);
      const notes = await notesAt(bench, 'n2');
      expect(notes).toHaveLength(link.delivered);
      seen.push(notes.sort((a, b) => a - b));
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it('tampers with bodies that stay readable', async () => {
    const { cluster, ask } = await upBench('stdio', { nodes: ['n1'] });
    cluster.links.set('f', [{ from: 'clients', to: 'n1', rule: { tamper: 1 } }]);
    const asked = Array.from({ length: 10 }, () =>
      ask('n1', { type: 'echo', echo: '5'.repeat(200) }, 300).catch(() => null),
    );
    const answers = (await Promise.all(asked)).filter((a) => a !== null);
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.every((a) => String(a['echo']).match(/[^5]/g)?.length === 1)).toBe(true);
  });

  it('journals every message with its fate and the order of both ends', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'faultline-messages-')), 'messages.jsonl');
    const { cluster, ask } = await upBench('stdio', { messages: { path } });
    await ask('n1', { type: 'ping-peer', to: 'n2' });
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    await ask('n1', { type: 'tell', to: 'n2', value: 1 });
    await cluster.down();
    const rows = journalOf(path);
    rmSync(dirname(path), { recursive: true });
    expect(rows.map((r) => [r['src'], r['dest'], r['type'], r['fate']])).toEqual([
      ['c1', 'n1', 'ping-peer', 'delivered'],
      ['n1', 'n2', 'ping', 'delivered'],
      ['n2', 'n1', 'pong', 'delivered'],
      ['n1', 'c1', 'ping-peer_ok', 'delivered'],
      ['c1', 'n1', 'tell', 'delivered'],
      ['n1', 'n2', 'note', 'cut'],
      ['n1', 'c1', 'tell_ok', 'delivered'],
    ]);
    for (const row of rows) {
      expect(row['end_order']).toBeGreaterThan(Number(row['sent_order']));
      expect(row['end_ns']).toBeGreaterThanOrEqual(Number(row['sent_ns']));
    }
    const orders = rows.flatMap((r) => [r['sent_order'], r['end_order']]);
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('drops what was under way to a process that is no more', async () => {
    const bench = await upBench('stdio');
    const { cluster } = bench;
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { delay: { ms: 800 } } }]);
    await tellMany(bench, 3);
    await cluster.kill('n2');
    await cluster.restart('n2');
    await sleep(900);
    expect(await notesAt(bench, 'n2')).toEqual([]);
    cluster.links.clear('f');
    await tellMany(bench, 1);
    await until('a note', async () => (await notesAt(bench, 'n2')).length === 1);
  });

  it('holds messages for a node until it is initialised', async () => {
    // n2 answers init late; n1 talks to it meanwhile.
    const slow = `let line='';process.stdin.on('data',(d)=>{line+=d;const all=line.split('\\n');line=all.pop();
      for(const l of all){const m=JSON.parse(l);const say=(body)=>console.log(JSON.stringify({src:'n2',dest:m.src,body}));
      if(m.body.type==='init')setTimeout(()=>{global.up=true;say({type:'init_ok',in_reply_to:1})},500);
      else say({type:'seen',in_reply_to:m.body.msg_id,up:global.up===true})}})`;
    const { cluster, ask } = await upBench('stdio', {
      nodes: ['n2'],
      program: () => ({ file: process.execPath, args: ['-e', slow] }),
    });
    await cluster.kill('n2');
    const restarted = cluster.restart('n2');
    await until('the process', () => cluster.pids('n2').length > 0);
    expect(await ask('n2', { type: 'anything' })).toMatchObject({ up: true });
    expect(await restarted).toMatchObject({ state: 'installed' });
  });

  it('bounds what waits for a paused node', async () => {
    const bench = await upBench('stdio', {
      nodes: ['n1', 'n2'],
      stdio: { backlogBytes: 100_000 },
    });
    await bench.cluster.pause('n2');
    const filler = 'x'.repeat(20_000);
    const asked = Array.from({ length: 30 }, () =>
      failure(bench.ask('n2', { type: 'echo', echo: filler }, 300)),
    );
    expect((await Promise.all(asked)).every((e) => e.kind === 'timeout')).toBe(true);
    const link = bench.cluster.links.counters().find((c) => c.from === 'clients' && c.to === 'n2')!;
    // A pipe of 64 KiB and the backlog hold a few of the thirty.
    expect(link.sent).toBe(30);
    expect(link.delivered).toBeGreaterThanOrEqual(4);
    expect(link.delivered).toBeLessThan(12);
    expect(link.dropped).toBe(0);
    await bench.cluster.resume('n2');
    expect(await bench.ask('n2', { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
  });

  it('writes one message at a time when asked to', async () => {
    const { ask } = await upBench('stdio', { stdio: { writePerMessage: true } });
    const asked = Array.from({ length: 20 }, (_, echo) => ask('n1', { type: 'echo', echo }));
    expect((await Promise.all(asked)).map((a) => a['echo'])).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('names a node that refuses init', async () => {
    const refuses = `process.stdin.on('data',()=>console.log('{"src":"n1","dest":"c0","body":{"type":"error","code":10,"in_reply_to":1}}'));`;
    const up = upBench('stdio', {
      nodes: ['n1'],
      program: () => ({ file: process.execPath, args: ['-e', refuses] }),
    });
    await expect(up).rejects.toThrow(/n1 answered init with \{"type":"error","code":10/);
  });
});
