/**
 * Architecture and style as a test: layers, cycles, sizes, documentation, one home for each dependency and
 * each impure global, a test for every file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BANNED,
  CLOSED_TO_REPORTS,
  ENTRY_POINTS,
  FILE_EXCEPTIONS,
  FILE_LINES,
  FOUNDATION,
  FUNCTION_EXCEPTIONS,
  FUNCTION_LINES,
  MAY_IMPORT,
  ONE_HOME,
  TEST_HOME,
} from './tidy/rules.ts';
import {
  CODE_FOLDERS,
  cycles,
  functionLengths,
  ROOT,
  readSources,
  type Source,
  undocumentedExports,
  withoutComments,
} from './tidy/sources.ts';

let sources: Source[];

beforeAll(() => {
  sources = readSources(CODE_FOLDERS);
});

const folderOf = (path: string): string => path.split('/')[0]!;

describe('layers', () => {
  it('lets every file import only what its layer may', () => {
    const wrong = sources.flatMap((source) => {
      const own = folderOf(source.path);
      const allowed = MAY_IMPORT[own] ?? [];
      return source.local
        .filter((target) => folderOf(target) !== own && !allowed.some((prefix) => target.startsWith(prefix)))
        .map((target) => `${source.path} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the foundation on itself', () => {
    const wrong = sources
      .filter((source) => FOUNDATION.includes(source.path))
      .flatMap((source) =>
        source.local.filter((t) => !FOUNDATION.includes(t)).map((t) => `${source.path} -> ${t}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps live systems out of reports', () => {
    const wrong = sources
      .filter((source) => folderOf(source.path) === 'reports')
      .flatMap((source) =>
        source.local
          .filter((t) => CLOSED_TO_REPORTS.some((prefix) => t.startsWith(prefix)))
          .map((t) => `${source.path} -> ${t}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps node modules out of checkers and of the report application', () => {
    const pure = (path: string): boolean =>
      (path.startsWith('checkers/') && path !== 'checkers/worker.ts') || path.startsWith('reports/html/app/');
    const wrong = sources
      .filter((source) => pure(source.path))
      .flatMap((source) =>
        source.packages.filter((p) => p.startsWith('node:')).map((p) => `${source.path} -> ${p}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has no import cycle, type imports included', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('gives each outside dependency one home', () => {
    for (const [name, homes] of Object.entries(ONE_HOME)) {
      const users = sources.filter((source) => source.packages.includes(name)).map((source) => source.path);
      expect(users.length, `${name} is imported by ${users.join(', ')}`).toBeLessThanOrEqual(homes);
    }
    const all = [...sources, ...readSources(['tests', 'bench', 'examples'])];
    for (const [name, home] of Object.entries(TEST_HOME)) {
      const users = all.filter((source) => source.packages.includes(name)).map((source) => source.path);
      expect(users, name).toEqual([home]);
    }
  });
});

describe('purity', () => {
  it.each(BANNED)('keeps $what in its home', ({ pattern, homes }) => {
    const wrong = sources
      .filter((source) => !homes.some((home) => source.path.startsWith(home)))
      .flatMap((source) =>
        withoutComments(source.text)
          .split('\n')
          .flatMap((line, i) => (pattern.test(line) ? [`${source.path}:${i + 1} ${line.trim()}`] : [])),
      );
    expect(wrong).toEqual([]);
  });
});

describe('size', () => {
  it('keeps files short', () => {
    const long = sources
      .filter((source) => source.lines > (FILE_EXCEPTIONS[source.path] ?? FILE_LINES))
      .map((source) => `${source.path}: ${source.lines}`);
    expect(long).toEqual([]);
  });

  it('keeps functions short', () => {
    const measured = sources.flatMap(functionLengths);
    expect(measured.length, 'functions measured in dist/ (run the build first)').toBeGreaterThan(100);
    const long = measured
      .filter((f) => f.lines > (FUNCTION_EXCEPTIONS[`${f.path}:${f.name}`] ?? FUNCTION_LINES))
      .map((f) => `${f.path}:${f.name}: ${f.lines}`);
    expect(long).toEqual([]);
  });
});

describe('words', () => {
  it('documents every export', () => {
    expect(sources.flatMap(undocumentedExports)).toEqual([]);
  });

  it('opens every file with what it is', () => {
    const bare = sources.filter((source) => !/^(#!.*\n)?\s*\/\*\*|^(#!.*\n)?\/\//.test(source.text));
    expect(bare.map((source) => source.path)).toEqual([]);
  });

  it('names files in kebab-case and has no drawer for odds and ends', () => {
    const odd = sources
      .map((source) => source.path.split('/').at(-1)!)
      .filter(
        (name) =>
          !/^[a-z0-9]+([.-][a-z0-9]+)*\.ts$/.test(name) || /^(utils?|helpers?|misc|common)\.ts$/.test(name),
      );
    expect(odd).toEqual([]);
  });
});

/** A test that hides others, one that is only a name, and one that is skipped and does not say why. */
const BARE = /\b(it|test|describe)\.((only|to-?do)\(|skip\((?!`[^`]*(is not installed|skipped: )))/;

describe('tests', () => {
  it('reaches every source file from a test, without leaving its folder', () => {
    const reached = new Set([...readSources(['tests']).flatMap((test) => test.local), ...ENTRY_POINTS]);
    const byPath = new Map(sources.map((source) => [source.path, source]));
    for (const path of reached) {
      for (const next of byPath.get(path)?.local ?? [])
        if (folderOf(next) === folderOf(path) || ENTRY_POINTS.includes(path)) reached.add(next);
    }
    const untested = sources.filter(({ path }) => !reached.has(path) && !path.endsWith('/index.ts'));
    expect(untested.map((source) => source.path)).toEqual([]);
  });

  it('leaves no test focused or unwritten, and skips none by name without a reason in that name', () => {
    const bare = readSources(['tests']).flatMap((test) =>
      test.text.split('\n').flatMap((line, i) => (BARE.test(line) ? [`${test.path}:${i + 1}`] : [])),
    );
    expect(bare).toEqual([]);
  });
});

describe('the repository', () => {
  it('records no download address in its lock file', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });

  it('locks every platform package, so that npm ci works on all of them (scripts/complete-lock.js)', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.entries(entry.optionalDependencies ?? {})
        .filter(([, version]) => /^\d/.test(version))
        .map(([name]) => name)
        .filter(
          (name) =>
            !(lock.packages[`${path}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`])
              ?.version,
        ),
    );
    expect(missing).toEqual([]);
  });
});
