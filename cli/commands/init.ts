/**
 * `faultline init`: the files of a first campaign, and of a CI server that runs it every night. Writes over nothing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CAMPAIGN_NAMES } from '../../harness/campaign/load.ts';
import { findConfig } from '../../harness/config/load.ts';
import { suggest, UsageError } from '../../harness/registry.ts';
import { type Command, text } from '../command.ts';
import { type Io, line } from '../io.ts';

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

/** The command. */
export const init: Command = {
  name: 'init',
  summary: 'write a first campaign, and the pipeline of a CI server that runs it every night',
  options: [{ flags: '--ci <server>', summary: `${Object.keys(SERVERS).join(' or ')}` }],
  examples: ['faultline init', 'faultline init --ci github', 'faultline init --ci gitlab'],
  async run(io, _args, options) {
    const server = serverOf(text(options, 'ci'));
    const campaign = writeCampaign(io);
    if (server === null) {
      line(io.err, `next: faultline campaign --list, then faultline campaign --budget 2m`);
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

function serverOf(given: string | undefined): Server | null {
  if (given === undefined) return null;
  if (Object.hasOwn(SERVERS, given)) return given as Server;
  throw new UsageError(`there is no CI server "${given}"`, { hint: suggest(given, Object.keys(SERVERS)) });
}

/** Of the program that is configured here, else of a reference system. False when there is a campaign already. */
function writeCampaign(io: Io): boolean {
  const there = CAMPAIGN_NAMES.find((name) => existsSync(join(io.cwd, name)));
  if (there !== undefined) {
    line(io.err, `${there} is there already and stays as it is`);
    return false;
  }
  const config = findConfig(io.cwd);
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
  const full = join(io.cwd, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content, { flag: 'wx' });
  line(io.out, path);
}
