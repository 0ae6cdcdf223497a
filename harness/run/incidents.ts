/**
 * What nodes did that nobody asked them to, summed up for the end of a run.
 */
import type { ClusterEvent } from '../contracts.ts';
import { Crashes, crashReason } from './crashes.ts';
import { Violations } from './violations.ts';

/** Hears every event of a cluster. */
export class Incidents {
  readonly #violations = new Violations();
  readonly #crashes = new Crashes();

  /** Takes one event; returns what it is, in words: why a node crashed, or else its kind. */
  record(event: ClusterEvent): string {
    this.#violations.record(event);
    this.#crashes.record(event);
    return crashReason(event) ?? event.kind;
  }

  /** Notes of the run: violations of the protocol, then crashes. */
  notes(): string[] {
    return [...this.#violations.notes(), ...this.#crashes.notes()];
  }
}
