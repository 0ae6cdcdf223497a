/** The services: what each promises, and that two of them promise no more. */
import { describe, expect, it } from 'vitest';
import { makeServices } from '../../../../../harness/cluster/stdio/services/services.ts';
import type { Json } from '../../../../../harness/op.ts';
import { Seed } from '../../../../../harness/random.ts';
import { cleanUp, upBench } from '../../../../kits/backend.ts';

function makeAsk(name: string, seed = 1) {
  const service = makeServices(Seed.of(seed)).find((s) => s.name === name)!;
  return (body: Record<string, Json>, src = 'n1'): Record<string, Json> => {
    const text = JSON.stringify({ msg_id: 1, ...body });
    const reply = service.handle({ src, dest: name, body: text, type: null, msgId: 1, inReplyTo: null });
    return JSON.parse(reply!);
  };
}

describe.each(['lin-kv', 'seq-kv', 'lww-kv'])('%s', (name) => {
  it('reads, writes and compares, and echoes any message id', () => {
    const ask = makeAsk(name);
    expect(ask({ type: 'read', key: 1, msg_id: 'uuid' })).toMatchObject({ code: 20, in_reply_to: 'uuid' });
    expect(ask({ type: 'cas', key: 1, from: 0, to: 1 })).toMatchObject({ code: 20 });
    expect(ask({ type: 'frobnicate' })).toMatchObject({ type: 'error', code: 10 });
    const created = ask({ type: 'cas', key: 1, from: 0, to: 1, create_if_not_exists: true });
    expect(created).toMatchObject(name === 'lww-kv' ? { code: 20 } : { type: 'cas_ok' });
  });
});

describe('lin-kv', () => {
  it('shows every write to everyone at once', () => {
    const ask = makeAsk('lin-kv');
    ask({ type: 'write', key: 'a', value: { x: 1, y: [2] } }, 'n1');
    expect(ask({ type: 'read', key: 'a' }, 'n2')).toMatchObject({ value: { x: 1, y: [2] } });
    expect(ask({ type: 'cas', key: 'a', from: { y: [2], x: 1 }, to: 5 }, 'n2')).toMatchObject({
      type: 'cas_ok',
    });
    expect(ask({ type: 'cas', key: 'a', from: 4, to: 6 })).toMatchObject({ code: 22 });
    expect(ask({ type: 'read', key: 'a' })).toMatchObject({ value: 5 });
    expect(ask({ type: 'read', key: '"a"' })).toMatchObject({ code: 20 });
  });
});

describe('numbers', () => {
  it('are what they were written as', () => {
    const service = makeServices(Seed.of(1)).find((one) => one.name === 'lin-kv')!;
    const ask = (body: string) =>
      service.handle({ src: 'n1', dest: 'lin-kv', body, type: null, msgId: 1, inReplyTo: null });
    expect(ask('{"type":"write","key":1,"value":1.0,"msg_id":1}')).toBe(
      '{"type":"write_ok","in_reply_to":1}',
    );
    expect(ask('{"type":"read","key":1,"msg_id":2}')).toContain('"value":1.0');
    expect(ask('{"type":"read","key":1.0,"msg_id":3}')).toContain('"code":20');
    expect(ask('{"type":"cas","key":1,"from":1,"to":2,"msg_id":4}')).toContain('"code":22');
    expect(ask('{"type":"cas","key":1,"from":1.00,"to":9223372036854775807,"msg_id":5}')).toContain('cas_ok');
    expect(ask('{"type":"read","key":1,"msg_id":6}')).toContain('"value":9223372036854775807');
  });
});

describe('seq-kv', () => {
  it('lets a client lag, and never go back, however long it was away', () => {
    const ask = makeAsk('seq-kv');
    let last = 0;
    let stale = 0;
    for (let value = 1; value <= 500; value++) {
      ask({ type: 'write', key: 'k', value }, 'writer');
      expect(ask({ type: 'read', key: 'k' }, 'writer')).toMatchObject({ value });
      if (value > 50 && value % 40 > 30) continue;
      const seen = Number(ask({ type: 'read', key: 'k' }, 'reader')['value'] ?? 0);
      expect(seen).toBeGreaterThanOrEqual(last);
      if (seen < value) stale++;
      last = seen;
    }
    expect(stale).toBeGreaterThan(50);
  });

  it('compares against the newest version before it changes anything', () => {
    const ask = makeAsk('seq-kv');
    ask({ type: 'write', key: 'k', value: 0 }, 'a');
    let swapped = 0;
    for (let i = 0; i < 200; i++) {
      const from = Number(ask({ type: 'read', key: 'k' }, `c${i % 3}`)['value'] ?? 0);
      if (ask({ type: 'cas', key: 'k', from, to: from + 1 }, `c${i % 3}`)['type'] === 'cas_ok') swapped++;
    }
    expect(swapped).toBeGreaterThan(0);
    ask({ type: 'write', key: 'other', value: 1 }, 'a');
    expect(ask({ type: 'read', key: 'k' }, 'a')).toMatchObject({ value: swapped });
  });
});

describe('lww-kv', () => {
  it('forgets for a while and agrees in the end', () => {
    const ask = makeAsk('lww-kv');
    ask({ type: 'write', key: 'k', value: 'first' });
    const answers = Array.from({ length: 60 }, () => ask({ type: 'read', key: 'k' }));
    expect(answers.at(-1)).toMatchObject({ value: 'first' });
    const seeds = Array.from({ length: 30 }, (_, seed) => {
      const other = makeAsk('lww-kv', seed);
      other({ type: 'write', key: 'k', value: 1 });
      return other({ type: 'read', key: 'k' })['type'];
    });
    expect(new Set(seeds)).toEqual(new Set(['read_ok', 'error']));
  });
});

it('lin-tso counts', () => {
  const ask = makeAsk('lin-tso');
  expect([ask({ type: 'ts' })['ts'], ask({ type: 'ts' }, 'n2')['ts'], ask({ type: 'ts' })['ts']]).toEqual([
    0, 1, 2,
  ]);
  expect(ask({ type: 'read' })).toMatchObject({ code: 10 });
});

describe('on the network', () => {
  cleanUp();

  it('answers nodes by name', async () => {
    const proxy = `let id=0,wait={},b='';process.stdin.on('data',(d)=>{b+=d;const ls=b.split('\\n');b=ls.pop();
      for(const l of ls){const m=JSON.parse(l);const say=(dest,body)=>console.log(JSON.stringify({src:me,dest,body}));
      if(m.body.type==='init'){me=m.body.node_id;say(m.src,{type:'init_ok',in_reply_to:m.body.msg_id})}
      else if(m.body.in_reply_to){const [c,r]=wait[m.body.in_reply_to];say(c,{...m.body,in_reply_to:r})}
      else{wait[++id]=[m.src,m.body.msg_id];say('lin-kv',{...m.body,msg_id:id})}}});let me`;
    const { ask } = await upBench('stdio', {
      nodes: ['n1', 'n2'],
      program: () => ({ file: process.execPath, args: ['-e', proxy] }),
    });
    await ask('n1', { type: 'write', key: 1, value: 'ü' });
    expect(await ask('n2', { type: 'read', key: 1 })).toMatchObject({ type: 'read_ok', value: 'ü' });
  });
});
