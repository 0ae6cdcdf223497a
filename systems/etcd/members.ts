/**
 * Members come and go by etcd's own administration: a removed member stops for good, and comes back as a new one, with
 * nothing on its disk, that the others are told of first.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, NodeId, SystemContext } from '../../harness/contracts.ts';
import type { Membership, MembersSeen } from '../../harness/membership.ts';
import { signalAfter } from '../../harness/time.ts';
import { EtcdGateway, type Message } from './gateway.ts';

/** How a member starts that joined later than the first: with a folder of its own, into a cluster that exists. */
export interface Joining {
  /** Counts its lives as a member, in the name of its folder. */
  life: number;
  /** Names and addresses of all members, as etcd takes them. */
  cluster: string;
}

interface Member {
  id: string;
  node: NodeId | null;
  url: string;
  /** It has told the others its name: it has run, and what it has acknowledged is on its disk. */
  hasRun: boolean;
}

/** Nodes that are being started as members, by cluster: who asks meanwhile waits for the same. */
const joining = new WeakMap<Cluster, Map<NodeId, Promise<void>>>();
/** Members that were started after they had been added, by cluster; true once they were ready. */
const begun = new WeakMap<Cluster, Map<string, boolean>>();
/** Longest question to one member, ms. */
const ASKED_MS = 3_000;

/** How the node is to join, where it did not begin as a member. */
export function joiningOf(dataDir: string): Joining | null {
  const file = fileOf(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Joining) : null;
}

/** What an administrator of a running cluster can do. */
export function etcdMembership({ cluster }: SystemContext): Membership {
  return {
    members: (node, signal) =>
      asking(cluster, node, signal, async (gateway, limit): Promise<MembersSeen> => {
        const list = await membersOf(gateway, cluster, limit);
        const variables = await gateway.read('/debug/vars', limit);
        const { applied } = variables['raft.status'] as Message;
        const members = cluster.nodes.filter((each) => list.some((member) => member.node === each));
        return { members, version: Number(applied) };
      }),
    change: (node, kind, member, signal) =>
      asking(cluster, node, signal, async (gateway, limit) => {
        const list = await membersOf(gateway, cluster, limit);
        const own = list.find((each) => each.node === member);
        if (kind === 'remove') return remove(gateway, cluster, member, own, limit);
        const started = joining.get(cluster)?.get(member);
        if (started !== undefined) return started;
        // A member that is down keeps what it has: with an empty folder it would forget what it has voted for.
        if (own !== undefined && (own.hasRun || cluster.state(member) === 'running')) return;
        const added = own === undefined ? await add(gateway, cluster, member, limit) : list;
        await startAs(cluster, member, added);
      }),
  };
}

async function remove(
  gateway: EtcdGateway,
  cluster: Cluster,
  member: NodeId,
  own: Member | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (own !== undefined) await gateway.call('/v3/cluster/member/remove', { ID: own.id }, { signal });
  // It stops by itself when it hears of it, and may never hear.
  await cluster.stop(member);
}

async function add(
  gateway: EtcdGateway,
  cluster: Cluster,
  member: NodeId,
  signal: AbortSignal,
): Promise<Member[]> {
  const body = { peerURLs: [peerUrl(cluster, member)] };
  return membersIn(await gateway.call('/v3/cluster/member/add', body, { signal }), cluster);
}

/** Starts a node that was added, with an empty folder; when that was not enough, again with what it has by now. */
function startAs(cluster: Cluster, member: NodeId, list: readonly Member[]): Promise<void> {
  const { dataDir } = cluster.address(member);
  const added = list.find(({ node }) => node === member)!.id;
  const known = begun.get(cluster) ?? new Map<string, boolean>();
  begun.set(cluster, known);
  const begin = async (): Promise<void> => {
    await cluster.stop(member);
    if (!known.has(added)) {
      const next: Joining = {
        life: (joiningOf(dataDir)?.life ?? 0) + 1,
        cluster: list.map(({ node, id, url }) => `${node ?? id}=${url}`).join(','),
      };
      writeFileSync(fileOf(dataDir), JSON.stringify(next));
      known.set(added, false);
    }
    const started = await cluster.restart(member);
    if (started.state === 'failed') throw new Error(started.summary);
    known.set(added, true);
  };
  const own = joining.get(cluster) ?? new Map<NodeId, Promise<void>>();
  const done = begin().finally(() => own.delete(member));
  joining.set(cluster, own.set(member, done));
  return done;
}

async function membersOf(gateway: EtcdGateway, cluster: Cluster, signal: AbortSignal): Promise<Member[]> {
  const answer = await gateway.call('/v3/cluster/member/list', {}, { signal, harmless: true });
  return membersIn(answer, cluster);
}

function membersIn(answer: Message, cluster: Cluster): Member[] {
  const members = (answer['members'] ?? []) as readonly Message[];
  const nodes = new Map(cluster.nodes.map((node) => [peerUrl(cluster, node), node]));
  return members.map(({ ID, name, peerURLs }) => {
    const url = String((peerURLs as readonly string[])[0]);
    const id = String(ID);
    const node = nodes.get(url) ?? null;
    // Who is behind may know it without its name still.
    const hasRun = (name ?? '') !== '' || begun.get(cluster)?.get(id) === true;
    return { id, url, node, hasRun };
  });
}

function peerUrl(cluster: Cluster, node: NodeId): string {
  const { host, ports, advertised } = cluster.address(node);
  const at = advertised ?? { host, ports };
  return `http://${at.host}:${at.ports['peer']}`;
}

async function asking<T>(
  cluster: Cluster,
  node: NodeId,
  signal: AbortSignal,
  ask: (gateway: EtcdGateway, limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const gateway = new EtcdGateway(cluster, node);
  try {
    return await ask(gateway, AbortSignal.any([signal, signalAfter(ASKED_MS)]));
  } finally {
    await gateway.close();
  }
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'joining.json');
}
