/**
 * `faultline new`: a system, a workload, a fault or a checker of one's own that runs at once, with the test that holds
 * it to its contract.
 */
import { nearest, suggest, UsageError } from '../../harness/registry.ts';
import { type Command, flag, text } from '../command.ts';
import { programName } from '../command-line.ts';
import { type Io, line } from '../io.ts';
import { withPlugins } from '../plugin-loading.ts';
import { addPlugin, type ProjectFile, usesPackage, writeFiles } from '../project-files.ts';
import { FAMILIES, type Family } from '../registries.ts';
import { checkerModule } from '../templates/checker.ts';
import { kitTest, RUNNERS, type Runner } from '../templates/kit-test.ts';
import { nemesisModule } from '../templates/nemesis.ts';
import { nodeModule, systemModule } from '../templates/system.ts';
import { workloadModule } from '../templates/workload.ts';

/** What a kind of plug-in is written as. */
interface Kind {
  folder: string;
  family: Family;
  /** Files beside its test. */
  files(name: string, path: (name: string) => string, typed: boolean): ProjectFile[];
  /** How long one check of its kit may take, ms. */
  millis: number;
  /** What a first configuration says beside `plugins`. */
  config(name: string): string;
  /** What to type to see it at work, after the name of the program. */
  see(name: string): string[];
}

const module = (text: (name: string, typed: boolean) => string): Kind['files'] => {
  return (name, path, typed) => [{ path: path(name), text: text(name, typed) }];
};

/** By the word on the command line. */
const KINDS: Readonly<Record<string, Kind>> = {
  system: {
    folder: 'systems',
    family: 'systems',
    files: (name, path, typed) => {
      const node = path(`${name}-node`).split('/').at(-1)!;
      return [
        { path: path(name), text: systemModule(name, node) },
        { path: path(`${name}-node`), text: nodeModule(typed) },
      ];
    },
    millis: 60_000,
    config: (name) => `system: ${name}\nworkload: broadcast\nnemesis: [partition]\n`,
    see: (name) => [
      `run --system ${name} --nemesis partition   (loses values: see the report, then mend the node)`,
      `explore ${name} --bug forgets --first`,
    ],
  },
  workload: {
    folder: 'workloads',
    family: 'workloads',
    files: module(workloadModule),
    millis: 10_000,
    config: (name) => `system: raft\nworkload: ${name}\nnemesis: [partition, kill]\n`,
    see: (name) => [`run raft --workload ${name} --time-limit 10s`, `describe ${name}`],
  },
  nemesis: {
    folder: 'nemesis',
    family: 'faults',
    files: module(nemesisModule),
    millis: 10_000,
    config: (name) => `system: raft\nworkload: set\nnemesis: [${name}]\n`,
    see: (name) => [
      `run raft --nemesis ${name} --time-limit 10s`,
      `explore raft --nemesis ${name} --max-runs 100`,
    ],
  },
  checker: {
    folder: 'checkers',
    family: 'checkers',
    files: module(checkerModule),
    millis: 10_000,
    config: (name) => `system: raft\nworkload: set\nnemesis: [partition, kill]\ncheckers: [${name}]\n`,
    see: (name) => [
      `run raft --workload set --checker ${name} --time-limit 10s`,
      `check last --checker ${name}`,
    ],
  },
};

const PLACES = 'a name of small letters, digits and single dashes, such as "my-set"';

/** The command. */
export const create: Command = withPlugins({
  name: 'new',
  summary: 'write a system, workload, fault or checker of your own that runs at once, and its test',
  args: [
    { form: '<kind>', summary: Object.keys(KINDS).join(', ') },
    { form: '<name>', summary: PLACES },
  ],
  options: [
    { flags: '--js', summary: 'JavaScript (default TypeScript, which needs no compiler in your project)' },
    { flags: '--folder <path>', summary: 'where it goes (default systems, workloads, nemesis or checkers)' },
    {
      flags: '--test <runner>',
      summary: 'vitest, node or none (default vitest where the project has it, else node)',
    },
  ],
  examples: [
    'faultline new workload my-set',
    'faultline new system my-store --js',
    'faultline new nemesis slow-start --test vitest',
    'faultline new checker no-gaps --folder faultline/checkers',
  ],
  async run(io, [word = '', name = ''], options) {
    const kind = KINDS[word === 'fault' ? 'nemesis' : word];
    if (kind === undefined) {
      throw new UsageError(`there is nothing like a "${word}" to write`, {
        hint: suggest(word, Object.keys(KINDS)),
      });
    }
    checkName(kind, word, name);
    const typed = !flag(options, 'js');
    const folder = (text(options, 'folder') ?? kind.folder).replace(/\/+$/, '');
    const path = (file: string): string => `${folder}/${file}.${typed ? 'ts' : 'mjs'}`;
    const runner = runnerOf(io, text(options, 'test'));
    const files = kind.files(name, path, typed);
    const main = files[0]!.path;
    if (runner !== null) files.push(testOf(kind, folder, name, main, runner, typed));
    writeFiles(io, files);
    if (!addPlugin(io, `./${main}`)) writeFiles(io, [firstConfig(kind, name, main)]);
    const program = programName(io.env);
    const next = [`kit ${main}`, ...kind.see(name)];
    for (const [i, what] of next.entries()) line(io.err, `${i === 0 ? 'next' : '    '}  ${program} ${what}`);
    const test = files.at(-1)!.path;
    if (runner !== null)
      line(io.err, `      ${runner === 'node' ? `node --test ${test}` : `npx vitest run ${test}`}`);
    return 0;
  },
});

function checkName({ family }: Kind, kind: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`"${name}" is no name for it`, { hint: PLACES });
  const names = Object.keys(FAMILIES[family]);
  if (names.includes(name))
    throw new UsageError(`there is a ${kind} "${name}" already`, { hint: `describe ${name}` });
}

function runnerOf(io: Io, given: string | undefined): Runner | null {
  if (given === 'none') return null;
  if (given === undefined) return usesPackage(io.cwd, 'vitest') ? 'vitest' : 'node';
  const found = RUNNERS.find((runner) => runner === given);
  if (found !== undefined) return found;
  const known = [...RUNNERS, 'none'];
  throw new UsageError(`no test can be written for "${given}"`, {
    hint: suggest(nearest(given, known) ?? given, known),
  });
}

/** Node runs TypeScript only in its later versions, so its tests are JavaScript; what they test need not be. */
function testOf(
  { millis }: Kind,
  folder: string,
  name: string,
  main: string,
  runner: Runner,
  typed: boolean,
): ProjectFile {
  const type = typed && runner === 'vitest' ? 'ts' : 'mjs';
  return { path: `${folder}/${name}.test.${type}`, text: kitTest(main.split('/').at(-1)!, runner, millis) };
}

function firstConfig(kind: Kind, name: string, main: string): ProjectFile {
  const text = `# faultline run\nplugins:\n  - ./${main}\n${kind.config(name)}nodes: 3\nrate: 100\ntimeLimit: 10s\n`;
  return { path: 'faultline.yaml', text };
}
