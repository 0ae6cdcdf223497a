/**
 * What faults did to a run: a fault that hit nobody shows nothing, so whoever counts on a run asks whether its
 * faults bit.
 */
import type { World } from './world.ts';

/** What was done to nodes and messages. */
export interface Harm {
  /** Lives that ended before the run did. */
  deaths: number;
  /** Events that waited for a node that was paused. */
  held: number;
  /** Messages that were lost, cut off, delayed, doubled or changed by rules of the network. */
  messages: number;
  /** Messages in whose place a fault sent something else, or nothing: lies, replays, what was forged. */
  lies: number;
  /** Connections that were broken. */
  resets: number;
  /** Syncs and writes that met trouble. */
  syncs: number;
  /** Times a clock was set wrong. */
  clocks: number;
}

/** Counts it. O(nodes and links). */
export function harmOf(world: World): Harm {
  const harm: Harm = {
    deaths: 0,
    held: 0,
    messages: 0,
    lies: world.network.tapped,
    resets: 0,
    syncs: 0,
    clocks: 0,
  };
  for (const { deaths, held, disk, clock } of world.nodes) {
    harm.deaths += deaths;
    harm.held += held;
    harm.syncs += disk.hits;
    harm.clocks += clock.skews;
  }
  for (const { dropped, delayed, duplicated, tampered, resets } of world.network.counters()) {
    harm.messages += dropped + delayed + duplicated + tampered;
    harm.resets += resets;
  }
  return harm;
}

/** True when something was done at all. */
export function isHarmed(harm: Harm): boolean {
  return Object.values(harm).some((count) => count > 0);
}
