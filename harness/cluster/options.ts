/**
 * What a backend needs to make a cluster: programs, addresses, folders, and the callbacks through which the
 * run hears of every process before it can outlive the harness. The same for every backend.
 */
import type {
  Clocks,
  NodeAddress,
  NodeId,
  ProgramSpec,
  ReadyProbe,
  System,
  WireProfile,
} from '../contracts.ts';
import type { Program } from '../program.ts';
import type { Seed } from '../random.ts';
import type { Isolation } from '../sim/isolation.ts';
import type { DiskProfile, NetworkProfile } from '../sim/profiles.ts';
import type { DockerOptions, ImageInfo } from './docker/docker-options.ts';
import type { HostPlan } from './ssh/remote-host.ts';
import type { ProbedSsh } from './ssh/ssh-options.ts';

/** What to do about a node that ended by itself; nodes we killed or stopped stay down until restarted. */
export interface RestartPolicy {
  /** `on-crash`: after a non-zero exit code or a signal. `always`: after any end of its own. */
  policy: 'never' | 'always' | 'on-crash';
  /** Wait before the restart. */
  delayMs: number;
  /** Restarts per node before it is left down and a `gave-up` event tells so. */
  max: number;
}

/** Identity of a started process: a pid alone can be reused, pid and start time cannot. */
export interface StartedProcess {
  node: NodeId;
  pid: number;
  /** Process group, equal to the pid: every node leads its own group. */
  pgid: number;
  /** Field 22 of /proc/PID/stat; 0 where there is no /proc. */
  startTicks: number;
}

/** What clocks may use of a cluster; handed to the factory when the cluster is made. */
export interface ClockHost {
  readonly nodes: readonly NodeId[];
  /** Processes of a node now, its group leader first; empty while it is down. */
  pids(node: NodeId): number[];
  /**
   * Called for every start and restart of a node with its leader's pid, after the process exists and before
   * readiness is asked (on `stdio` before `init` is sent); the start waits for the promise.
   */
  onStart(listener: (node: NodeId, pid: number) => void | Promise<void>): void;
  /**
   * Called whenever a node has become ready, at first and after each restart; the start waits for the promise. Absent
   * where nobody tells.
   */
  onReady?(listener: (node: NodeId) => void | Promise<void>): void;
  /** True while a pause holds the node: its processes must not be continued by anybody else. */
  isPaused(node: NodeId): boolean;
}

/** A message as the network saw it: `sent` before anything can happen to it, `received` when it was handed over. */
export interface HeardMessage {
  what: 'sent' | 'received';
  /** Harness time, ns. */
  atNs: number;
  src: string;
  dest: string;
  /** Text of the body as it was written, one character per byte. */
  body: string;
}

/** Hears of messages. It must not throw. */
export type MessageListener = (message: HeardMessage) => void;

/** Clocks as a cluster owns them: with a say in the environment of its nodes, and an end. */
export interface OwnedClocks extends Clocks {
  /** Variables a node must be started with (a preload library); asked before each start. */
  environment?(node: NodeId): Record<string, string>;
  /** Releases files and timers. Never throws. */
  close?(): void;
}

/** Makes the clocks of one cluster. */
export type ClocksFactory = (host: ClockHost) => OwnedClocks;

/** How long things may take, in milliseconds. */
export interface ClusterTimeouts {
  /** From the start of a node to its readiness. */
  readyMs: number;
  /** From SIGTERM to SIGKILL in a graceful stop. */
  stopMs: number;
}

/** Disks of our own: the program that serves them, and what they are; `layer` (the default) or `journal`, an ext4. */
export interface OwnDisks {
  program: string;
  kind?: 'layer' | 'journal';
  /** Why a run that asked for ext4 has layers. */
  noJournal?: { reason: string; fix?: string };
}

/** Everything about one cluster. Fields without a comment mean what their type says. */
export interface ClusterOptions {
  /** Marks every process in its environment (FAULTLINE_RUN), so that `clean` can find strays. */
  runId: string;
  nodes: readonly NodeId[];
  seed: Seed;
  program(address: NodeAddress): ProgramSpec;
  ready: ReadyProbe;
  /** Output goes to `<logsDir>/<node>/`, data to `<dataDir>/<node>/`; both are created and kept. */
  logsDir: string;
  dataDir: string;
  /** Named ports of each node, on tcp and netns; default `['main']`. The first one takes JSON-lines requests. */
  ports?: readonly string[];
  /** How nodes know each other, tcp only; default `own-links`. */
  addressing?: NonNullable<System['addressing']>;
  /** Ports that must be these numbers, by node and port name; any other is chosen free. */
  fixedPorts?: Readonly<Record<NodeId, Readonly<Record<string, number>>>>;
  restart?: RestartPolicy;
  /** Made by `createClocks` of ./clock/clocks.ts; absent: clock faults are skipped. */
  clocks?: ClocksFactory;
  /** Puts the data of nodes on disks of our own; absent: the machine's. */
  disks?: OwnDisks;
  /** Called synchronously for every started process, before anything else happens to it. */
  ledger?: (started: StartedProcess) => void;
  /** Where the backend writes the messages it sees, if it sees any; absent: not journalled. */
  messages?: { path: string; maxBytes?: number };
  /** Hears of every message of the stdio network, body and all, as it happens. */
  onMessage?: MessageListener;
  timeouts?: Partial<ClusterTimeouts>;
  /** Harness time in nanoseconds since the run started, for log markers and messages; default: since creation. */
  now?: () => number;
  stdio?: StdioOptions;
  /** Records every packet in `<logsDir>/packets.pcap`, where there are packets. */
  capture?: boolean;
  /** What containers are made of, for the docker backend. */
  docker?: DockerOptions;
  /** Hears which image containers are made of, once it is there. */
  image?: (image: ImageInfo) => void;
  /** Called with the address of a Docker engine; resolves when it is written down, and something may be made there. */
  engine?: (address: string) => Promise<void>;
  /** The machines of nodes, for the ssh backend, and what was found out about them. */
  ssh?: ProbedSsh;
  /** Called before anything is made on hosts; resolves when it is written down how to reach them again. */
  hosts?: (plans: readonly HostPlan[]) => Promise<void>;
  /** Nodes of the stdio backend run in lock step on virtual time, each under the stepper at this path. */
  virtualTime?: { stepper: string; stepSeconds?: number };
  /** The program of a node in this process, for the sim backend. */
  simulated?: (address: NodeAddress) => Program;
  sim?: SimOptions;
}

/** Knobs of the sim backend. */
export interface SimOptions {
  network?: NetworkProfile;
  disk?: DiskProfile;
  /** How nodes are kept from sharing memory. Default `copy`. */
  isolation?: Isolation;
}

/** Knobs of the stdio backend; the defaults are right for nearly everyone. */
export interface StdioOptions {
  /** One write per message always, as Maelstrom does, and not only while there are few. Slower. Default false. */
  writePerMessage?: boolean;
  /** Bytes waiting for a node that does not read before further messages are dropped and counted. */
  backlogBytes?: number;
  /** The network when no fault is in force. */
  wire?: WireProfile;
}

/** Used where `restart` is not given. */
export const DEFAULT_RESTART: RestartPolicy = { policy: 'on-crash', delayMs: 1_000, max: 5 };

/** Used for the timeouts that are not given. */
export const DEFAULT_TIMEOUTS: ClusterTimeouts = { readyMs: 30_000, stopMs: 3_000 };
