/**
 * The flags of `faultline maelstrom`: those of Maelstrom's `test` command, each honoured or answered with one line
 * on why it means nothing here, and a few of our own.
 */
import type { OptionSpec } from '../command.ts';

/** Flags that do something. */
export const MAELSTROM_OPTIONS: readonly OptionSpec[] = [
  { flags: '-w, --workload <name>', summary: 'workload by its Maelstrom name (default lin-kv)' },
  { flags: '--bin <file>', summary: 'the node program; words after the flags are its arguments' },
  { flags: '--node-count <n>', summary: 'number of nodes, n0, n1... (default: five, n1 to n5)' },
  { flags: '--nodes <names>', summary: 'names of the nodes, separated by commas' },
  { flags: '-n, --node <name>', summary: 'name of one node', many: true },
  { flags: '--nodes-file <file>', summary: 'a file with one name of a node per line' },
  { flags: '--concurrency <n>', summary: 'clients, or a multiple of the nodes: 4n (default 1n)' },
  {
    flags: '--rate <hz>',
    summary: 'operations per second over all clients (default 5); 0 to watch nodes idle',
  },
  { flags: '--time-limit <seconds>', summary: 'length of the load (default 60)' },
  {
    flags: '--test-count <n>',
    summary: 'run so many times, each with the next seed, until one does not pass',
  },
  { flags: '--latency <ms>', summary: 'mean latency between nodes (default 0)' },
  { flags: '--latency-dist <dist>', summary: 'constant, uniform or exponential (default constant)' },
  {
    flags: '--nemesis <faults>',
    summary:
      'partition, and what Maelstrom does not have: kill, pause, clock, loss, duplicate, partition:one-way...',
    many: true,
  },
  { flags: '--nemesis-interval <seconds>', summary: 'pause between faults, and their length (default 10)' },
  {
    flags: '--virtual-time',
    summary: 'nodes in lock step on virtual time: as fast as they can, and the same again from the same seed',
  },
  { flags: '--topology <shape>', summary: 'grid, line, total, tree, tree2, tree3 or tree4 (default grid)' },
  {
    flags: '--availability <how>',
    summary: 'demand it: total, majority, or the share of operations that must succeed, such as 0.99',
  },
  {
    flags: '--consistency-models <names>',
    summary: 'what transactions must be (default strict-serializable)',
    many: true,
  },
  { flags: '--key-count <n>', summary: 'keys in use at a time' },
  { flags: '--max-txn-length <n>', summary: 'most micro-operations in a transaction (default 4)' },
  {
    flags: '--max-writes-per-key <n>',
    summary: 'writes after which a key gives way to a fresh one (default 16)',
  },
  { flags: '--log-stderr', summary: 'show what nodes write to standard error while they run' },
  { flags: '--log-net-send', summary: 'show every message as it is sent, while the run goes' },
  { flags: '--log-net-recv', summary: 'show every message that arrives' },
  { flags: '--p-loss <p>', summary: 'share of messages between nodes that is lost all the time (default 0)' },
  { flags: '--quiet <seconds>', summary: 'pause before final reads (default 10)' },
  {
    flags: '--op-timeout <time>',
    summary: 'after this an operation is indeterminate (default as in Maelstrom)',
  },
  {
    flags: '--unknown-dest <what>',
    summary: 'a message to a name nobody has: drop (default), or error to answer it with error 1 as well',
  },
  {
    flags: '--maelstrom-model',
    summary: 'judge lin-kv as Maelstrom does: error replies 20 and 22 say nothing (hides amnesia)',
  },
  {
    flags: '--gate <name=n>',
    summary: 'threshold under which a pass is vacuous; 0 turns it off',
    many: true,
  },
  { flags: '--allow-crashes', summary: 'a node that ends by itself is started again, and no failure' },
  { flags: '--allow <verdict>', summary: 'a verdict that exits 0 all the same', many: true },
  { flags: '--live-check', summary: 'judge while the run goes' },
];

/** Flags that mean nothing here, and why. By the name commander gives them. */
export const IDLE: Readonly<Record<string, { flags: string; because: string }>> = {
  username: { flags: '--username <user>', because: 'nodes are processes of this machine; nobody logs in' },
  password: {
    flags: '--password <password>',
    because: 'nodes are processes of this machine; nobody logs in',
  },
  strictHostKeyChecking: {
    flags: '--strict-host-key-checking',
    because: 'nodes are processes of this machine; nobody logs in',
  },
  ssh: { flags: '--no-ssh', because: 'there is no ssh to turn off: nodes are processes of this machine' },
  sshPrivateKey: {
    flags: '--ssh-private-key <file>',
    because: 'nodes are processes of this machine; nobody logs in',
  },
  leaveDbRunning: {
    flags: '--leave-db-running',
    because: 'every process of a run ends with it; their output is kept below logs/ in the run folder',
  },
  loggingJson: {
    flags: '--logging-json',
    because:
      'there is no log to format; --json prints the verdict, history.jsonl and messages.jsonl are JSON',
  },
};

/** The same as options of a command. */
export const IDLE_OPTIONS: readonly OptionSpec[] = Object.values(IDLE).map(({ flags, because }) => ({
  flags,
  summary: `accepted, without effect: ${because}`,
}));
