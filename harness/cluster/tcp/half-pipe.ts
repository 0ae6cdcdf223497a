/**
 * One direction of one connection: reads from a socket, holds what the link's rules hold back, writes the
 * rest in order. Bytes are never dropped: what was read was acknowledged to the sender, and a network that
 * loses acknowledged bytes does not exist. A cut therefore stalls, and the end of a connection travels the
 * same way as its bytes.
 */
import type { Socket } from 'node:net';
import type { LinkCounters } from '../../contracts.ts';
import type { Seed } from '../../random.ts';
import { after, monotonicNs, type Timer } from '../../time.ts';
import { drawDelaysNs } from '../delay.ts';
import type { LinkState } from '../link-rules.ts';
import { LineTap, type TappedLink } from './line-tap.ts';

/** A directed link as its pipes see it; all connections between two endpoints share it. */
export interface Lane {
  state(): LinkState;
  counters: LinkCounters;
  /** When the link has finished sending what it was given, under a rate limit; monotonic ns. */
  freeAtNs: number;
  tapped: TappedLink;
  /** Nanoseconds since the cluster was made. */
  now(): number;
}

/** Read while the link is cut, so that it is seen that something waits; more stays with the sender. */
const HELD_BYTES = 64 * 1024;
/** Under way while the link is open. */
const QUEUE_BYTES = 1024 * 1024;
/** Under a rate limit chunks are cut to what the link carries in this time. */
const SLICE_S = 0.02;

interface Chunk {
  bytes: Buffer;
  readNs: number;
  /** When it may leave under the rules it was read under; without their rate limit, `unlimitedNs`. */
  dueNs: number;
  unlimitedNs: number;
  held: boolean;
}

/** How the sending side ended. */
type Ending = 'open' | 'end' | 'reset';

/** Forwards one direction of one connection. */
export class HalfPipe {
  readonly #source: Socket;
  readonly #lane: Lane;
  readonly #seed: Seed;
  readonly #quiet: boolean;
  readonly #tap: LineTap;
  /** A loss has hit the connection: what else it carries arrives nowhere. */
  #dead = false;
  #sink: Socket | null = null;
  #queue: Chunk[] = [];
  #queued = 0;
  #chunks = 0;
  #losses = 0;
  /** The line under way, where lines can be lost: it has begun, and it is being dropped. */
  #inLine = false;
  #dropLine = false;
  /** When the last chunk read would leave: the end of the connection does not overtake it. */
  #lastNs = 0;
  #ending: Ending = 'open';
  #finished = false;
  #draining = false;
  #timer: Timer | null = null;

  /** `quiet` pipes (probes) obey the rules and are counted nowhere. */
  constructor(source: Socket, lane: Lane, seed: Seed, quiet = false) {
    this.#source = source;
    this.#lane = lane;
    this.#seed = seed;
    this.#quiet = quiet;
    this.#tap = new LineTap(lane.tapped);
    source.on('data', (bytes: Buffer) => this.#take(bytes));
    source.on('end', () => this.#end('end'));
    source.on('error', () => this.#end('reset'));
  }

  /** True when the sending side has ended, whether or not the receiver knows yet. */
  get sourceEnded(): boolean {
    return this.#ending !== 'open';
  }

  /** Gives the pipe its receiver; until then it holds everything. */
  open(sink: Socket): void {
    this.#sink = sink;
    sink.on('drain', () => {
      this.#draining = false;
      this.pump();
    });
    this.pump();
  }

  /** Writes what is due and may pass; call after every change of the rules. */
  pump(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#finished) return;
    const { cut, rate, loss } = this.#lane.state();
    if (this.#dead && loss === 0) {
      this.#revive();
      return;
    }
    const limited = rate !== Number.POSITIVE_INFINITY;
    if (!limited) this.#lane.freeAtNs = 0;
    const now = monotonicNs();
    while (this.#queue.length > 0 && !this.#draining) {
      const head = this.#queue[0]!;
      if (cut) this.#markHeld();
      if (cut || this.#sink === null) break;
      // A limit that is gone must not hold back what it has queued.
      const due = limited ? head.dueNs : head.unlimitedNs;
      if (due > now) {
        this.#timer = after(Math.ceil((due - now) / 1e6), () => this.pump());
        break;
      }
      this.#queue.shift();
      this.#queued -= head.bytes.length;
      if (!this.#quiet) {
        this.#lane.counters.delivered++;
        this.#lane.counters.travelNs += now - head.readNs;
      }
      if (!this.#sink.destroyed) this.#draining = !this.#sink.write(head.bytes);
    }
    this.#finish(cut);
    this.#throttleSource(cut);
  }

  /** Stops timers; the sockets are the connection's. */
  close(): void {
    this.#finished = true;
    this.#timer?.cancel();
    this.#queue = [];
  }

  /** What the sender wrote, through taps and losses. */
  #take(bytes: Buffer): void {
    if (this.#quiet) {
      this.#read(bytes);
      return;
    }
    const { loss } = this.#lane.state();
    const kept = this.#tap.pass(bytes, this.#lane.now());
    const arrives = loss === 0 && !this.#dead ? kept : this.#lossy(kept, loss);
    if (arrives.length > 0) this.#read(arrives);
  }

  /** What a loss leaves: lines one by one where there are lines; of anything else nothing more once it was hit. */
  #lossy(bytes: Buffer, loss: number): Buffer {
    const { tapped, counters } = this.#lane;
    const lost = (): boolean =>
      this.#seed
        .fork('loss', this.#losses++)
        .rng()
        .chance(loss);
    if (!tapped.lines) {
      if (!this.#dead && !lost()) return bytes;
      this.#dead = true;
      counters.sent++;
      counters.dropped++;
      return Buffer.alloc(0);
    }
    // Clients and nodes write whole lines; one that comes in pieces is lost with its first.
    const kept: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(10, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (!this.#inLine) this.#dropLine = lost();
      this.#inLine = newline < 0;
      if (this.#dropLine) {
        if (!this.#inLine) {
          counters.sent++;
          counters.dropped++;
        }
        counters.bytes += end - at;
      } else kept.push(bytes.subarray(at, end));
      at = end;
    }
    return Buffer.concat(kept);
  }

  #read(bytes: Buffer): void {
    const { counters } = this.#lane;
    const state = this.#lane.state();
    if (!this.#quiet) {
      counters.sent++;
      counters.bytes += bytes.length;
    }
    const limited = state.rate !== Number.POSITIVE_INFINITY;
    const step = limited ? Math.max(256, Math.ceil(state.rate * SLICE_S)) : bytes.length;
    const now = monotonicNs();
    const seed = this.#seed.fork(this.#chunks++);
    const delayNs = drawDelaysNs(state.delays, seed);
    const lagNs = delayNs + drawDelaysNs(state.base, seed);
    let waits = false;
    for (let at = 0; at < bytes.length; at += step) {
      const slice = bytes.subarray(at, at + step);
      let leaves = now;
      if (limited) {
        leaves = Math.max(now, this.#lane.freeAtNs) + Math.round((slice.length / state.rate) * 1e9);
        this.#lane.freeAtNs = leaves;
      }
      // Queue order keeps the order of bytes, whatever their delays.
      const unlimitedNs = now + lagNs;
      this.#queue.push({ bytes: slice, readNs: now, dueNs: leaves + lagNs, unlimitedNs, held: false });
      this.#lastNs = unlimitedNs;
      waits ||= leaves + delayNs > now;
      this.#queued += slice.length;
      // `sent` counts reads; what a rate cuts off them is delivered piece by piece.
      if (at > 0 && !this.#quiet) counters.sent++;
    }
    if (waits && !this.#quiet) counters.delayed++;
    this.pump();
  }

  /** A connection that has lost bytes cannot go on once nothing loses them: both ends are told. */
  #revive(): void {
    this.#finished = true;
    this.#source.resetAndDestroy();
    this.#sink?.resetAndDestroy();
  }

  #markHeld(): void {
    for (const chunk of this.#queue) {
      if (chunk.held) continue;
      chunk.held = true;
      if (!this.#quiet) this.#lane.counters.held++;
    }
  }

  #end(ending: 'end' | 'reset'): void {
    const rest = this.#tap.rest();
    if (rest.length > 0) this.#read(rest);
    if (this.#ending !== 'reset') this.#ending = ending;
    this.pump();
  }

  /** Passes the end on, behind the last byte. */
  #finish(cut: boolean): void {
    if (this.#ending === 'open' || this.#queue.length > 0 || cut || this.#sink === null) return;
    const lag = this.#lastNs - monotonicNs();
    if (lag > 0) {
      this.#timer ??= after(Math.ceil(lag / 1e6), () => this.pump());
      return;
    }
    this.#finished = true;
    if (this.#sink.destroyed) return;
    if (this.#ending === 'end') this.#sink.end();
    else this.#sink.resetAndDestroy();
  }

  #throttleSource(cut: boolean): void {
    if (this.#source.destroyed) return;
    const limit = cut || this.#sink === null ? HELD_BYTES : QUEUE_BYTES;
    if (this.#queued >= limit || this.#draining) this.#source.pause();
    else this.#source.resume();
  }
}
