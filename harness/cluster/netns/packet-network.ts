/**
 * The devices and addresses that links of packets are made on, whoever made them: namespaces of our own, or those of
 * containers. Ports are numbered: every node in order, then the clients.
 */
import type { Endpoint, NodeId } from '../../contracts.ts';

/** Where the device of one end of links is, and its hardware address. */
export interface DeviceEnd {
  /** Path of its network namespace. */
  namespace: string;
  device: string;
  mac: string;
}

/** What a switch joins. */
export interface PacketNetwork {
  /** Number of ports. */
  readonly ports: number;
  /** The address clients speak from. */
  readonly clientAddress: string;
  /** A second address of the harness, whose traffic no fault touches. */
  readonly freeAddress: string;
  /** Grows with every device that takes the place of another. */
  readonly changes: number;
  /** Sockets of clients are not the harness's alone: connections with them are ended at the node. */
  readonly sharesClients: boolean;
  address(node: NodeId): string;
  /** The switch's end of a port. */
  device(port: number): string;
  mac(port: number): string;
  /** The other end of a port; null while there is none. */
  end(of: Endpoint): DeviceEnd | null;
  /** The words that run a program in the network of a node, as the process it was; null while it has none. */
  wordsAt(node: NodeId, file: string, args: readonly string[]): [string, ...string[]] | null;
  /** The words that run a program where the switch's ends are. */
  wordsAtSwitch(file: string, args: readonly string[]): [string, ...string[]];
}
