#!/usr/bin/env node
/**
 * The grow-only set of ../maelstrom-python once more, in another language: same messages, other implementation.
 */
import { createInterface } from 'node:readline';

let me = null;
let others = [];
const elements = new Set();

const send = (dest, body) => process.stdout.write(`${JSON.stringify({ src: me, dest, body })}\n`);

function gossip() {
  for (const node of others) send(node, { type: 'gossip', elements: [...elements] });
}

function answer(body) {
  switch (body.type) {
    case 'init':
      me = body.node_id;
      others = body.node_ids.filter((node) => node !== me);
      setInterval(gossip, 100);
      return { type: 'init_ok' };
    case 'echo':
      return { type: 'echo_ok', echo: body.echo };
    case 'add':
      elements.add(body.element);
      return { type: 'add_ok' };
    case 'read':
      return { type: 'read_ok', value: [...elements] };
    case 'gossip':
      for (const element of body.elements) elements.add(element);
      return null;
    default:
      return { type: 'error', code: 10, text: `this node does not know ${body.type}` };
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { src, body } = JSON.parse(line);
  const reply = answer(body);
  if (reply !== null) send(src, { ...reply, in_reply_to: body.msg_id });
});
