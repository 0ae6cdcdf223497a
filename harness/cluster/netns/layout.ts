/**
 * The file through which the harness tells the switch what its links do, and learns what they did: switch/switch.h in
 * TypeScript. Change both.
 */
import type { Delay, Endpoint, LinkCounters } from '../../contracts.ts';
import type { LayeredDelay, LinkState } from '../link-rules.ts';

const MAGIC = 0x5753464c;
const VERSION = 1;
const HEAD = 64;
const RULE = 256;
const LAYERS_AT = 48;
const INTRUDER_AT = 240;
const LAYER = 24;
const COUNTERS = 128;

/** Where the number of the bank in force is, and the mark of a switch that forwards. */
export const BANK_AT = 12;
/** See `BANK_AT`. */
export const READY_AT = 24;
/** How many times the switch has opened its ports anew. */
export const RENEWED_AT = 32;

/** Delays one link can add up; more at once are refused. */
export const MAX_LAYERS = 8;

const CUT = 1;
const OVERTAKE = 2;
const SHAPES: readonly NonNullable<Delay['distribution']>[] = [
  'constant',
  'uniform',
  'normal',
  'exponential',
];

/** Bytes of the whole file for so many ports. */
export function fileSize(ports: number): number {
  return HEAD + ports * ports * (2 * RULE + COUNTERS);
}

/** The first bytes of the file. `freeAddress`: four numbers of the address that no rule touches. */
export function encodeHead(ports: number, seed: bigint, freeAddress: readonly number[]): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(VERSION, 4);
  head.writeUInt32LE(ports, 8);
  head.writeBigUInt64LE(BigInt.asUintN(64, seed), 16);
  // As in a frame: most significant first, whatever the machine.
  for (const [i, part] of freeAddress.entries()) head.writeUInt8(part, 28 + i);
  return head;
}

/** Where a bank begins. */
export function bankAt(bank: number, ports: number): number {
  return HEAD + (bank & 1) * ports * ports * RULE;
}

/** A bank of rules, links in order of sender, then receiver. Throws `RangeError` for more delays than fit. */
export function encodeBank(states: readonly LinkState[]): Buffer {
  const bank = Buffer.alloc(states.length * RULE);
  for (const [i, state] of states.entries()) encodeRule(bank, i * RULE, state);
  return bank;
}

function encodeRule(to: Buffer, at: number, state: LinkState): void {
  const layers: (LayeredDelay & { counted: boolean })[] = [
    ...state.base.map((delay) => ({ ...delay, counted: false })),
    ...state.delays.map((delay) => ({ ...delay, counted: true })),
  ];
  if (layers.length > MAX_LAYERS) {
    throw new RangeError(`a link can have ${MAX_LAYERS} delays at once, not ${layers.length}`);
  }
  const words = [
    (state.cut ? CUT : 0) | (state.overtake ? OVERTAKE : 0),
    ...[state.loss, state.duplicate, state.reorder, state.corrupt, state.tamper].map(chance),
    Number.isFinite(state.mtu) ? state.mtu : 0,
    layers.length,
  ];
  for (const [i, word] of words.entries()) to.writeUInt32LE(word, at + 4 * i);
  to.writeBigUInt64LE(limit(state.rate), at + 32);
  to.writeBigUInt64LE(limit(state.queueBytes), at + 40);
  const intruder = [chance(state.replay), chance(state.forge), Math.round(state.replayAgeMs)];
  for (const [i, word] of intruder.entries()) to.writeUInt32LE(word, at + INTRUDER_AT + 4 * i);
  layers.forEach((layer, i) => {
    const from = at + LAYERS_AT + LAYER * i;
    const jitterMs = layer.jitterMs ?? 0;
    const shape = layer.distribution ?? (jitterMs > 0 ? 'uniform' : 'constant');
    to.writeBigUInt64LE(BigInt(Math.round(layer.ms * 1e6)), from);
    to.writeBigUInt64LE(BigInt(Math.round(jitterMs * 1e6)), from + 8);
    to.writeUInt32LE(SHAPES.indexOf(shape), from + 16);
    to.writeUInt32LE(layer.counted ? 1 : 0, from + 20);
  });
}

/** A probability as parts of 2^32; certainty is the greatest number. */
function chance(p: number): number {
  return Math.min(0xffffffff, Math.round(p * 2 ** 32));
}

/** Zero means no limit; a limit of nothing is one byte. */
function limit(bytes: number): bigint {
  return Number.isFinite(bytes) ? BigInt(Math.max(1, Math.round(bytes))) : 0n;
}

/** Where all counters are: position and length. */
export function countersAt(ports: number): { position: number; length: number } {
  return { position: HEAD + 2 * ports * ports * RULE, length: ports * ports * COUNTERS };
}

/** What one link did, by its number in the order of `encodeBank`. */
export function decodeCounters(
  from: Endpoint,
  to: Endpoint,
  data: Buffer,
  link: number,
): Omit<LinkCounters, 'resets'> {
  const at = (i: number): number => Number(data.readBigUInt64LE(link * COUNTERS + 8 * i));
  const dropped = at(4) + at(5) + at(6) + at(7);
  return {
    ...{ from, to, sent: at(0), bytes: at(1), delivered: at(2), dropped, held: 0 },
    ...{ delayed: at(8), duplicated: at(9), reordered: at(10), corrupted: at(11), tampered: at(12) },
    travelNs: at(13),
    added: at(14) + at(15),
  };
}
