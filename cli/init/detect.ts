/**
 * What is in a folder that could be tested: node programs of the Maelstrom protocol, a program that npm starts, the
 * language, Docker. It looks; it starts nothing.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** What was found. */
export interface Surroundings {
  /** A program that answers `init` of the Maelstrom protocol: how it is started, and a workload it seems to know. */
  node: { start: string; workload: string } | null;
  /** Another program, by how it is started. */
  program: string | null;
  /** For people: `Python, a Dockerfile`. */
  seen: string[];
  docker: boolean;
}

const INTERPRETERS: Readonly<Record<string, string>> = {
  '.py': 'python3',
  '.rb': 'ruby',
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
};

/** Requests that tell which workload a program knows, the most telling first. */
const TELLING: readonly [RegExp, string][] = [
  [/["']txn["']/, 'list-append'],
  [/["']poll["']/, 'kafka'],
  [/["']broadcast["']/, 'broadcast'],
  [/["']cas["']|["']write["']/, 'register'],
  [/["']delta["']/, 'g-counter'],
  [/["']add["']/, 'set'],
  [/["']generate["']/, 'unique-ids'],
  [/["']echo["']/, 'echo'],
];

const SKIPPED = /^(\.|node_modules$|dist$|build$|target$|vendor$|venv$)/;
const MOST_FILES = 400;
const LARGEST_BYTES = 256 * 1024;

const LANGUAGES: readonly [string, string][] = [
  ['package.json', 'a package.json'],
  ['pyproject.toml', 'Python'],
  ['requirements.txt', 'Python'],
  ['go.mod', 'Go'],
  ['Cargo.toml', 'Rust'],
  ['pom.xml', 'Java'],
  ['build.gradle', 'Java'],
  ['mix.exs', 'Elixir'],
  ['Gemfile', 'Ruby'],
  ['Makefile', 'a Makefile'],
];

const DOCKER = ['Dockerfile', 'compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** Looks around in a folder, two levels deep. */
export function lookAround(folder: string): Surroundings {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const docker = DOCKER.filter(has);
  const languages = LANGUAGES.filter(([name]) => has(name)).map(([, what]) => what);
  return {
    node: nodeProgram(folder),
    program: startedByNpm(folder),
    seen: [...new Set(languages), ...docker.slice(0, 1).map((name) => `a ${name}`)],
    docker: docker.includes('Dockerfile'),
  };
}

/** The workload a node program seems to know, by its text. */
export function workloadIn(text: string): string | null {
  return TELLING.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** The first file, by name, that answers `init` and that an interpreter starts. */
function nodeProgram(folder: string): Surroundings['node'] {
  for (const path of filesIn(folder, '', 2).slice(0, MOST_FILES)) {
    const interpreter = INTERPRETERS[extname(path)];
    if (interpreter === undefined || statSync(join(folder, path)).size > LARGEST_BYTES) continue;
    const text = readFileSync(join(folder, path), 'utf8');
    if (!text.includes('init_ok')) continue;
    const workload = workloadIn(text);
    if (workload !== null) return { start: `${interpreter} ${path}`, workload };
  }
  return null;
}

function filesIn(folder: string, below: string, depth: number): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (SKIPPED.test(entry.name)) return [];
      if (entry.isDirectory()) return depth > 0 ? filesIn(folder, path, depth - 1) : [];
      return entry.isFile() && !entry.name.includes('.test.') ? [path] : [];
    });
}

function startedByNpm(folder: string): string | null {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return null;
  const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as { scripts?: Record<string, string> };
  const start = scripts?.['start'];
  return start === undefined || /&&|\||;/.test(start) ? null : start;
}
