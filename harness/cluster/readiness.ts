/**
 * Readiness: asks a node again and again until it answers as its probe demands. Probes go straight to the
 * node, not through its links, so that an injected partition cannot make a restart look failed.
 */
import { get } from 'node:http';
import { connect } from 'node:net';
import type { NodeAddress, ReadyProbe } from '../contracts.ts';
import { after, sleep, type Timer } from '../time.ts';
import type { NodeOutput } from './node-output.ts';
import type { Probing } from './process-host.ts';
import { runCommand } from './processes.ts';

/** What a probe works with. */
export interface ProbeTarget {
  address: NodeAddress;
  output: NodeOutput;
  /** Environment of `command` probes. */
  env: Record<string, string>;
  /** A way to the node that faults leave alone; absent: the ordinary one. */
  probing?: Probing;
  /** How to send `init`, where the backend or the node's protocol has one. */
  init?: (signal: AbortSignal) => Promise<void>;
}

const POLL_MS = 25;
const TRY_MS = 2_000;
/** A forwarder that finds nobody ends the connection it has accepted sooner than this. */
const LASTS_MS = 200;
/** A node without a probe counts as ready when it has lived this long. */
const UNPROBED_MS = 100;

/** What the probe waits for, for messages: `an answer on tcp port 21000`. */
export function describeProbe(probe: ReadyProbe, address: NodeAddress): string {
  switch (probe.kind) {
    case 'init':
      return 'init_ok';
    case 'tcp':
      return `a connection on tcp port ${portOf(address, probe.port)}`;
    case 'http':
      return `${probe.status ?? '2xx'} from http://${address.host}:${portOf(address, probe.port)}${probe.path}`;
    case 'log':
      return `a line matching /${probe.pattern}/`;
    case 'command':
      return `exit code 0 from ${[probe.file, ...probe.args].join(' ')}`;
    case 'none':
      return `${UNPROBED_MS} ms of life`;
  }
}

/** Resolves when the node is ready; rejects only with the signal's reason. */
export async function awaitReady(probe: ReadyProbe, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  if (probe.kind === 'none') return sleep(UNPROBED_MS, signal);
  const attempt = attempts(probe, target);
  while (!(await attempt(signal))) await sleep(POLL_MS, signal);
}

type Attempt = (signal: AbortSignal) => Promise<boolean>;

function attempts(probe: Exclude<ReadyProbe, { kind: 'none' }>, target: ProbeTarget): Attempt {
  const { address, probing } = target;
  const at = (name?: string): Target => {
    const port = portOf(address, name);
    return {
      ...(probing?.at === undefined
        ? { host: address.host, port }
        : { ...probing.at(port), isForwarded: true }),
      ...(probing?.localAddress === undefined ? {} : { localAddress: probing.localAddress }),
      ...(probing?.localPort === undefined ? {} : { localPort: probing.localPort() }),
    };
  };
  switch (probe.kind) {
    case 'init':
      return async (signal) => {
        if (target.init === undefined) throw new Error('this backend has no init message');
        await target.init(signal);
        return true;
      };
    case 'tcp':
      return (signal) => canConnect(at(probe.port), signal);
    case 'http':
      return (signal) => answers(at(probe.port), probe.path, probe.status, signal);
    case 'log':
      return logSearch(new RegExp(probe.pattern, 'm'), target.output);
    case 'command':
      return async (signal) => {
        if (probing?.run !== undefined) return probing.run(probe.file, probe.args, signal);
        const [file, ...args] = probing?.words(probe.file, probe.args) ?? [probe.file, ...probe.args];
        const result = await runCommand(file, args, {
          timeoutMs: TRY_MS,
          env: target.env,
          signal,
        });
        signal.throwIfAborted();
        return result.exit.code === 0;
      };
  }
}

/** The port a probe asks at; null where it asks at none. Throws where the node has no port of that name. */
export function probedPort(probe: ReadyProbe, address: NodeAddress): number | null {
  return probe.kind === 'tcp' || probe.kind === 'http' ? portOf(address, probe.port) : null;
}

function portOf(address: NodeAddress, name?: string): number {
  const port = name === undefined ? Object.values(address.ports)[0] : address.ports[name];
  if (port === undefined) {
    const names = Object.keys(address.ports).join(', ') || 'none';
    throw new Error(`the readiness probe names port "${name ?? 'main'}"; ports of ${address.id}: ${names}`);
  }
  return port;
}

/** Where a probe asks, and from where. */
interface Target {
  host: string;
  port: number;
  localAddress?: string;
  localPort?: number;
  isForwarded?: boolean;
}

function canConnect({ isForwarded = false, ...target }: Target, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const giveUp = (): void => void socket.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = after(TRY_MS, giveUp);
    let lasting: Timer | null = null;
    const connected = (): void => {
      resolve(true);
      socket.destroy();
    };
    socket.once('connect', () => {
      if (isForwarded) lasting = after(LASTS_MS, connected);
      else connected();
    });
    // Its end is seen by who reads.
    socket.resume();
    socket.once('end', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => {
      timer.cancel();
      lasting?.cancel();
      signal.removeEventListener('abort', giveUp);
      resolve(false);
    });
  });
}

function answers(
  target: Target,
  path: string,
  status: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ ...target, path, timeout: TRY_MS, agent: false }, (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      resolve(status === undefined ? code >= 200 && code < 300 : code === status);
    });
    const giveUp = (): void => void request.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    request.once('timeout', giveUp);
    request.once('error', () => resolve(false));
    request.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      resolve(false);
    });
  });
}

function logSearch(pattern: RegExp, output: NodeOutput): Attempt {
  const streams = ['stdout', 'stderr'] as const;
  const offsets = { stdout: 0, stderr: 0 };
  const ends = { stdout: '', stderr: '' };
  return async () => {
    const read = output.readFrom(offsets);
    return streams.some((stream) => {
      offsets[stream] += read[stream].length;
      // A line may arrive in two reads; the end of the last read is searched again.
      const searched = ends[stream] + read[stream].toString('utf8');
      ends[stream] = searched.slice(-1_024);
      return pattern.test(searched);
    });
  };
}
