/**
 * `faultline init`: a first configuration of what is here, a first suite, a first campaign, and the pipeline of a CI
 * server that runs it every night. All of it runs at once; nothing is written over.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CAMPAIGN_NAMES } from '../../harness/campaign/load.ts';
import { findConfig } from '../../harness/config/load.ts';
import { lookup, suggest, UsageError } from '../../harness/registry.ts';
import { PROTOCOL_WORKLOADS } from '../../systems/rpc-maelstrom.ts';
import { ask, canAsk } from '../ask.ts';
import { type Command, flag, type OptionValues, text } from '../command.ts';
import { programName } from '../command-line.ts';
import { lookAround, type Surroundings, workloadIn } from '../init/detect.ts';
import { firstFiles, type Subject } from '../init/first-files.ts';
import { type Io, line } from '../io.ts';
import { writeFiles } from '../project-files.ts';

/** CI servers: the example that is copied, where it goes, and where instead when there is one already. */
const SERVERS = {
  github: {
    example: 'github-nightly/.github/workflows/nightly.yml',
    path: '.github/workflows/nightly.yml',
    beside: '.github/workflows/faultline.yml',
    next: 'commit both; it runs every night at 02:17 UTC, or from the page of the workflow',
  },
  gitlab: {
    example: 'gitlab-nightly/.gitlab-ci.yml',
    path: '.gitlab-ci.yml',
    beside: 'faultline.gitlab-ci.yml',
    next: 'commit both, and make a schedule under Build > Pipeline schedules',
  },
} as const;

type Server = keyof typeof SERVERS;

const CAMPAIGN = 'faultline.campaign.yaml';

const PROTOCOLS = ['maelstrom', 'http'] as const;

/** The command. */
export const init: Command = {
  name: 'init',
  summary: 'write a first configuration of what is here, a suite, a campaign, and a nightly pipeline',
  options: [
    {
      flags: '--program <command>',
      summary: 'what starts a node, e.g. "python3 node.py" (default: what is found here)',
    },
    {
      flags: '--protocol <name>',
      summary: 'how it is spoken to: maelstrom or http (default: by what its text says)',
    },
    {
      flags: '--workload <name>',
      summary: 'workload of a Maelstrom program (default: by what its text says)',
    },
    { flags: '--ci <server>', summary: `${Object.keys(SERVERS).join(' or ')}` },
    { flags: '--yes', summary: 'ask nothing, also on a terminal' },
  ],
  examples: [
    'faultline init',
    'faultline init --program "python3 node.py" --protocol maelstrom --workload broadcast',
    'faultline init --ci github',
    'faultline init --ci gitlab --yes',
  ],
  async run(io, _args, options) {
    const given = await answered(io, options);
    const server = serverOf(given.server);
    const subject = writeFirst(io, given);
    const campaign = writeCampaign(io, subject);
    const program = programName(io.env);
    if (subject !== null) nextSteps(io, program, subject);
    if (server === null) {
      line(io.err, `next: ${program} campaign --list, then ${program} campaign --budget 2m`);
      return 0;
    }
    const { example, path, beside, next } = SERVERS[server];
    const free = [path, beside].find((candidate) => !existsSync(join(io.cwd, candidate)));
    if (free === undefined) {
      throw new UsageError(`${path} and ${beside} are there already`, {
        hint: 'remove the second to have it written anew',
      });
    }
    write(io, free, exampleText(example));
    if (free === beside && server === 'gitlab')
      line(io.err, `${path} is there already; add to it: include: ${beside}`);
    line(io.err, `next: ${campaign ? '' : 'look at what runs (faultline campaign --list), '}${next}`);
    return 0;
  },
};

/** What is given by options, or was answered. */
interface Given {
  program: string | undefined;
  protocol: string | undefined;
  workload: string | undefined;
  server: string | undefined;
  around: Surroundings;
}

async function answered(io: Io, options: OptionValues): Promise<Given> {
  const around = lookAround(io.cwd);
  const given: Given = {
    program: text(options, 'program'),
    protocol: text(options, 'protocol'),
    workload: text(options, 'workload'),
    server: text(options, 'ci'),
    around,
  };
  if (given.protocol !== undefined) lookup('protocol', { maelstrom: 1, http: 1 }, given.protocol);
  if (flag(options, 'yes') || !canAsk(io) || findConfig(io.cwd) !== null) return given;
  const found = around.node?.start ?? around.program ?? 'none: a reference system';
  const [program = '', ci = ''] = await ask([
    { question: 'What starts a node of your system?', or: given.program ?? found },
    { question: 'A nightly pipeline for github or gitlab?', or: given.server ?? 'none' },
  ]);
  return {
    ...given,
    program: program.startsWith('none') || program === found ? given.program : program,
    server: ci === 'none' ? undefined : ci,
  };
}

/** Writes what can be run first; null when there is a configuration already. */
function writeFirst(io: Io, given: Given): Subject | null {
  const there = findConfig(io.cwd);
  if (there !== null) {
    line(io.err, `${relative(io.cwd, there)} is there already and stays as it is`);
    return null;
  }
  const subject = subjectOf(io, given);
  const { seen } = given.around;
  if (seen.length > 0) line(io.err, `found      ${seen.join(', ')}`);
  if (subject.kind !== 'reference') line(io.err, `program    ${subject.start}`);
  writeFiles(
    io,
    firstFiles(subject).filter(({ path }) => !existsSync(join(io.cwd, path))),
  );
  return subject;
}

function subjectOf(io: Io, { program, protocol, workload, around }: Given): Subject {
  const start = program ?? around.node?.start ?? around.program;
  if (start === null) return { kind: 'reference' };
  const text = textOfProgram(io, start);
  const speaks = protocol ?? (text.includes('init_ok') ? PROTOCOLS[0] : PROTOCOLS[1]);
  if (speaks === 'http') return { kind: 'http', start, docker: around.docker };
  const known = workload ?? workloadIn(text);
  if (known === null) {
    throw new UsageError('nothing says which workload this program knows', {
      hint: `give --workload, one of: ${PROTOCOL_WORKLOADS.join(', ')}`,
    });
  }
  lookup(
    'workload of the Maelstrom protocol',
    Object.fromEntries(PROTOCOL_WORKLOADS.map((one) => [one, 1])),
    known,
  );
  return { kind: 'node', start, workload: known };
}

/** The text of the first file that a command names; empty when it names none. */
function textOfProgram(io: Io, start: string): string {
  const paths = start.split(/\s+/).map((word) => join(io.cwd, word));
  const file = paths.find((path) => existsSync(path) && statSync(path).isFile());
  return file === undefined ? '' : readFileSync(file, 'latin1');
}

function nextSteps(io: Io, program: string, subject: Subject): void {
  line(io.err, `next: ${program} run`);
  if (subject.kind === 'http')
    line(io.err, `      finish faultline.own.yaml, then ${program} run faultline.own.yaml`);
  line(io.err, `      ${program} suite suites`);
  if (subject.kind === 'reference')
    line(io.err, `      ${program} new system my-store   (one of your own to begin with)`);
}

function serverOf(given: string | undefined): Server | null {
  if (given === undefined) return null;
  if (Object.hasOwn(SERVERS, given)) return given as Server;
  throw new UsageError(`there is no CI server "${given}"`, { hint: suggest(given, Object.keys(SERVERS)) });
}

/** Of the program that is configured here, else of a reference system. False when there is a campaign already. */
function writeCampaign(io: Io, subject: Subject | null): boolean {
  const there = CAMPAIGN_NAMES.find((name) => existsSync(join(io.cwd, name)));
  if (there !== undefined) {
    line(io.err, `${there} is there already and stays as it is`);
    return false;
  }
  const config = subject === null || subject.kind === 'node' ? findConfig(io.cwd) : null;
  const template = exampleText('github-nightly/faultline.campaign.yaml');
  write(io, CAMPAIGN, config === null ? template : ofConfig(template, config.slice(io.cwd.length + 1)));
  return true;
}

/** The same night of a program of one's own: its configuration says which workload and which backend. */
function ofConfig(template: string, config: string): string {
  return template
    .replace(/systems:\n(?: .*\n)+/, `systems:\n  - config: ${config}\n`)
    .replace(/workloads: .*\n/, '')
    .replace(/, clock\]/, ']')
    .replace(/settings: .*\n/, 'settings: { timeLimit: 30s }\n');
}

function exampleText(path: string): string {
  const places = ['../../examples/', '../../../examples/'];
  const found = places.map((place) => fileURLToPath(new URL(place + path, import.meta.url))).find(existsSync);
  if (found === undefined) throw new Error(`examples/${path} is missing`);
  return readFileSync(found, 'utf8');
}

function write(io: Io, path: string, content: string): void {
  writeFiles(io, [{ path, text: content }]);
}
