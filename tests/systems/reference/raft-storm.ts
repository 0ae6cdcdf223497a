/**
 * A seeded storm over a virtual Raft cluster: partitions, crashes, loss, delay, duplicates, in a mix that a
 * test chooses; then calm, and final reads.
 */
import { type RaftProgram, raft } from '../../../systems/reference/raft/raft.ts';
import { RaftInvariants, SetClients } from './raft-invariants.ts';
import { VirtualCluster } from './virtual-cluster.ts';

export interface Storm {
  nodes?: number;
  /** Length of the storm in virtual ms. */
  ms: number;
  /** Mean time between two changes of the weather, ms. */
  everyMs: number;
  /** Relative weights of what a change may be. */
  partition?: number;
  isolateLeader?: number;
  heal?: number;
  crash?: number;
  crashLeader?: number;
  crashAll?: number;
  restart?: number;
  delayMs?: number;
  loss?: number;
  duplicate?: number;
  opEveryMs?: number;
  /** The leader's clock is set back by three seconds. */
  setBack?: number;
  pause?: number;
  /** Somebody is added or removed, or two are at once. */
  member?: number;
  members?: number;
  /** The leader is cut off with some of the others. */
  splitLeader?: number;
  set?: Record<string, number | boolean | string>;
}

export interface Outcome {
  /** Broken properties: of the algorithm, and `lost` for what clients saw. */
  violations: Map<string, string>;
  acknowledged: number;
  reads: number;
  leaders: number;
}

/** Runs one storm. */
export function storm(seed: number, weather: Storm, bugs: string[] = []): Outcome {
  const network = {
    delayMs: weather.delayMs ?? 2,
    loss: weather.loss ?? 0,
    duplicate: weather.duplicate ?? 0,
  };
  const cluster = new VirtualCluster<RaftProgram>(raft, weather.nodes ?? 5, seed, network, bugs, weather.set);
  const invariants = new RaftInvariants(cluster);
  const clients = new SetClients(cluster);
  cluster.afterStep = () => invariants.step();
  clients.start(weather.opEveryMs ?? 10, weather.ms);
  const change = (): void => {
    if (cluster.nowMs >= weather.ms) return;
    turn(cluster, weather);
    cluster.at(cluster.nowMs + cluster.rng.exponential(weather.everyMs), change);
  };
  cluster.at(1000, change);
  cluster.run(weather.ms);
  cluster.heal();
  cluster.network = { delayMs: 1, loss: 0, duplicate: 0 };
  for (const id of cluster.ids) cluster.start(id);
  if ((weather.member ?? 0) + (weather.members ?? 0) > 0) restoreMembers(cluster, weather.ms + 4000);
  cluster.run(weather.ms + 5000);
  for (const id of cluster.ids) clients.read(id);
  cluster.run(weather.ms + 6000);
  invariants.finish();
  const violations = invariants.violations;
  if (clients.violations.length > 0) violations.set('lost', clients.violations[0]!);
  return { violations, acknowledged: clients.acknowledged, reads: clients.reads, leaders: invariants.terms };
}

function turn(cluster: VirtualCluster<RaftProgram>, weather: Storm): void {
  const { rng } = cluster;
  const leader = latestLeader(cluster);
  const acts: [number, () => void][] = [
    [weather.heal ?? 1, () => cluster.heal()],
    [
      weather.partition ?? 0,
      () => {
        const shuffled = rng.shuffle(cluster.ids);
        const cut = rng.int(1, shuffled.length - 1);
        cluster.partition([shuffled.slice(0, cut), shuffled.slice(cut)]);
      },
    ],
    [
      weather.isolateLeader ?? 0,
      () => {
        if (leader !== undefined) cluster.partition([cluster.ids.filter((id) => id !== leader.id)]);
      },
    ],
    [
      weather.setBack ?? 0,
      () => {
        if (leader === undefined) return;
        leader.clockOffsetMs -= 3000;
        cluster.partition([cluster.ids.filter((id) => id !== leader.id)]);
      },
    ],
    [
      weather.pause ?? 0,
      () => {
        const { id } = leader ?? rng.pick([...cluster.nodes.values()]);
        cluster.pause(id);
        cluster.at(cluster.nowMs + rng.int(100, 1500), () => cluster.resume(id));
      },
    ],
    [weather.member ?? 0, () => changeMember(cluster)],
    [
      weather.members ?? 0,
      () => {
        changeMember(cluster);
        changeMember(cluster);
      },
    ],
    [
      weather.splitLeader ?? 0,
      () => {
        if (leader === undefined) return;
        const others = rng.shuffle(cluster.ids.filter((id) => id !== leader.id));
        const cut = rng.int(1, others.length - 1);
        cluster.partition([[leader.id, ...others.slice(0, cut)], others.slice(cut)]);
      },
    ],
    [weather.crash ?? 0, () => cluster.crash(rng.pick(cluster.ids))],
    [weather.crashLeader ?? 0, () => leader && cluster.crash(leader.id)],
    [
      weather.crashAll ?? 0,
      () => {
        for (const id of cluster.ids) {
          cluster.crash(id);
          cluster.at(cluster.nowMs + 80 + rng.int(0, 60), () => cluster.start(id));
        }
      },
    ],
    [weather.restart ?? 1, () => cluster.ids.forEach((id) => void cluster.start(id))],
  ];
  const total = acts.reduce((sum, [weight]) => sum + weight, 0);
  let draw = rng.float() * total;
  for (const [weight, act] of acts) {
    draw -= weight;
    if (draw < 0) {
      act();
      return;
    }
  }
}

/** Asks somebody to add or remove somebody. */
function changeMember(cluster: VirtualCluster<RaftProgram>): void {
  const { rng } = cluster;
  const type = rng.chance(0.5) ? 'add-member' : 'remove-member';
  const node = rng.pick(cluster.ids);
  for (const asked of cluster.ids) cluster.request(asked, { type, node }, () => {});
}

/** Adds everybody again, one at a time, asking until it is done. */
function restoreMembers(cluster: VirtualCluster<RaftProgram>, untilMs: number): void {
  const missing = new Set(cluster.ids);
  const ask = (): void => {
    const [node] = missing;
    if (node === undefined || cluster.nowMs >= untilMs) return;
    for (const asked of cluster.ids) {
      cluster.request(asked, { type: 'add-member', node }, (reply) => {
        if (reply.type === 'member_ok') missing.delete(node);
      });
    }
    cluster.at(cluster.nowMs + 60, ask);
  };
  ask();
}

/** Of the nodes that believe they lead, the one with the latest term. */
function latestLeader(cluster: VirtualCluster<RaftProgram>) {
  return [...cluster.nodes.values()]
    .filter((node) => node.host !== null && node.program.state.role === 'leader')
    .sort((a, b) => b.program.state.term - a.program.state.term)[0];
}
