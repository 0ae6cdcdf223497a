/**
 * The first configuration and the first suite that `faultline init` writes: they run at once.
 */
import type { ProjectFile } from '../project-files.ts';

/** What the first run is of. */
export type Subject =
  | { kind: 'reference' }
  /** A program that speaks the Maelstrom protocol. */
  | { kind: 'node'; start: string; workload: string }
  /** A program that answers HTTP, in a way that only its author knows. */
  | { kind: 'http'; start: string; docker: boolean };

/** The files for a subject. */
export function firstFiles(subject: Subject): ProjectFile[] {
  switch (subject.kind) {
    case 'reference':
      return [{ path: 'faultline.yaml', text: REFERENCE }, ...REFERENCE_SUITE];
    case 'node':
      return nodeFiles(subject.start, subject.workload);
    case 'http':
      return [
        { path: 'faultline.yaml', text: REFERENCE },
        { path: 'faultline.own.yaml', text: httpConfig(subject.start, subject.docker) },
        ...REFERENCE_SUITE,
      ];
  }
}

/** Enough for both sides of a partition to choose, and for what comes after it. */
const STORM = `nemesis: [partition]
nodes: 5
timeLimit: 10s
rate: 100
settle: 10s
`;

const REFERENCE = `# The first run: faultline run
# Five processes elect a leader by the bully algorithm: whoever has the highest number wins, and nobody asks for a
# majority. A partition gives each side a leader of its own, and the report shows who followed whom.
# Every key: docs/your-system.md of faultline. Another system: faultline list systems
system: bully
workload: leader
${STORM}`;

const REFERENCE_SUITE: readonly ProjectFile[] = [
  {
    path: 'suites/split-brain.yaml',
    text: `# A suite says what it is expected to end as: faultline suite suites
expect: fail
foundBy: election-safety
because: both sides of a partition elect a leader, as bully asks for no majority
system: bully
workload: leader
${STORM}`,
  },
  {
    path: 'suites/one-leader.yaml',
    text: `# The twin that must pass: the same faults, and an election by majority.
expect: pass
because: a term has one leader, which a majority has voted for
system: raft
workload: leader
${STORM}`,
  },
];

/** A start command as YAML: quoted where a colon or a bracket would mean something. */
function quoted(text: string): string {
  return /^[\w./ -]+$/.test(text) ? text : JSON.stringify(text);
}

function nodeFiles(start: string, workload: string): ProjectFile[] {
  const rest = `command:
  start: ${quoted(start)}
  maelstrom: [${workload}]
workload: ${workload}
nodes: 3
timeLimit: 10s
rate: 100
`;
  return [
    {
      path: 'faultline.yaml',
      text: `# The first run of your program: faultline run
# It speaks the Maelstrom protocol, so that faultline is the network between its nodes.
# Every key: docs/your-system.md of faultline; more faults: faultline list faults
${rest}nemesis: [partition]
`,
    },
    {
      path: 'suites/calm.yaml',
      text: `# A suite says what it is expected to end as: faultline suite suites
expect: pass
because: without any fault nothing may go wrong
${rest.replace('start:', 'cwd: ..\n  start:')}nemesis: []
`,
    },
  ];
}

function httpConfig(start: string, docker: boolean): string {
  return `# Your program, for you to finish: faultline run faultline.own.yaml
# What stands here is a guess: a key-value store over HTTP. Every key: docs/your-system.md of faultline
nodes: 3
command:
  # {{node.port}} is where this node must listen; {{peers}} are the others, as host:port. Or hand them over with env.
  start: ${quoted(start)}
  env: { PORT: "{{node.port}}", NODE_ID: "{{node.id}}", PEERS: "{{peers}}" }
  ready: { http: / }
  operations:
    register:
      read: { http: "GET /kv/{{key}}", value: value }
      write: { http: { method: PUT, path: "/kv/{{key}}", body: { value: "{{value}}" } } }
  # Who leads, where somebody does:
  # leadership: exclusive
  # leader: { http: /status, leading: { path: role, equals: leader } }
${docker ? '# In containers, from the Dockerfile here; the command section then needs no start:\n# backend: docker\n# docker: { build: . }\n' : ''}workload: register
nemesis: [partition, kill]
timeLimit: 30s
`;
}
