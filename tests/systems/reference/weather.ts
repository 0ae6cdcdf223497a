/**
 * Weather for virtual clusters: changes at random moments, drawn by weight from what a test allows.
 */
import type { Program } from '../../../systems/reference/api.ts';
import type { VirtualCluster } from './virtual-cluster.ts';

/** Relative weights of what a change may be. */
export interface Weather {
  /** Mean time between two changes, ms. */
  everyMs?: number;
  /** Two sides. */
  partition?: number;
  /** One node alone. */
  isolate?: number;
  /** One link, both ways. */
  unlink?: number;
  heal?: number;
  /** kill -9 of one node, of all but the first, of all; a dead node starts again after `downMs` on average. */
  crash?: number;
  crashAll?: number;
  pause?: number;
  /** Clocks of all nodes jump, each by up to `skewMs` either way. */
  skew?: number;
  skewMs?: number;
  downMs?: number;
  /** Nodes that crashes, pauses and isolation may hit; default all. */
  only?: readonly string[];
}

/** Changes the weather until `untilMs`. */
export function strike(cluster: VirtualCluster<Program>, weather: Weather, untilMs: number): void {
  const change = (): void => {
    if (cluster.nowMs >= untilMs) return;
    turn(cluster, weather);
    cluster.at(cluster.nowMs + cluster.rng.exponential(weather.everyMs ?? 500), change);
  };
  cluster.at(cluster.nowMs + cluster.rng.exponential(weather.everyMs ?? 500), change);
}

function turn(cluster: VirtualCluster<Program>, weather: Weather): void {
  const { rng } = cluster;
  const victim = (): string => rng.pick(weather.only ?? cluster.ids);
  const crash = (id: string): void => {
    cluster.crash(id);
    cluster.at(cluster.nowMs + 20 + rng.exponential(weather.downMs ?? 300), () => cluster.start(id));
  };
  const acts: [number | undefined, () => void][] = [
    [weather.heal, () => cluster.heal()],
    [
      weather.partition,
      () => {
        const shuffled = rng.shuffle(cluster.ids);
        const cut = rng.int(1, shuffled.length - 1);
        cluster.partition([shuffled.slice(0, cut), shuffled.slice(cut)]);
      },
    ],
    [
      weather.isolate,
      () => {
        const alone = victim();
        cluster.partition([cluster.ids.filter((id) => id !== alone)]);
      },
    ],
    [
      weather.unlink,
      () => {
        const [a, b] = rng.shuffle(cluster.ids);
        cluster.unlink(a!, b!);
      },
    ],
    [weather.crash, () => crash(victim())],
    [weather.crashAll, () => cluster.ids.forEach(crash)],
    [
      weather.pause,
      () => {
        const id = victim();
        cluster.pause(id);
        cluster.at(cluster.nowMs + rng.exponential(weather.downMs ?? 300), () => cluster.resume(id));
      },
    ],
    [
      weather.skew,
      () => {
        const most = weather.skewMs ?? 1000;
        for (const node of cluster.nodes.values()) node.clockOffsetMs = rng.int(-most, most);
      },
    ],
  ];
  let draw = rng.float() * acts.reduce((sum, [weight = 0]) => sum + weight, 0);
  for (const [weight = 0, act] of acts) {
    draw -= weight;
    if (draw < 0) {
      act();
      return;
    }
  }
}
