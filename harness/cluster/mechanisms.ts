/**
 * How each backend does what faults need, in a clause: for the catalogue of faults. What a backend offers and what is
 * said here are held against each other by a test.
 */
import type { BackendName, Capability } from '../contracts.ts';

type Mechanisms = Partial<Record<BackendName, string>>;

const SIGNALS = 'SIGKILL to the process group and all descendants';
const ON_PROCESSES = { stdio: SIGNALS, tcp: SIGNALS, netns: SIGNALS };
const STOPS = 'SIGSTOP to the process group, state T read back';
const STARTS = 'the program is started again on the data it had';
const VDSO = "the processes' own clock code (vDSO) is changed in memory, libfaketime where that cannot be";
const TAPPED = 'whole messages of nodes that speak one JSON message per line';
const FLIPPED = 'a bit flipped that the checksum shows';
const PACKETS =
  'packets: content changed under a right checksum, repeated, or made up in the place of the next';
const LAYER = 'a file system in user space (FUSE) under the data of the node';

const AFAR = 'by the kernel of the host the packets arrive at (nftables, or iptables where there is none)';
const QUEUED = 'where packets leave a host (tc, netem)';
const JOURNAL = 'an ext4 of its own for each node, on a loop device, ended by FS_IOC_SHUTDOWN; as root';
const FILES = 'the files of the node are changed while it is down';
const LIMITS = 'soft limits of the running processes, by prlimit';

/** By capability and backend. */
export const MECHANISMS: Readonly<Record<Capability, Mechanisms>> = {
  'process.kill': {
    ...ON_PROCESSES,
    docker: 'SIGKILL to all processes of the container',
    ssh: 'SIGKILL on the host to everything the node started',
    sim: 'the program ends; what was not synced is lost',
  },
  'process.pause': {
    stdio: STOPS,
    tcp: STOPS,
    netns: STOPS,
    docker: STOPS,
    ssh: 'SIGSTOP on the host to everything the node started, states read back',
    sim: 'no event reaches the program',
  },
  'process.restart': {
    stdio: STARTS,
    tcp: STARTS,
    netns: STARTS,
    docker: 'the container is started again',
    ssh: STARTS,
    sim: STARTS,
  },
  'clock.skew': {
    stdio: VDSO,
    tcp: VDSO,
    netns: VDSO,
    docker: `${VDSO}, from outside the container`,
    ssh: 'libfaketime on the host, or the clock of the host where hosts are dedicated to tests',
    sim: 'the clock the program is given',
  },
  'link.cut': {
    stdio: 'messages dropped, those under way too',
    tcp: 'bytes held, connections neither reset nor refused',
    netns: 'packets dropped by the switch, or by one transaction of nftables on the bridge',
    docker: 'packets dropped by the switch, or by nftables where they arrive',
    ssh: `packets dropped ${AFAR}`,
    sim: 'messages dropped',
  },
  'link.latency': {
    stdio: 'each message delivered later',
    tcp: 'bytes forwarded later, in order',
    netns: 'packets kept by the switch, or by netem, until they are due',
    docker: "packets kept by the switch until they are due, between the containers' devices",
    ssh: `packets kept ${QUEUED}`,
    sim: 'each message delivered later',
  },
  'link.rate': {
    stdio: 'messages wait in line',
    tcp: 'bytes wait in line',
    netns: 'packets wait in line in the switch, or in netem; what finds the line full is dropped',
    docker: 'packets wait in line in the switch',
    ssh: 'packets wait in line where they leave a host (tc, htb)',
    sim: 'messages wait in line',
  },
  'link.reset': {
    tcp: 'the forwarder resets both ends',
    netns: 'the kernel of one end kills the socket (ss -K) and tells the other',
    docker: 'the kernel of one end kills the socket (ss -K), in the namespace of the container',
    ssh: 'the kernel of the host kills the socket (ss -K) and tells the other',
    sim: 'the connection is gone for both ends',
  },
  'link.loss': {
    stdio: 'messages dropped by chance',
    netns: 'packets dropped by chance, in the switch or by nftables (numgen)',
    docker: 'packets dropped by chance, in the switch or by nftables (numgen)',
    ssh: `packets dropped by chance ${AFAR}`,
    sim: 'messages dropped by chance',
  },
  'link.duplicate': {
    stdio: 'messages delivered twice',
    netns: 'packets sent on twice by the switch',
    docker: 'packets sent on twice by the switch',
    sim: 'messages delivered twice',
  },
  'link.reorder': {
    stdio: 'messages held back',
    netns: 'packets held back 1 to 21 ms by the switch',
    docker: 'packets held back 1 to 21 ms by the switch',
    sim: 'messages held back',
  },
  'link.tamper': {
    stdio: 'a value of the message changed',
    netns: 'a bit of the content flipped and the checksum made right',
    docker: 'a bit of the content flipped and the checksum made right',
    sim: 'a value of the message changed',
  },
  'link.corrupt': { netns: FLIPPED, docker: FLIPPED },
  'link.mtu': {
    netns: 'longer packets dropped, in the switch or by nftables',
    docker: 'longer packets dropped by the switch',
  },
  'link.listen': { stdio: 'messages copied', tcp: 'bytes copied', sim: 'messages copied' },
  'message.tap': {
    stdio: 'whole messages',
    tcp: TAPPED,
    netns: PACKETS,
    docker: PACKETS,
    sim: 'whole messages',
  },
  'node.variants': {},
  'members.change': {},
  'disk.trouble': { stdio: LAYER, tcp: LAYER, netns: LAYER, sim: 'the disk the program is given' },
  'disk.errors': { stdio: LAYER, tcp: LAYER, netns: LAYER, sim: 'the disk the program is given' },
  'disk.power': { stdio: LAYER, tcp: LAYER, netns: LAYER, sim: 'the disk keeps what was synced' },
  'disk.shutdown': { stdio: JOURNAL, tcp: JOURNAL, netns: JOURNAL },
  'disk.files': { stdio: FILES, tcp: FILES, netns: FILES },
  'process.limits': { stdio: LIMITS, tcp: LIMITS, netns: LIMITS, docker: LIMITS },
  'client-link.cut': {
    stdio: 'requests and answers dropped',
    tcp: 'bytes of clients held',
    netns: "packets of the clients' own port dropped",
    docker: 'packets from anywhere but nodes dropped',
    ssh: 'packets from and to the machine of the harness dropped, all but those of ssh',
    sim: 'requests and answers dropped',
  },
  'client-link.loss': {
    stdio: 'requests or answers dropped by chance',
    tcp: 'lines dropped by chance; of other bytes everything after the first',
    netns: 'packets dropped by chance; TCP sends them again',
    docker: 'packets dropped by chance; TCP sends them again',
    ssh: 'packets from and to the machine of the harness dropped by chance, all but those of ssh',
    sim: 'requests or answers dropped by chance',
  },
};
