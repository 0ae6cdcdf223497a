/**
 * Links of a cluster joined by the kernel's bridge, on kernels that have a delay line (sch_netem): what nftables cannot
 * do to packets, delay and rate, is done there. Cuts change all links at once, delay lines one by one.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkCounters } from '../../contracts.ts';
import { ClusterError } from '../cluster-error.ts';
import { linkKey } from '../link-rules.ts';
import { outputNow, runNow } from '../processes.ts';
import { BridgeLinks } from './bridge-links.ts';
import { changeLines, classLines, netemOf, packetsBySender, tables } from './netem-rules.ts';
import type { DirectedLink } from './packet-links.ts';

/** What a delay line has done before, and the counters when the one in force began. */
interface Line {
  words: string;
  delays: boolean;
  doubles: boolean;
  arrivedThen: number;
  throughThen: number;
}

/** The links of one cluster. */
export class NetemLinks extends BridgeLinks {
  protected override readonly beyond = ['reorder', 'tamper', 'corrupt', 'replay', 'forge'] as const;
  protected override readonly joint = 'netem';
  readonly #lines = new Map<string, Line>();
  readonly #done = new Map<string, { delayed: number; duplicated: number }>();
  #isReady = false;

  override async open(): Promise<void> {
    await super.open();
    for (const [name, text] of Object.entries(tables())) writeFileSync(join(this.folder, name), text);
    const { network } = this;
    const addresses = this.endpoints.map((end) =>
      end === 'clients' ? network.clientAddress : network.address(end),
    );
    const lines = this.endpoints.flatMap((_, port) => {
      const senders = addresses.map((ip, sender) => (sender === port ? null : ip));
      return classLines(network.device(port), addresses[port]!, senders);
    });
    try {
      this.#tc(lines);
    } catch (error) {
      throw new ClusterError(
        `cannot make delay lines: ${(error as Error).message} (apt-get install iproute2)`,
      );
    }
    this.#isReady = true;
    this.install();
  }

  protected override install(): void {
    super.install();
    if (!this.#isReady) return;
    const changes = this.links.flatMap((link) => {
      const words = netemOf(this.state(link));
      const before = this.#lines.get(keyOf(link))?.words ?? null;
      return words === before ? [] : [{ link, words, before }];
    });
    if (changes.length === 0) return;
    const counted = new Map(super.count().map((each) => [linkKey(each.from, each.to), each]));
    for (const { link, before } of changes) if (before !== null) this.#settle(link, counted);
    const put = (each: (typeof changes)[number], words: string | null): string[] => {
      const [sender, receiver] = each.link.ports;
      return changeLines(this.network.device(receiver), sender, each.before, words);
    };
    try {
      this.#tc(changes.flatMap((each) => put(each, each.words)));
    } catch (error) {
      // Some lines may be there and some not: none of them stays, so that the next change finds what it expects.
      this.#clear(changes.map(({ link }) => link));
      throw error;
    }
    for (const { link, words } of changes) {
      if (words === null) continue;
      const { delays, base, duplicate, rate } = this.state(link);
      this.#lines.set(keyOf(link), {
        words,
        // What the network itself takes is no fault's.
        delays: delays.length > 0 || (base.length === 0 && Number.isFinite(rate)),
        doubles: duplicate > 0,
        arrivedThen: this.#arrived(link, counted),
        throughThen: duplicate > 0 ? this.#through(link) : 0,
      });
    }
  }

  protected override count(): LinkCounters[] {
    const counters = super.count();
    const counted = new Map(counters.map((each) => [linkKey(each.from, each.to), each]));
    return this.links.map((link, i) => ({ ...counters[i]!, ...this.#did(link, counted) }));
  }

  /** Takes what the line of a link did into account, for it goes. */
  #settle(link: DirectedLink, counted: ReadonlyMap<string, LinkCounters>): void {
    this.#done.set(keyOf(link), this.#did(link, counted));
    this.#lines.delete(keyOf(link));
  }

  #did(
    link: DirectedLink,
    counted: ReadonlyMap<string, LinkCounters>,
  ): { delayed: number; duplicated: number } {
    const { delayed, duplicated } = this.#done.get(keyOf(link)) ?? { delayed: 0, duplicated: 0 };
    const line = this.#lines.get(keyOf(link));
    if (line === undefined) return { delayed, duplicated };
    const arrived = this.#arrived(link, counted) - line.arrivedThen;
    // What left the line beyond what came to it was there twice.
    const more = line.doubles ? this.#through(link) - line.throughThen - arrived : 0;
    return { delayed: delayed + (line.delays ? arrived : 0), duplicated: duplicated + Math.max(0, more) };
  }

  #arrived(link: DirectedLink, counted: ReadonlyMap<string, LinkCounters>): number {
    return counted.get(keyOf(link))?.delivered ?? 0;
  }

  /** Packets that went through the class of a link, those of the harness's probes taken off. */
  #through({ ports: [sender, receiver], from, to }: DirectedLink): number {
    const device = this.network.device(receiver);
    const packets = packetsBySender(outputNow('tc', ['-s', 'class', 'show', 'dev', device])).get(sender) ?? 0;
    return packets - this.probed(from, to);
  }

  #tc(lines: readonly string[]): void {
    const input = `${lines.join('\n')}\n`;
    outputNow('env', [`TC_LIB_DIR=${this.folder}`, 'tc', '-batch', '-'], input);
  }

  /** Takes the lines of some links away, whichever of them are there. */
  #clear(links: readonly DirectedLink[]): void {
    for (const link of links) {
      const [sender, receiver] = link.ports;
      this.#lines.delete(keyOf(link));
      runNow('tc', changeLines(this.network.device(receiver), sender, '', null)[0]!.split(' '));
    }
  }
}

function keyOf({ from, to }: DirectedLink): string {
  return linkKey(from, to);
}
