/**
 * Names of clients on the wire: the protocol wants `c1`, `c2`..., while the harness names clients for people.
 */

/** Client names both ways; wire names are given in order of first use. */
export class WireNames {
  readonly #wire = new Map<string, string>();
  readonly #clients = new Map<string, string>();

  /** The wire name of a client. */
  of(client: string): string {
    let wire = this.#wire.get(client);
    if (wire === undefined) {
      wire = `c${this.#wire.size + 1}`;
      this.#wire.set(client, wire);
      this.#clients.set(wire, client);
    }
    return wire;
  }

  /** The client behind a wire name, if one was given it. */
  client(wire: string): string | undefined {
    return this.#clients.get(wire);
  }
}
