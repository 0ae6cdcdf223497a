/**
 * All taps of one network, by the fault that put them there. A message passes one after the other.
 */
import type { Endpoint, MessageTap } from '../link-data.ts';
import type { Body } from '../program.ts';
import { taps } from './tap.ts';

/** Taps in the order they were put in. */
export class TapLayers {
  readonly #layers = new Map<string, MessageTap>();

  /** No tap anywhere: asked for every message. */
  get empty(): boolean {
    return this.#layers.size === 0;
  }

  /** Puts a tap in, or replaces it. */
  set(fault: string, tap: MessageTap): void {
    this.#layers.set(fault, tap);
  }

  /** Takes a tap out; false when there was none. */
  clear(fault: string): boolean {
    return this.#layers.delete(fault);
  }

  /** True when there is a tap on the directed link. */
  on(from: Endpoint, to: Endpoint): boolean {
    for (const { spec } of this.#layers.values()) if (taps(spec, from, to)) return true;
    return false;
  }

  /** What is sent in place of a message. */
  pass(from: Endpoint, to: Endpoint, body: Body, nowNs: number): readonly Body[] {
    let bodies: readonly Body[] = [body];
    for (const tap of this.#layers.values()) {
      if (taps(tap.spec, from, to)) bodies = bodies.flatMap((each) => tap.pass(from, to, each, nowNs));
    }
    return bodies;
  }

  /** Bytes that are no messages. */
  hear(from: Endpoint, to: Endpoint, bytes: Uint8Array, nowNs: number): void {
    for (const tap of this.#layers.values()) {
      if (taps(tap.spec, from, to)) tap.hear?.(from, to, bytes, nowNs);
    }
  }
}
