/**
 * What a reader of the catalogue wants to know of each fault beyond its declaration: what shows that it bit, how it is
 * undone, what it is not, and which of the eight fallacies of distributed computing it contradicts.
 */

/** The fallacies, by Deutsch and Gosling, and what a system that believes one gets wrong. */
export const FALLACIES = {
  reliable: {
    claim: 'the network is reliable',
    wrong: 'lost and doubled operations, two leaders, clients that hang after it heals',
  },
  latency: {
    claim: 'latency is zero',
    wrong: 'leases and timeouts that do not hold, stale reads, elections without end',
  },
  bandwidth: { claim: 'bandwidth is infinite', wrong: 'queues without end, followers that never catch up' },
  secure: { claim: 'the network is secure', wrong: 'changed, repeated or invented data that is believed' },
  topology: {
    claim: 'the topology does not change',
    wrong: 'lost quorums, members that are gone and still count',
  },
  administrator: {
    claim: 'there is one administrator',
    wrong: 'versions and settings that do not get along, clocks that disagree',
  },
  cost: {
    claim: 'transport costs nothing',
    wrong: 'throughput that collapses where links are narrow or disks slow',
  },
  homogeneous: { claim: 'the network is homogeneous', wrong: 'failures that only one side sees' },
} as const;

/** Notes on one fault. */
export interface FaultNotes {
  evidence: string;
  undo: string;
  caveat?: string;
  contradicts: readonly (keyof typeof FALLACIES)[];
}

const RULES = 'the rule is taken off its links; rules live in the harness or in a sandbox that ends with it';
const TAP = 'the tap is taken off; what was changed or repeated stays as it was heard';

/** By name of the fault. */
export const NOTES: Readonly<Record<string, FaultNotes>> = {
  partition: {
    evidence: 'a probe across the cut refused and one beside it open; then what tried to cross',
    undo: RULES,
    contradicts: ['reliable', 'topology', 'homogeneous'],
  },
  kill: {
    evidence: 'the processes are gone from the process table',
    undo: 'the nodes are restarted on their old data',
    caveat: 'the page cache survives: what was written and not synced is kept (`power` loses it)',
    contradicts: ['topology'],
  },
  pause: {
    evidence: 'every process of the node in state T',
    undo: 'SIGCONT; written to the ledger before, for `faultline clean`',
    contradicts: ['latency'],
  },
  clock: {
    evidence: "the offset read back from the node's own processes",
    undo: 'offsets set to zero',
    caveat: 'waits for an absolute time of day end by the true clock ([clocks.md](clocks.md))',
    contradicts: ['administrator'],
  },
  latency: { evidence: 'messages delayed, counted', undo: RULES, contradicts: ['latency', 'homogeneous'] },
  loss: { evidence: 'messages lost, counted', undo: RULES, contradicts: ['reliable'] },
  duplicate: { evidence: 'messages sent twice, counted', undo: RULES, contradicts: ['reliable'] },
  reorder: { evidence: 'messages held back, counted', undo: RULES, contradicts: ['reliable'] },
  reset: {
    evidence: 'connections ended, counted',
    undo: 'nothing is left to undo: peers connect again',
    contradicts: ['reliable'],
  },
  bandwidth: {
    evidence: 'messages that waited or found the line full',
    undo: RULES,
    contradicts: ['bandwidth', 'cost', 'homogeneous'],
  },
  tamper: {
    evidence: 'messages changed, counted',
    undo: TAP,
    caveat: 'a system that does not promise to notice may fail by right',
    contradicts: ['secure'],
  },
  corrupt: {
    evidence: 'packets broken, counted',
    undo: RULES,
    caveat: 'checksums find it, so that it is loss to programs',
    contradicts: ['reliable'],
  },
  mtu: { evidence: 'packets that were too long, counted', undo: RULES, contradicts: ['homogeneous'] },
  flap: {
    evidence: 'how often links went down, and what met one that was down',
    undo: RULES,
    contradicts: ['reliable', 'topology'],
  },
  replay: {
    evidence: 'messages or packets that came again, counted',
    undo: TAP,
    caveat: 'on packets TCP drops repetitions: only datagrams reach programs',
    contradicts: ['secure', 'reliable'],
  },
  forge: {
    evidence: 'messages or packets made up, counted',
    undo: TAP,
    caveat: 'a system that does not promise to notice may fail by right',
    contradicts: ['secure'],
  },
  eavesdrop: { evidence: 'what was read, in a file beside the report', undo: TAP, contradicts: ['secure'] },
  byzantine: {
    evidence: 'messages or packets changed or withheld, counted',
    undo: TAP,
    caveat: 'a system that does not promise to survive liars may fail by right',
    contradicts: ['secure', 'administrator'],
  },
  'drop-request': { evidence: 'requests lost, counted', undo: RULES, contradicts: ['reliable'] },
  'drop-reply': { evidence: 'answers lost, counted', undo: RULES, contradicts: ['reliable'] },
  slow: {
    evidence: 'messages of the node that came late',
    undo: RULES,
    contradicts: ['latency', 'homogeneous'],
  },
  rolling: {
    evidence: 'which node runs as which variant',
    undo: 'restarted one by one as before',
    contradicts: ['administrator', 'topology'],
  },
  disk: {
    evidence: 'calls to the disk that met it',
    undo: 'the disk behaves again; what was lost stays lost',
    contradicts: ['cost'],
  },
  power: {
    evidence: 'bytes that had not been synced and are gone',
    undo: 'the nodes are restarted on what is left',
    contradicts: ['topology'],
  },
  damage: {
    evidence: 'which bytes of which files were changed, cut or removed',
    undo: 'the nodes are started again; what was damaged stays so, but for `restore`, which is the damage',
    caveat: 'a node that will not start on it stays down, and is said to',
    contradicts: [],
  },
  cpu: {
    evidence: 'how often the processes were found stopped, and the processor time they had',
    undo: 'SIGCONT; written to the ledger before, for `faultline clean`',
    caveat: 'whole turns of milliseconds, where a scheduler would take microseconds',
    contradicts: ['latency'],
  },
  memory: {
    evidence: 'the limit read back from the processes',
    undo: 'the soft limits of before are restored',
    caveat:
      'address space, not pages in use: requests are refused, nobody is killed for using what was granted',
    contradicts: ['cost'],
  },
  descriptors: {
    evidence: 'the limit read back from the processes',
    undo: 'the soft limits of before are restored',
    caveat: 'what is open stays open',
    contradicts: ['cost'],
  },
  membership: {
    evidence: 'the members before and after, as nodes tell them',
    undo: 'the members of before are restored',
    contradicts: ['topology', 'administrator'],
  },
};
