/**
 * The search from the command line on what users have: a configuration, and modules of their own in TypeScript and
 * JavaScript, asynchronous code included; what it finds is carried out and reduced by the next command.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Workplace } from './cli.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** A register on n1 that all others ask: linearizable, unless the node answers reads from what it saw last. */
const body = (types: { string: string; node: string }, mistake: boolean): string => `
export default (node${types.node}) => {
  const values = new Map(node.storage.read('values') ?? []);
  const seen = new Map();
  const waiting = new Map();
  let count = 0;
  const serve = async (request${types.string}) => {
    await new Promise((done) => setTimeout(done, 1 + Math.random() * 2));
    const { type, key, value, from, to } = request;
    const name = JSON.stringify(key);
    if (type === 'read') return values.has(name) ? { type: 'read_ok', value: values.get(name) } : { type: 'error', code: 20, text: 'no key' };
    if (type === 'cas') {
      if (!values.has(name)) return { type: 'error', code: 20, text: 'no key' };
      if (values.get(name) !== from) return { type: 'error', code: 22, text: 'other value' };
    }
    values.set(name, type === 'cas' ? to : value);
    node.storage.write('values', [...values]);
    return { type: type + '_ok' };
  };
  return {
    async onMessage(from${types.string}, body${types.string}) {
      if (body.type === 'ask') node.send(from, { type: 'told', id: body.id, answer: await serve(body.request) });
      else if (body.type === 'told') {
        const request = waiting.get(body.id);
        if (!waiting.delete(body.id)) return;
        if (request.body.type === 'read') seen.set(JSON.stringify(request.body.key), body.answer);
        node.sometimes('asked-n1');
        node.reply(request, body.answer);
      } else if (node.id === 'n1') node.reply({ from, body }, await serve(body));
      else {
        const old = seen.get(JSON.stringify(body.key));
        if (${mistake} && body.type === 'read' && old !== undefined) return node.reply({ from, body }, old);
        const id = node.id + ' ' + Math.random();
        waiting.set(id, { from, body });
        node.send('n1', { type: 'ask', id, request: body });
      }
    },
  };
};
`;
const TYPES = { string: ': any', node: ': any' };
const NONE = { string: '', node: '' };
const FAST = ['--max-runs', '40', '--budget', '5m', '--first'];

describe('faultline explore', () => {
  it('searches what a configuration says, and says so by its name', async () => {
    const config = [
      'name: my-queue',
      'system: queue',
      'bugs: [late-removal]',
      'workload: queue',
      'nemesis: [pause]',
      'nodes: 3',
    ];
    writeFileSync(place.file('faultline.yaml'), `${config.join('\n')}\n`);
    const { code, stdout, stderr } = await place.run('explore', 'faultline.yaml', ...FAST);
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/^my-queue: \d+ runs/);
    const file = /case (\S+)/.exec(stdout)![1]!;
    const { case: c, program } = JSON.parse(place.read(file));
    expect(program).toBe('queue');
    expect(c).toMatchObject({ bugs: ['late-removal'], workload: 'queue', nodes: ['n1', 'n2', 'n3'] });
    expect(c.faults.every(({ fault }: { fault: string }) => fault === 'pause')).toBe(true);
  });

  it.each([
    ['node.ts', TYPES],
    ['node.js', NONE],
  ])(
    'finds what is wrong in a module, %s, reduces it, and finds nothing once it is right',
    async (file, types) => {
      mkdirSync(place.file('nodes'), { recursive: true });
      const path = `nodes/${file}`;
      writeFileSync(place.file(path), body(types, true));
      const words = ['explore', path, '--workload', 'register', '--nemesis', 'partition,kill,pause', ...FAST];
      const wrong = await place.run(...words);
      expect(wrong.code, wrong.stderr).toBe(1);
      expect(wrong.stdout).toMatch(/^node: \d+ runs/);
      expect(wrong.stdout).toMatch(/sometimes asked-n1 +\d+ times in \d+ runs/);
      expect(wrong.stdout).toContain('✖ linearizable/stale-read');
      const found = /case (\S+)/.exec(wrong.stdout)![1]!;
      expect((await place.run('run', found)).stderr).toContain('fails as recorded');
      const small = await place.run('shrink', found, '--no-curve', '--out', 'small.json');
      expect(small.code, small.stderr).toBe(1);
      expect(JSON.parse(place.read('small.json')).case.ops.length).toBeLessThanOrEqual(6);

      writeFileSync(place.file(path), body(types, false));
      const right = await place.run(...words);
      expect(right.code, right.stdout).toBe(0);
      expect(right.stdout).toMatch(/40 runs .* 0 failures/);
      expect((await place.run('run', 'small.json')).code).toBe(0);
    },
  );

  it('names what is wrong with a module and with a configuration of a cluster', async () => {
    writeFileSync(place.file('nothing.ts'), 'export const a = 1;\n');
    const nothing = await place.run('explore', 'nothing.ts', '--workload', 'register', ...FAST);
    expect(nothing.code, nothing.stderr).toBe(64);
    expect(nothing.stderr).toContain('no function as its default export');
    writeFileSync(place.file('command.yaml'), 'command:\n  start: ./node\n  workloads: {}\n');
    const command = await place.run('explore', 'command.yaml');
    expect(command.code).toBe(64);
    expect(`${nothing.stderr}${command.stderr}`).not.toMatch(/\n {4}at /);
  });
});
