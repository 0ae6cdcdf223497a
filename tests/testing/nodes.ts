/**
 * Node programs as users write them, for the tests of `simulate`: a register kept on the first node, once with
 * handlers that do not wait, once asynchronous with the language's own clock, timers and randomness.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Body, NodeHandle } from '../../testing/index.ts';

/** The register of one node; `read` of a key that was never written is an error. */
function perform(values: Map<string, unknown>, body: Body): Body {
  const key = JSON.stringify(body['key']);
  if (body.type === 'write') {
    values.set(key, body['value']);
    return { type: 'write_ok' };
  }
  if (body.type === 'cas') {
    if (values.get(key) !== body['from']) return { type: 'error', code: 22, text: 'something else' };
    values.set(key, body['to']);
    return { type: 'cas_ok' };
  }
  if (!values.has(key)) return { type: 'error', code: 20, text: 'no such key' };
  return { type: 'read_ok', value: values.get(key) as never };
}

/** Every node has a register of its own: right alone, wrong together. */
export const separate = (node: NodeHandle) => {
  const values = new Map<string, unknown>();
  return {
    onMessage(from: string, body: Body) {
      node.reply({ from, body }, perform(values, body));
    },
  };
};

/** The first node keeps everything in memory; the others ask it. Loses everything when it is killed. */
export const central = (node: NodeHandle) => {
  const values = new Map<string, unknown>();
  const waiting = new Map<number, { from: string; body: Body }>();
  let asked = 0;
  return {
    onMessage(from: string, body: Body) {
      if (body.type === 'answer') {
        const request = waiting.get(body['id'] as number);
        if (request !== undefined) node.reply(request, body['answer'] as Body);
      } else if (body.type === 'ask') {
        node.send(from, { type: 'answer', id: body['id']!, answer: perform(values, body['body'] as Body) });
      } else if (node.id === 'n1') {
        node.reply({ from, body }, perform(values, body));
      } else {
        waiting.set(++asked, { from, body });
        node.send('n1', { type: 'ask', id: asked, body });
      }
    },
  };
};

/** The same with promises, timers of the language, and state in storage, so that kills lose nothing. */
export class Waiting {
  readonly node: NodeHandle;
  readonly waiting = new Map<string, (answer: Body) => void>();
  ticks = 0;

  constructor(node: NodeHandle) {
    this.node = node;
  }

  async start(): Promise<void> {
    setInterval(() => this.ticks++, 100);
    await delay(5);
    console.log('started', this.node.id);
  }

  async onMessage(from: string, body: Body): Promise<void> {
    if (body.type === 'answer') {
      this.waiting.get(body['id'] as string)?.(body['answer'] as Body);
      return;
    }
    if (body.type === 'ask') {
      const answer = await this.perform(body['body'] as Body);
      this.node.send(from, { type: 'answer', id: body['id']!, answer });
      return;
    }
    const answer = this.node.id === 'n1' ? await this.perform(body) : await this.ask(body);
    this.node.reply({ from, body }, answer);
  }

  ask(body: Body): Promise<Body> {
    const id = randomUUID();
    this.node.send('n1', { type: 'ask', id, body });
    return new Promise((done) => this.waiting.set(id, done));
  }

  async perform(body: Body): Promise<Body> {
    await delay(1 + Math.random() * 3);
    const { storage } = this.node;
    const stored = (storage.read('values') ?? []) as [string, unknown][];
    const values = new Map(stored);
    const answer = perform(values, body);
    storage.write('values', [...values] as never);
    return answer;
  }
}
