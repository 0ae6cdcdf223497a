#!/usr/bin/env node
/**
 * broadcast, g-set, g-counter and pn-counter: what a node knows is merged with what others know, again and again.
 *
 *   gossip.mjs            converges, whatever is lost, repeated or cut
 *   gossip.mjs once       tells each neighbour once and never again: what is lost stays lost
 *   gossip.mjs summing    adds what others report of counters to what it has: counts again and again
 */
import { createInterface } from 'node:readline';

const mode = process.argv[2] ?? 'steady';
let me = '';
let neighbours = [];
const values = new Set();
/** What each node has added itself, up and down. */
let tally = {};

const send = (dest, body) => process.stdout.write(`${JSON.stringify({ src: me, dest, body })}\n`);
const gossip = () => ({
  type: 'gossip',
  values: [...values],
  tally: mode === 'summing' ? { [me]: tally[me] ?? [0, 0] } : tally,
});

function learn(body, src) {
  const fresh = body.values.filter((value) => !values.has(value));
  for (const value of fresh) values.add(value);
  for (const [node, [up, down]] of Object.entries(body.tally)) {
    const [ownUp, ownDown] = tally[node] ?? [0, 0];
    tally[node] =
      mode === 'summing' && node !== me
        ? [ownUp + up, ownDown + down]
        : [Math.max(ownUp, up), Math.max(ownDown, down)];
  }
  if (mode === 'once') for (const value of fresh) pass(value, src);
}

function tell() {
  for (const node of neighbours) send(node, gossip());
}

/** A value that a client gave. */
function take(value) {
  values.add(value);
  if (mode === 'once') pass(value);
}

/** One value to everybody but who told us. */
function pass(value, except) {
  for (const node of neighbours)
    if (node !== except) send(node, { type: 'gossip', values: [value], tally: {} });
}

function add({ delta, element }) {
  if (delta === undefined) take(element);
  else {
    const [up, down] = tally[me] ?? [0, 0];
    tally = { ...tally, [me]: delta > 0 ? [up + delta, down] : [up, down - delta] };
  }
  return { type: 'add_ok' };
}

/** Which workload this is shows in what was asked before. */
let reading = () => ({ type: 'read_ok', value: [...values] });
const readingCounter = () => ({
  type: 'read_ok',
  value: Object.values(tally).reduce((sum, [up, down]) => sum + up - down, 0),
});

const HANDLERS = {
  init: ({ node_id, node_ids }) => {
    me = node_id;
    neighbours = node_ids.filter((node) => node !== me);
    if (mode !== 'once') setInterval(tell, 100);
    return { type: 'init_ok' };
  },
  topology: ({ topology }) => {
    neighbours = topology[me];
    reading = () => ({ type: 'read_ok', messages: [...values] });
    return { type: 'topology_ok' };
  },
  broadcast: ({ message }) => {
    take(message);
    return { type: 'broadcast_ok' };
  },
  add,
  read: () => (process.argv[3] === 'counter' ? readingCounter() : reading()),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { src, body } = JSON.parse(line);
  if (body.type === 'gossip') learn(body, src);
  else {
    const reply = HANDLERS[body.type]?.(body) ?? { type: 'error', code: 10, text: `no ${body.type} here` };
    send(src, { ...reply, in_reply_to: body.msg_id });
  }
});
