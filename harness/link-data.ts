/**
 * Nodes, links, clocks and disks as plain data: what rules hold on links, what links counted, how wrong a clock is; and
 * the network as faults get at it: rules, taps, probes.
 */
import type { Json } from './op.ts';
import type { Body } from './program.ts';

/** Name of a node: `n1`, `n2`... */
export type NodeId = string;
/** One end of a link: a node, or the clients as a whole. */
export type Endpoint = NodeId | 'clients';

/** How long a delivery takes beyond the base: mean and spread in milliseconds. */
export interface Delay {
  ms: number;
  jitterMs?: number;
  distribution?: 'constant' | 'uniform' | 'normal' | 'exponential';
}

/** What a directed link does while a rule is installed; rules of several faults on one link add up. */
export interface LinkRule {
  cut?: boolean;
  /** What a message takes on this link when nothing is wrong. Not counted as delayed. */
  base?: Delay;
  delay?: Delay;
  /** Probabilities in [0, 1], per message. */
  loss?: number;
  duplicate?: number;
  reorder?: number;
  tamper?: number;
  /** Broken so that a checksum shows it (packets): lost to whoever checks. */
  corrupt?: number;
  /** Packets longer than so many bytes vanish without a word, as in a tunnel nobody knows of (packets). */
  mtu?: number;
  /** After a packet, by this chance, one of the same link comes again that is older than `replayAgeMs` (packets). */
  replay?: number;
  replayAgeMs?: number;
  /** Before a packet, by this chance, one like it comes whose content its sender never wrote (packets). */
  forge?: number;
  /** Bytes per second. */
  rate?: number;
  /** Bytes that may wait under a rate; a message that finds more in line is dropped. */
  queueBytes?: number;
  /** Messages of one pair may overtake each other, each with its own delay (stdio); otherwise they stay in order. */
  overtake?: boolean;
}

/** A rule for the directed link from -> to. */
export interface LinkEntry {
  from: Endpoint;
  to: Endpoint;
  rule: LinkRule;
}

/** A tap on links as plain data: what somebody with access to whole messages does to them. */
export interface TapSpec {
  kind: 'byzantine' | 'replay' | 'forge' | 'listen';
  /** Of `byzantine`: how its nodes misbehave. */
  mode: string;
  /** The nodes whose links it is on. */
  nodes: readonly NodeId[];
  /** Links that leave the nodes, lead to them, or both. Default `out`. */
  direction?: 'both' | 'in' | 'out';
  /** Also the links between clients and the nodes. */
  clients: boolean;
  /** Chance per message, of those kinds that act by chance. */
  probability: number;
  /** Of `replay`: how old a message must be to come again. */
  minAgeMs?: number;
  seed: number;
}

/** What a tap did since it was made. */
export interface TapCounts {
  /** Messages that passed it. */
  seen: number;
  /** Sent on with another content. */
  changed: number;
  /** Not sent on. */
  withheld: number;
  /** Sent beside the true ones. */
  added: number;
}

/**
 * Sees whole messages as they leave their sender, and says what goes on in their place: the same, nothing, another
 * one, one more. `spec` says which links it is on.
 */
export interface MessageTap {
  readonly spec: TapSpec;
  readonly counts: TapCounts;
  /**
   * What is sent in place of a message, in this order; the very same object is the message as it was. Must not
   * change `body`. `nowNs` never decreases.
   */
  pass(from: string, to: string, body: Body, nowNs: number): readonly Body[];
  /** Bytes of a connection that is not known to carry messages; they go on as they are. */
  hear?(from: string, to: string, bytes: Uint8Array, nowNs: number): void;
}

/** Counters of one directed link since the cluster started. */
export interface LinkCounters {
  from: Endpoint;
  to: Endpoint;
  /** Messages (stdio), chunks (tcp) or packets (netns) taken from the sender, and their bytes. */
  sent: number;
  bytes: number;
  delivered: number;
  /** Lost to cuts or loss; on tcp a cut holds bytes back instead, counted in `held`. */
  dropped: number;
  held: number;
  delayed: number;
  duplicated: number;
  reordered: number;
  tampered: number;
  /** Broken so that a checksum shows it; where there are packets. */
  corrupted?: number;
  /** Sent beside the true ones: old ones again, and forged ones; where there are packets. */
  added?: number;
  resets: number;
  /** Time that all `delivered` spent under way, ns. */
  travelNs: number;
}

/** What a link has carried that has carried nothing. */
export function silentLink(from: Endpoint, to: Endpoint): LinkCounters {
  return {
    from,
    to,
    sent: 0,
    bytes: 0,
    delivered: 0,
    dropped: 0,
    held: 0,
    delayed: 0,
    duplicated: 0,
    reordered: 0,
    tampered: 0,
    resets: 0,
    travelNs: 0,
  };
}

/** The stdio network as a system wants it when no fault is in force, and what its nodes are told first. */
export interface WireProfile {
  /** Of messages between nodes, and between nodes and services; clients are spared. */
  delay?: Delay;
  /** Probability per message between nodes. */
  loss?: number;
  /** Messages may overtake each other, each with its own delay. */
  overtake?: boolean;
  /** A message to a name nobody has: dropped, or dropped and answered with error 1. */
  unknownDest?: 'drop' | 'error';
  /** Requests every life of a node is sent after `init`, one by one; an error reply is an answer too. */
  greetings?(node: NodeId): readonly Record<string, Json>[];
}

/** Which nodes a fault hits. Chosen at plan time, except `leader`, which is asked when it fires. */
export type TargetSpec = 'one' | 'minority' | 'majority' | 'minority-third' | 'all' | 'leader' | NodeId[];

/** How a disk misbehaves. What is not given is as it should be. */
export interface DiskTrouble {
  /** Every sync takes this much longer. */
  slowMs?: number;
  /** Every write fails, and the node that wrote with it, where it has no answer to that. */
  fails?: boolean;
  /** Writes are acknowledged and nothing becomes durable until the lie ends. */
  lies?: boolean;
  /** Every write, every read takes this much longer (capability `disk.errors`, as all that follows). */
  slowWritesMs?: number;
  slowReadsMs?: number;
  /** What needs more room is refused (ENOSPC). */
  full?: boolean;
  /** Whatever changes anything is refused (EROFS). */
  readOnly?: boolean;
  /** Operations refused with EIO. */
  refuses?: readonly DiskRefusal[];
}

/** Operations of a disk that fail. */
export interface DiskRefusal {
  of: 'reads' | 'writes' | 'syncs';
  /** Pattern of file names, or with a slash of paths below the data directory. */
  path: string;
  /** Chance per operation, in [0, 1]. */
  probability: number;
  /** This many, then no more; 0: without end. */
  count: number;
}

/** How a node loses its power. */
export interface PowerCut {
  /** Writes that were not synced survive in pieces. Otherwise not at all. */
  torn: boolean;
  /** Draws the pieces. */
  seed: number;
}

/** What a loss of power took from a node. */
export interface PowerLoss {
  /** Files that had unsynced content, and of these the ones that lost some. */
  unsyncedFiles: number;
  files: number;
  /** Blocks that hold again what was synced, and bytes that are gone from the ends of files. */
  blocks: number;
  bytes: number;
  /** Creations, removals and renames that did not happen. */
  names: number;
  problems: number;
  /** Where it is known file by file: how much of its unsynced content is there again, and whether behind a hole. */
  torn?: { file: string; unsyncedBytes: number; keptBytes: number; hole: boolean }[];
}

/** What a node's clock should show, relative to the real one: offset + (t - now) * ppm / 1e6 + strobe. */
export interface ClockSkew {
  offsetNs: number;
  /** Rate error in parts per million; 100 gains 100 us every second. */
  driftPpm?: number;
  /** Adds `deltaNs` in every second half of `2 * halfPeriodNs`. */
  strobe?: { deltaNs: number; halfPeriodNs: number };
  /** One error after the other, each for a period, again from the first after the last. */
  steps?: { periodNs: number; offsetsNs: readonly number[] };
}

/** The network between nodes, and between clients and nodes, as far as the backend controls it. */
export interface Links {
  /** Installs (or replaces) the rules of one fault, atomically. */
  set(faultId: string, entries: readonly LinkEntry[]): void;
  /** Puts a tap of one fault on the links it names, in place of one it had. */
  tap(faultId: string, tap: MessageTap): void;
  /** Removes the rules and the tap of one fault; removing what is not there is fine. */
  clear(faultId: string): void;
  /** Breaks live connections on these links; returns how many were reset. */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number | Promise<number>;
  /**
   * Where links are told from afar: resolves when what was set and cleared is in force, and `counters` tells of now;
   * rejects when it cannot be. Absent: they always do.
   */
  sync?(): Promise<void>;
  /** Counters of every directed link that exists. */
  counters(): LinkCounters[];
  /** What a message sent now would meet, found by trying where the backend can. */
  probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'>;
}

/** The disks of nodes, where the backend has a say in them. */
export interface Disks {
  /** Sets what is wrong with a node's disk; null: nothing. Replaces what was. */
  set(node: NodeId, trouble: DiskTrouble | null): void | Promise<void>;
  /** Operations that met trouble since the cluster started. */
  hits(node: NodeId): number | Promise<number>;
  /** Ends a node as a loss of power does: at once, and with what it had not synced (capability `disk.power`). */
  cutPower?(node: NodeId, cut: PowerCut): Promise<PowerLoss>;
  /** Has the power of a node fail at a sync to come, which does not happen; null: it will not. */
  armPowerCut?(node: NodeId, cut: (PowerCut & { atSync: number; path: string }) | null): Promise<void>;
  /** What the power cut that was armed took, once it came; null before. */
  armedLoss?(node: NodeId): PowerLoss | null;
}
