/**
 * What a reader of the catalogue wants to know of each fault beyond its declaration: what shows that it bit, how it is
 * undone, what it is not, and which of the eight fallacies of distributed computing it contradicts.
 */

/** One of the fallacies. */
export interface Fallacy {
  claim: string;
  /** What a system that believes it gets wrong. */
  wrong: string;
  /** Words after `faultline` that show it on a reference system, and what they end as. */
  shown: string;
  ends: 'passes' | 'fails' | 'prints a table';
  /** What is to be seen there, in a clause. */
  seen: string;
}

/** The fallacies, by Deutsch and Gosling. */
export const FALLACIES = {
  reliable: {
    claim: 'the network is reliable',
    wrong: 'lost and doubled operations, two leaders, clients that hang after it heals',
    shown: 'run bully --workload leader --nemesis partition,loss',
    ends: 'fails',
    seen: 'two leaders, each with a side that follows it',
  },
  latency: {
    claim: 'latency is zero',
    wrong: 'leases and timeouts that do not hold, stale reads, elections without end',
    shown: 'run lease --bug no-fencing --workload lock --nemesis pause',
    ends: 'fails',
    seen: 'a holder that comes late writes over its successor; without the bug its token is too old',
  },
  bandwidth: {
    claim: 'bandwidth is infinite',
    wrong: 'queues without end, followers that never catch up',
    shown: 'run raft --workload register --nemesis bandwidth:congestion',
    ends: 'passes',
    seen: 'messages that waited or were dropped, and the operations they held up',
  },
  secure: {
    claim: 'the network is secure',
    wrong: 'changed, repeated or invented data that is believed',
    shown: 'run raft --workload register --nemesis tamper,replay',
    ends: 'fails',
    seen: 'values are read that nobody wrote',
  },
  topology: {
    claim: 'the topology does not change',
    wrong: 'lost quorums, members that are gone and still count',
    shown: 'run raft --workload set --nemesis membership:replace --set spares=1',
    ends: 'passes',
    seen: 'the members before and after, and nothing lost between',
  },
  administrator: {
    claim: 'there is one administrator',
    wrong: 'versions and settings that do not get along, clocks that disagree',
    shown: 'run raft --workload register --nemesis rolling,clock:jump',
    ends: 'passes',
    seen: 'which node ran as which variant, and how far its clock was off',
  },
  cost: {
    claim: 'transport costs nothing',
    wrong: 'throughput that collapses where links are narrow or disks slow',
    shown: 'measure election --system bully --nodes 3,5,7,9',
    ends: 'prints a table',
    seen: 'messages of an election, which grow with the square of the nodes',
  },
  homogeneous: {
    claim: 'the network is homogeneous',
    wrong: 'failures that only one side sees',
    shown: 'run raft --workload register --net-profile wan-5 --nemesis slow',
    ends: 'passes',
    seen: 'what every link measured, beside what it was meant to be',
  },
} as const satisfies Readonly<Record<string, Fallacy>>;

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
    caveat:
      'what is under way on a connection waits and arrives later on `tcp`; elsewhere it is lost, and TCP sends it again',
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
    caveat: 'time goes on for everybody else: what the node reads of a clock when it wakes is right',
    contradicts: ['latency'],
  },
  clock: {
    evidence: "the offset read back from the node's own processes, and how long the change took",
    undo: 'offsets set to zero',
    caveat: 'waits for an absolute time of day end by the true clock ([clocks.md](clocks.md))',
    contradicts: ['administrator'],
  },
  latency: {
    evidence: 'messages delayed, counted',
    undo: RULES,
    caveat: 'on `tcp` the acknowledgements of TCP itself are in time, elsewhere they are late as well',
    contradicts: ['latency', 'homogeneous'],
  },
  loss: {
    evidence: 'messages lost, counted',
    undo: RULES,
    caveat: 'under TCP it is delay, and in the end a connection that breaks',
    contradicts: ['reliable'],
  },
  duplicate: {
    evidence: 'messages sent twice, counted',
    undo: RULES,
    caveat: 'under TCP nothing of it reaches programs',
    contradicts: ['reliable'],
  },
  reorder: {
    evidence: 'messages held back, counted',
    undo: RULES,
    caveat: 'under TCP nothing of it reaches programs but delay',
    contradicts: ['reliable'],
  },
  reset: {
    evidence: 'connections ended, counted',
    undo: 'nothing is left to undo: peers connect again',
    caveat: 'what the kernel had taken and not sent is lost, and neither end is told how much',
    contradicts: ['reliable'],
  },
  bandwidth: {
    evidence: 'messages that waited or found the line full',
    undo: RULES,
    caveat: 'a rate too low for heartbeats is a partition',
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
  mtu: {
    evidence: 'packets that were too long, counted',
    undo: RULES,
    caveat: 'what is too long vanishes without a word; a TCP that probes finds a shorter length in the end',
    contradicts: ['homogeneous'],
  },
  flap: {
    evidence: 'how often links went down, and what met one that was down',
    undo: RULES,
    caveat: 'between two downs there may be too little time for any election',
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
  eavesdrop: {
    evidence: 'what was read, in a file beside the report',
    undo: TAP,
    caveat: 'of encrypted links it keeps what is readable, which should be nothing',
    contradicts: ['secure'],
  },
  byzantine: {
    evidence: 'messages or packets changed or withheld, counted',
    undo: TAP,
    caveat: 'a system that does not promise to survive liars may fail by right',
    contradicts: ['secure', 'administrator'],
  },
  'drop-request': {
    evidence: 'requests lost, counted',
    undo: RULES,
    caveat: 'on `netns` and `docker` TCP sends it again, so that it is delay unless all is lost',
    contradicts: ['reliable'],
  },
  'drop-reply': {
    evidence: 'answers lost, counted',
    undo: RULES,
    caveat: 'on `netns` and `docker` TCP sends it again, so that it is delay unless all is lost',
    contradicts: ['reliable'],
  },
  slow: {
    evidence: 'messages of the node that came late',
    undo: RULES,
    caveat: 'the node computes as fast as ever: it is what it says that is late (`cpu` slows the node)',
    contradicts: ['latency', 'homogeneous'],
  },
  rolling: {
    evidence: 'which node runs as which variant',
    undo: 'restarted one by one as before',
    caveat: 'where nothing is declared there is nothing to restart as: it is left out',
    contradicts: ['administrator', 'topology'],
  },
  disk: {
    evidence: 'calls to the disk that met it',
    undo: 'the disk behaves again; what was lost stays lost',
    caveat:
      'the kernel keeps pages it has read: what is not read from the disk again meets nothing. `full` refuses what needs more room: who writes into room reserved before goes on',
    contradicts: ['cost'],
  },
  power: {
    evidence: 'bytes that had not been synced and are gone',
    undo: 'the nodes are restarted on what is left',
    caveat: 'what was written until the cluster was up counts as synced',
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
    caveat:
      'a system without a majority cannot be told anything; it is asked until it can, or the fault fails',
    contradicts: ['topology', 'administrator'],
  },
};
