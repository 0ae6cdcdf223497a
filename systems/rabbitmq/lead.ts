/**
 * Who leads the quorum queue: each broker writes into its log what its member of the queue is, and in which term. Asking
 * the management interface instead would hang whenever a broker is cut off.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Cluster,
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type SystemContext,
} from '../../harness/contracts.ts';

/** Name of the queue. */
export const QUEUE = 'messages';

const LINE = `queue '${QUEUE}' in vhost '/': `;
/** `candidate -> leader in term: 3 machine version: 2` */
const BECAME = /^\w+ -> (\w+) in term: (\d+)/;
/** `detected a new leader {'%2F_messages','rabbit@10.99.0.1'} in term 3` */
const DETECTED = /^detected a new leader \{[^,]*,'?rabbit@([\d.]+)'?\} in term (\d+)/;
const NEW_LIFE = /^--- faultline: /;

/** What a log has said so far. */
export interface Lead {
  leading: boolean;
  /** Address of the broker that leads, as far as this one knows. */
  leader: string | null;
  term: number | null;
}

/** Nothing was said yet. */
export const NOTHING_SAID: Lead = { leading: false, leader: null, term: null };

/** What is known after one more line. */
export function afterLine(lead: Lead, line: string): Lead {
  if (NEW_LIFE.test(line)) return { ...NOTHING_SAID, term: lead.term };
  const at = line.indexOf(LINE);
  if (at < 0) return lead;
  const said = line.slice(at + LINE.length);
  const became = BECAME.exec(said);
  if (became !== null) {
    const [leading, term] = [became[1] === 'leader', Number(became[2])];
    return { leading, term, leader: leading || term !== lead.term ? null : lead.leader };
  }
  const detected = DETECTED.exec(said);
  return detected === null ? lead : { leading: false, leader: detected[1]!, term: Number(detected[2]) };
}

/** A log that is read on from where it was. */
interface Reading {
  at: number;
  rest: string;
  lead: Lead;
}

const readings = new WeakMap<Cluster, Map<NodeId, Reading>>();

/** What a broker has said last. Rejects when it is not running. */
export async function observe(node: NodeId, { cluster }: SystemContext): Promise<LeaderObservation> {
  if (cluster.state(node) !== 'running') {
    throw new OpFailure({
      definite: true,
      kind: 'not-serving',
      message: `${node} is ${cluster.state(node)}`,
    });
  }
  const { leading, leader, term } = standing(node, cluster);
  const named = cluster.nodes.find((other) => cluster.address(other).host === leader) ?? null;
  return { leading, leader: leading ? node : named, term };
}

/** What a broker's log has said of the lead up to now. */
export function standing(node: NodeId, cluster: Cluster): Lead {
  const known = readings.get(cluster) ?? new Map<NodeId, Reading>();
  readings.set(cluster, known);
  const reading = known.get(node) ?? { at: 0, rest: '', lead: NOTHING_SAID };
  known.set(node, reading);
  const file = openSync(join(cluster.log(node), 'stdout.log'), 'r');
  try {
    const bytes = Buffer.alloc(fstatSync(file).size - reading.at);
    reading.at += readSync(file, bytes, 0, bytes.length, reading.at);
    const lines = (reading.rest + bytes.toString('latin1')).split('\n');
    reading.rest = lines.pop()!;
    reading.lead = lines.reduce(afterLine, reading.lead);
    return reading.lead;
  } finally {
    closeSync(file);
  }
}
