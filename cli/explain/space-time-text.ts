/**
 * A space-time diagram in text, time downwards: one column per process, one row per message in the order in which
 * messages ended, with the Lamport timestamps of its send and its receipt.
 */
import type { Remark, SpaceTime, StampedTransit } from './space-time.ts';

const WIDTH = 20;
const LEFT = 24;

/** The rows of the diagram. */
export function spaceTimeText({ processes, messages, remarks, leftOut }: SpaceTime): string[] {
  const column = (name: string): number => LEFT + processes.indexOf(name) * WIDTH;
  const rows: { timeNs: number; order: number; text: string }[] = [
    ...messages.map((message) => ({
      timeNs: message.endNs,
      order: message.endOrder,
      text: messageRow(message, processes, column),
    })),
    ...remarks.map((remark) => ({
      timeNs: remark.timeNs,
      order: -1,
      text: remarkRow(remark, processes, column),
    })),
  ];
  rows.sort((a, b) => a.timeNs - b.timeNs || a.order - b.order);
  const head = [...`${'time'.padStart(9)}  ${'Lamport'.padStart(9)}`.padEnd(LEFT - 1)];
  for (const name of processes) put(head, column(name) - Math.floor((name.length - 1) / 2), name);
  const others = leftOut.map(([type, n]) => `${n} ${type}`).join(', ');
  return [
    head.join('').trimEnd(),
    ...rows.map(({ text }) => text.trimEnd()),
    ...(others === '' ? [] : [``, `left out: ${others}`]),
  ];
}

function lifelines(prefix: string, processes: readonly string[], column: (name: string) => number): string[] {
  const row = [...prefix.padEnd(LEFT + processes.length * WIDTH)];
  for (const name of processes) row[column(name)] = '│';
  return row;
}

function messageRow(
  { from, to, type, endNs, sent, received, fate }: StampedTransit,
  processes: readonly string[],
  column: (name: string) => number,
): string {
  const stamps = received === null ? `${sent}` : `${sent} → ${received}`;
  const row = lifelines(`${seconds(endNs)}  ${stamps.padStart(9)}`, processes, column);
  if (!processes.includes(from) || !processes.includes(to) || from === to) return row.join('');
  const [a, b] = [column(from), column(to)];
  const right = a < b;
  const [low, high] = right ? [a + 1, b - 1] : [b + 1, a - 1];
  for (let x = low; x <= high; x++) row[x] = '─';
  const label = received === null ? `${type} ${fate}` : type;
  const room = high - low - 1;
  const text = label.length <= room ? label : label.slice(0, room);
  put(row, low + Math.max(1, Math.floor((high - low + 1 - text.length) / 2)), text);
  row[right ? high : low] = received === null ? 'x' : right ? '>' : '<';
  return row.join('');
}

function remarkRow(
  { timeNs, process, text }: Remark,
  processes: readonly string[],
  column: (name: string) => number,
): string {
  const prefix = `${seconds(timeNs)}  `;
  if (process === null) {
    const row = [...prefix.padEnd(LEFT + processes.length * WIDTH, '═')];
    put(row, LEFT + 1, ` ${text} `);
    return row.join('');
  }
  const row = lifelines(prefix, processes, column);
  if (!processes.includes(process)) return `${row.join('').trimEnd()}  ${process}: ${text}`;
  row[column(process)] = 'o';
  const place = column(process) + 2;
  while (row.length < place + text.length) row.push(' ');
  put(row, place, text);
  return row.join('');
}

function put(row: string[], at: number, text: string): void {
  while (row.length < at + text.length) row.push(' ');
  for (let i = 0; i < text.length; i++) row[at + i] = text[i]!;
}

/** ` 1.2345 s`. */
function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(4).padStart(7)} s`;
}
