/**
 * What links of a kernel bridge do by the kernel's own delay line (sch_netem), as commands of tc. A device that leads to
 * a node has a class for every sender, and a class that is to be late or doubled has a delay line. Pure.
 */
import type { LayeredDelay, LinkState } from '../link-rules.ts';

/** Lines that make the classes of one device: a frame belongs to that of its sender, and anything else to none. */
export function classLines(device: string, own: string, senders: readonly (string | null)[]): string[] {
  return [
    `qdisc add dev ${device} root handle 1: htb`,
    // The kernel's own refusals are not counted as traffic either.
    `filter add dev ${device} parent 1: protocol ip prio 1 u32 match ip protocol 1 0xff match icmp type 3 0xff flowid 1:0`,
    ...senders.flatMap((ip, sender) =>
      ip === null
        ? []
        : [
            `class add dev ${device} parent 1: classid ${classOf(sender)} htb rate 100gbit quantum 60000`,
            `filter add dev ${device} parent 1: protocol ip prio 2 u32 match ip src ${ip}/32 match ip dst ${own}/32 flowid ${classOf(sender)}`,
          ],
    ),
  ];
}

/** The delay line of a link, as words of tc; null where it needs none. */
export function netemOf(state: LinkState): string | null {
  const late = sumOf([...state.base, ...state.delays]);
  const isNarrow = Number.isFinite(state.rate);
  if (late === null && state.duplicate === 0 && !isNarrow) return null;
  const words = ['netem', `limit ${limitOf(state)}`];
  if (late !== null) {
    words.push(`delay ${micros(late.ms)}`);
    if (late.jitterMs > 0) words.push(micros(late.jitterMs), ...late.shape);
  }
  if (state.duplicate > 0) words.push(`duplicate ${(100 * state.duplicate).toFixed(4)}%`);
  // A narrow line keeps its order. One that is not has to be told a rate to do so.
  if (isNarrow) words.push(`rate ${Math.max(8, Math.round(8 * state.rate))}bit`);
  else if (late !== null && late.jitterMs > 0 && !state.overtake) words.push('rate 100gbit');
  return words.join(' ');
}

/** Puts a delay line in place of another on the link from a sender to the node behind a device; null: none. */
export function changeLines(
  device: string,
  sender: number,
  before: string | null,
  now: string | null,
): string[] {
  const at = `dev ${device} parent ${classOf(sender)}`;
  return [
    // Not changed in place: what the new one does not say would stay as it was.
    ...(before === null ? [] : [`qdisc del ${at}`]),
    ...(now === null ? [] : [`qdisc add ${at} handle ${(0x100 + sender).toString(16)}: ${now}`]),
  ];
}

/** Packets that went to a device, by number of their sender, of what `tc -s class show` prints. */
export function packetsBySender(text: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const [, minor, packets] of text.matchAll(
    /^class htb 1:([0-9a-f]+)[\s\S]*?Sent \d+ bytes (\d+) pkt/gm,
  )) {
    found.set(Number.parseInt(minor!, 16) - 1, Number(packets));
  }
  return found;
}

/** Tables of delays for tc, by file name: what iproute2 brings has no exponential one, and may not be there. */
export function tables(): Record<string, string> {
  return { 'normal.dist': table(normals()), 'exponential.dist': table(exponentials()) };
}

const ENTRIES = 4_096;
/** One standard deviation in tables of tc, which hold 16 bits. */
const UNIT = 8_192;
const MOST = 32_767;
/** Frames that may wait where nobody says how many bytes. */
const FRAMES = 100_000;
const FRAME_BYTES = 1_500;

/** Standard deviations from the mean at even steps of probability. */
function table(quantiles: readonly number[]): string {
  const values = quantiles.map((value) => Math.max(-MOST, Math.min(MOST, Math.round(UNIT * value))));
  return `${values.join('\n')}\n`;
}

function exponentials(): number[] {
  return Array.from({ length: ENTRIES }, (_, i) => -Math.log(1 - (i + 0.5) / ENTRIES) - 1);
}

/** Where the integral of the density reaches each step, summed in small ones. */
function normals(): number[] {
  const step = 1 / 512;
  const found: number[] = [];
  let sum = 0;
  for (let x = -6; found.length < ENTRIES; x += step) {
    sum += (step * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    while (found.length < ENTRIES && sum >= (found.length + 0.5) / ENTRIES) found.push(x + step / 2);
    if (x > 6) found.push(x);
  }
  return found;
}

/** Delays that add up as one: a single one as it is, several that vary as a normal one of the same mean and variance. */
function sumOf(delays: readonly LayeredDelay[]): { ms: number; jitterMs: number; shape: string[] } | null {
  if (delays.length === 0) return null;
  const ms = delays.reduce((sum, delay) => sum + delay.ms, 0);
  const varying = delays.map(spreadOf).filter(({ jitterMs }) => jitterMs > 0);
  const [only] = varying;
  if (only === undefined) return { ms, jitterMs: 0, shape: [] };
  if (varying.length === 1) return { ms, jitterMs: only.jitterMs, shape: only.shape };
  const variance = varying.reduce((sum, { sigmaMs }) => sum + sigmaMs ** 2, 0);
  return { ms, jitterMs: Math.sqrt(variance), shape: ['distribution normal'] };
}

function spreadOf({ ms, jitterMs = 0, distribution }: LayeredDelay): {
  jitterMs: number;
  sigmaMs: number;
  shape: string[];
} {
  switch (distribution ?? (jitterMs > 0 ? 'uniform' : 'constant')) {
    case 'normal':
      return { jitterMs, sigmaMs: jitterMs, shape: ['distribution normal'] };
    case 'exponential':
      return { jitterMs: ms, sigmaMs: ms, shape: ['distribution exponential'] };
    case 'uniform':
      return { jitterMs, sigmaMs: jitterMs / Math.sqrt(3), shape: [] };
    default:
      return { jitterMs: 0, sigmaMs: 0, shape: [] };
  }
}

function limitOf({ queueBytes }: LinkState): number {
  return Number.isFinite(queueBytes) ? Math.max(1, Math.ceil(queueBytes / FRAME_BYTES)) : FRAMES;
}

function micros(ms: number): string {
  return `${Math.round(ms * 1_000)}us`;
}

/** tc counts in sixteens. */
function classOf(sender: number): string {
  return `1:${(sender + 1).toString(16)}`;
}
