/**
 * The system that `faultline new system` writes: what it says of itself, and the program of its nodes.
 */

/** Its module. TypeScript and JavaScript alike. */
export function systemModule(name: string, node: string): string {
  return `/**
 * A system under test: how its nodes are started, and what they understand. The nodes are ${node}, run as processes
 * that speak the Maelstrom protocol (backend stdio) or inside the simulator (backend sim).
 * \`faultline kit\` holds it to its contract, \`faultline describe ${name}\` shows what it says of itself.
 */
import { nodeSystem } from 'faultline/plugin';

export default nodeSystem({
  name: '${name}',
  summary: 'values that are given to one node, which tells the others once',
  module: new URL('./${node}', import.meta.url),
  // Workloads whose requests the nodes answer.
  speaks: ['broadcast'],
  // Mistakes that can be switched on, to see that they are found: faultline explore ${name} --bug forgets
  bugs: {
    forgets: { summary: 'acknowledges values it does not keep', workload: 'broadcast', checker: 'broadcast' },
  },
});
`;
}

/** The program of its nodes. */
export function nodeModule(typed: boolean): string {
  const types = typed
    ? "import type { Body, Json, NodeHandle, NodeSettings } from 'faultline/plugin';\n\n"
    : '';
  const doc = typed
    ? ''
    : `/**
 * @param {import('faultline/plugin').NodeHandle} node
 * @param {import('faultline/plugin').NodeSettings} settings
 */
`;
  const [of, body, settings] = typed
    ? ['<Json>', '(from: string, body: Body)', '(node: NodeHandle, { bugs }: NodeSettings)']
    : ['', '(from, body)', '(node, { bugs })'];
  return `/**
 * One node: it reacts to messages. It keeps what it is given and tells every other node, once: what is said while a
 * partition is in force never arrives, and nobody says it again. Mend that, and faultline run passes.
 */
${types}${doc}export default function create${settings} {
  const kept = new Set${of}();
  const keep = (value${typed ? ': Json' : ''}) => {
    if (bugs.includes('forgets') && Number(value) % 7 === 3) return;
    kept.add(value);
  };
  return {
    onMessage${body} {
      const value = body${typed ? "['message']" : '.message'} ?? null;
      switch (body.type) {
        case 'broadcast':
          keep(value);
          for (const peer of node.peers) node.send(peer, { type: 'copy', message: value });
          node.reply({ from, body }, { type: 'broadcast_ok' });
          break;
        case 'copy':
          keep(value);
          break;
        case 'read':
          node.reply({ from, body }, { type: 'read_ok', messages: [...kept] });
          break;
        default:
          // 10: not supported. The client then knows that it had no effect.
          node.fail({ from, body }, 10, \`no \${body.type}\`);
      }
    },
  };
}
`;
}
