/**
 * The messages of one run as a space-time diagram: processes, sends and receipts with Lamport timestamps, what the
 * operations and faults did meanwhile, and of too many messages those that tell most.
 */
import { readFileSync } from 'node:fs';
import type { Json, Op } from '../../harness/op.ts';
import { MESSAGES_FORMAT } from '../message-events.ts';

/** A message at the end of its way, as the simulator and the journal of messages have it. */
export interface Transit {
  from: string;
  to: string;
  type: string;
  sentNs: number;
  endNs: number;
  /** Sends and ends are numbered in one sequence. */
  sentOrder: number;
  endOrder: number;
  /** `delivered`, or why not. */
  fate: string;
}

/** A message with its Lamport timestamps; `received` is null where it did not arrive. */
export interface StampedTransit extends Transit {
  sent: number;
  received: number | null;
}

/** Something that happened beside messages. */
export interface Remark {
  timeNs: number;
  /** Null: everywhere, as with a fault. */
  process: string | null;
  text: string;
}

/** A diagram ready to be drawn. */
export interface SpaceTime {
  /** Nodes, then clients. */
  processes: string[];
  messages: StampedTransit[];
  remarks: Remark[];
  /** Messages that were left out, by type, most frequent first. */
  leftOut: [string, number][];
}

const MOST_MESSAGES = 40;
const MOST_REMARKS = 30;
/** A client's message this near to something marked is likely part of it. */
const NEAR_NS = 2e6;
/** More clients than this share one line, as do those whose names on the network are not those of the history. */
const MOST_CLIENTS = 4;
const CLIENTS = 'clients';

/** Numbers all events by Lamport's rule: one more than the last here, and than the send of what is received. */
export function stamped(messages: readonly Transit[]): StampedTransit[] {
  const clocks = new Map<string, number>();
  const result = messages.map((one): StampedTransit => ({ ...one, sent: 0, received: null }));
  const events = result.flatMap((message) => [
    { order: message.sentOrder, message, send: true },
    ...(message.fate === 'delivered' ? [{ order: message.endOrder, message, send: false }] : []),
  ]);
  events.sort((a, b) => a.order - b.order || Number(b.send) - Number(a.send));
  for (const { message, send } of events) {
    const process = send ? message.from : message.to;
    const before = clocks.get(process) ?? 0;
    const stamp = (send ? before : Math.max(before, message.sent)) + 1;
    clocks.set(process, stamp);
    if (send) message.sent = stamp;
    else message.received = stamp;
  }
  return result;
}

/** What a diagram shows: messages that ended from `fromNs` to `toNs`, the telling ones where there are many. */
export function spaceTime(
  nodes: readonly string[],
  messages: readonly Transit[],
  remarks: readonly Remark[],
  [fromNs, toNs]: [number, number],
): SpaceTime {
  const all = stamped(messages.filter((one) => !isObservation(one, nodes))).filter(
    ({ sentNs, endNs }) => endNs >= fromNs && sentNs <= toNs && endNs <= toNs,
  );
  const marked = remarks.filter(({ text }) => text.endsWith('*')).map(({ timeNs }) => timeNs);
  const chosen = telling(all, nodes, marked);
  const left = new Map<string, number>();
  for (const message of all)
    if (!chosen.has(message)) left.set(message.type, (left.get(message.type) ?? 0) + 1);
  const shown = all.filter((message) => chosen.has(message)).sort((a, b) => a.endOrder - b.endOrder);
  const within = remarks.filter(({ timeNs }) => timeNs >= fromNs && timeNs <= toNs);
  const clients = [
    ...new Set([
      ...shown.flatMap(({ from, to }) => [from, to]),
      ...within.flatMap(({ process }) => process ?? []),
    ]),
  ]
    .filter((name) => !nodes.includes(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const apart =
    clients.length <= MOST_CLIENTS && clients.every((name) => messages.some(({ from }) => from === name));
  const lane = (name: string): string => (apart || nodes.includes(name) ? name : CLIENTS);
  return {
    processes: [...nodes, ...(apart ? clients : [CLIENTS])],
    messages: shown.map((message) => ({ ...message, from: lane(message.from), to: lane(message.to) })),
    remarks: fewer(within).map((remark) => {
      if (remark.process === null || lane(remark.process) === remark.process) return remark;
      return { ...remark, process: CLIENTS, text: `${remark.process}: ${remark.text}` };
    }),
    leftOut: [...left].sort((a, b) => b[1] - a[1]),
  };
}

/** Faults and the witness, and of everything else what came last. */
function fewer(remarks: readonly Remark[]): Remark[] {
  const told = remarks.filter(({ process, text }) => process === null || text.endsWith('*'));
  const others = remarks.filter((remark) => !told.includes(remark));
  const kept = new Set([
    ...told,
    ...others.slice(Math.min(others.length, Math.max(0, others.length + told.length - MOST_REMARKS))),
  ]);
  return remarks.filter((remark) => kept.has(remark));
}

/** The harness asking who leads: often, and of no consequence. */
function isObservation({ from, to, type }: Transit, nodes: readonly string[]): boolean {
  return /^leader(_ok)?$/.test(type) && !(nodes.includes(from) && nodes.includes(to));
}

/** Those of clients first, and before them those of the witness; then the rare types; the later before the earlier. */
function telling(
  all: readonly StampedTransit[],
  nodes: readonly string[],
  marked: readonly number[],
): Set<StampedTransit> {
  if (all.length <= MOST_MESSAGES) return new Set(all);
  const counts = new Map<string, number>();
  for (const { type, fate } of all) counts.set(`${type} ${fate}`, (counts.get(`${type} ${fate}`) ?? 0) + 1);
  const rank = ({ from, to, type, fate, sentNs, endNs }: StampedTransit): number => {
    if (nodes.includes(from) && nodes.includes(to)) return counts.get(`${type} ${fate}`)!;
    return marked.some((ns) => sentNs - NEAR_NS <= ns && ns <= endNs + NEAR_NS) ? 0 : 0.5;
  };
  const ranked = [...all].sort((a, b) => rank(a) - rank(b) || b.endOrder - a.endOrder);
  return new Set(ranked.slice(0, MOST_MESSAGES));
}

/** What clients asked and were answered, and when faults began and ended, for the margin of a diagram. */
export function remarksOf(
  ops: readonly Op[],
  witness: ReadonlySet<number>,
  clientName: (process: number) => string,
): Remark[] {
  const remarks: Remark[] = [];
  for (const { index, time, process, type, f, key, value } of ops) {
    const name = String(process);
    const mark = witness.has(index) ? ' *' : '';
    if (typeof process === 'number') {
      const on = key === undefined ? '' : ` ${short(key)}`;
      const what = value === null || value === undefined ? '' : ` ${short(value)}`;
      const said = type === 'invoke' ? `${f}${on}${what}?` : `${f}${on}${what}: ${type}`;
      remarks.push({ timeNs: time, process: clientName(process), text: `${said}${mark}` });
    } else if (name.startsWith('nemesis:') && type === 'ok') {
      const { id, nodes } = value as { id?: string; nodes?: string[] };
      const text = f.startsWith('inject-') ? `${id} begins: ${(nodes ?? []).join(' ')}` : `${id} ends`;
      remarks.push({ timeNs: time, process: null, text });
    } else if (mark !== '' && type === 'ok' && name.startsWith('observer:')) {
      remarks.push({
        timeNs: time,
        process: name.slice('observer:'.length),
        text: `says ${short(value)}${mark}`,
      });
    }
  }
  return remarks;
}

/** The messages of a journal (`messages.jsonl`); none when it is of another form. */
export function journalledTransits(path: string): Transit[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  if (!head.includes(MESSAGES_FORMAT)) return [];
  const columns = (JSON.parse(head) as { columns: string[] }).columns;
  const at = Object.fromEntries(columns.map((name, i) => [name, i]));
  return lines
    .filter((line) => line.startsWith('[') && line.endsWith(']'))
    .map((line) => {
      const row = JSON.parse(line) as Json[];
      const get = (name: string): Json => row[at[name]!] ?? null;
      return {
        from: String(get('from')),
        to: String(get('dest')),
        type: String(get('type')),
        sentNs: Number(get('sent_ns')),
        endNs: Number(get('end_ns')),
        sentOrder: Number(get('sent_order')),
        endOrder: Number(get('end_order')),
        fate: String(get('fate')),
      };
    });
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
