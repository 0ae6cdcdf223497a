/**
 * The members of a system that is described from outside: who they are and how they are changed, by requests of its
 * own administration.
 */
import type { CommandSpec, MembersSpec } from '../../harness/config/command-types.ts';
import type { NodeId, SystemContext } from '../../harness/contracts.ts';
import type { Membership } from '../../harness/membership.ts';
import { find } from './answer.ts';
import { Asker, type Reply } from './ask.ts';
import type { Values } from './names.ts';

/** Longest question to one node, ms. */
const LIST_MS = 1_000;
/** Longest wait for one node to change a member, ms. */
const CHANGE_MS = 5_000;

/** What an administrator of the running system can do. */
export function commandMembership(spec: CommandSpec, members: MembersSpec) {
  return ({ cluster }: SystemContext): Membership => ({
    async members(node, signal) {
      const reply = await asking(spec, cluster, node, (asker) =>
        asker.ask(members.list.request, null, { signal, timeoutMs: LIST_MS }),
      );
      if (reply.kind !== 'answer') throw new Error(`${node} does not say who the members are`);
      const listed = find(members.list.value, reply.answer);
      if (!Array.isArray(listed)) throw new Error(`${node} does not answer with a list of members`);
      const version = members.list.version === null ? 0 : Number(find(members.list.version, reply.answer));
      return {
        members: cluster.nodes.filter((each) => listed.includes(each)),
        version: Number.isFinite(version) ? version : 0,
      };
    },
    async change(node, kind, member, signal) {
      const extra = memberValues(cluster, node, member);
      const reply = await asking(spec, cluster, node, (asker) =>
        asker.ask(members[kind], null, { signal, timeoutMs: CHANGE_MS, extra }),
      );
      if (reply.kind !== 'answer') throw new Error(`${node} refuses to ${kind} ${member}`);
    },
  });
}

/** A fresh connection each time, so that a broken one cannot mislead. */
async function asking(
  spec: CommandSpec,
  cluster: SystemContext['cluster'],
  node: NodeId,
  ask: (asker: Asker) => Promise<Reply>,
): Promise<Reply> {
  const asker = new Asker(spec, cluster, node);
  try {
    return await ask(asker);
  } finally {
    await asker.close();
  }
}

/** The member, and where the node that is asked reaches it. */
function memberValues(cluster: SystemContext['cluster'], node: NodeId, member: NodeId): Values {
  const { host, ports, peers } = cluster.address(node);
  const reached = member === node ? { host, ports } : peers.find(({ id }) => id === member);
  return {
    member,
    'member.host': reached?.host ?? null,
    'member.port': Object.values(reached?.ports ?? {})[0] ?? null,
  };
}
