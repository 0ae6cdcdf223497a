/**
 * What the simulator itself costs: nodes that only send messages to and fro, without disks and without faults.
 * `npm run bench -- sim/kernel [simulated seconds]`
 */
import type { NodeHandle, Program } from '../../harness/program.ts';
import { Seed } from '../../harness/random.ts';
import type { Isolation } from '../../harness/sim/isolation.ts';
import { World } from '../../harness/sim/world.ts';

const SECONDS = Number(process.argv[2] ?? 200);

/** Answers every message; the first node begins with one to every other. */
function pingPong(): Program {
  let node!: NodeHandle;
  return {
    init(handle) {
      node = handle;
      node.setTimer('begin', 1);
    },
    onMessage: (from, body) => node.send(from, { type: 'ping', n: (body['n'] as number) + 1 }),
    onTimer() {
      if (node.id === 'n1') for (const peer of node.peers) node.send(peer, { type: 'ping', n: 0 });
    },
  };
}

for (const isolation of ['freeze', 'copy', 'json', 'freeze'] as const satisfies Isolation[]) {
  const world = new World({
    seed: Seed.of(1),
    nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    program: pingPong,
    network: { latency: { minMs: 0.3, meanMs: 0.7 } },
    isolation,
  });
  for (const node of world.nodes) world.start(node);
  const cpu = process.cpuUsage();
  world.timeline.run(SECONDS * 1e9);
  const used = process.cpuUsage(cpu);
  const seconds = (used.user + used.system) / 1e6;
  const { events } = world.timeline;
  process.stdout.write(
    `${isolation}: ${events} events in ${seconds.toFixed(2)} CPU s, ${(events / seconds / 1e6).toFixed(2)} M/s\n`,
  );
}
