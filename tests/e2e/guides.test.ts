/**
 * The guides, followed word by word: what docs/getting-started.md and the pages on plug-ins tell people to type and to
 * write does what they say.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { markedProcesses, Workplace } from './cli.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/plugins/${name}`, import.meta.url));

/** The one block of TypeScript of a page that holds these words. */
function snippet(name: string, words: string): string {
  const blocks = [...page(name).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const found = blocks.filter((code) => code.includes(words));
  expect(found, words).toHaveLength(1);
  return found[0]!;
}

describe('docs/getting-started.md', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  it('leads to a finding, to its smallest case, and to a node that is mended', async () => {
    expect((await place.run('new', 'system', 'my-store')).code).toBe(0);
    expect((await place.run('kit', 'systems/my-store.ts')).stdout).toContain('4 checks hold');
    const red = await place.run('run', '--seed', '1');
    expect(red.stderr).toContain('An acknowledged value must reach every node');
    expect(red.code).toBe(1);
    expect((await place.run('run', '--backend', 'sim', '--seed', '1')).code).toBe(1);
    expect((await place.run('shrink', 'last', '--budget', '10s', '--no-curve')).stdout).toContain(
      'regressions/',
    );
    const node = place.file('systems/my-store-node.ts');
    const timer = snippet('getting-started.md', "node.setTimer('repeat', 500)");
    const mended = place.read('systems/my-store-node.ts').replace('  return {\n', timer);
    writeFileSync(node, mended);
    const green = await place.run('run', '--seed', '1');
    expect(green.code, green.stderr).toBe(0);
    const searched = await place.run(
      ...['explore', 'my-store', '--nemesis', 'partition,pause,loss', '--max-runs', '24'],
    );
    expect(searched.code, searched.stdout).toBe(0);
    const further = await place.run('explore', 'my-store', '--first', '--max-runs', '40', '--shrink');
    expect(further.code, further.stdout).toBe(1);
    expect(readdirSync(place.file('regressions')).length).toBeGreaterThan(2);
  });

  it('shows what init writes', async () => {
    const listed = await place.run('init', '--ci', 'github', '--yes');
    expect(listed.code).toBe(0);
    expect(existsSync(place.file('.github/workflows/nightly.yml'))).toBe(true);
    expect((await place.run('campaign', '--list')).stdout).toContain('storm');
  });
});

describe('the pages on plug-ins', () => {
  const place = new Workplace();
  afterAll(() => place.remove());

  it('show modules of each kind that keep their contracts', async () => {
    writeFileSync(place.file('adds.ts'), snippet('plugins.md', "name: 'adds'"));
    writeFileSync(place.file('my-adds.ts'), snippet('write-a-workload.md', "name: 'my-adds'"));
    writeFileSync(place.file('my-store.ts'), snippet('write-a-system.md', "name: 'my-store'"));
    writeFileSync(
      place.file('my-store-node.ts'),
      snippet('write-a-system.md', 'export default function create'),
    );
    writeFileSync(place.file('my-nap.ts'), snippet('write-a-fault.md', "name: 'my-nap'"));
    writeFileSync(place.file('my-check.ts'), snippet('write-a-checker.md', "name: 'my-check'"));
    const modules = ['adds.ts', 'my-adds.ts', 'my-store.ts', 'my-nap.ts', 'my-check.ts'];
    const { code, stdout } = await place.run('kit', ...modules);
    expect(code, stdout).toBe(0);
  });

  it('show a client that keeps its contract, and whose errors are told apart under faults', async () => {
    mkdirSync(place.file('systems'), { recursive: true });
    writeFileSync(place.file('systems/line-store.ts'), snippet('write-a-client.md', "name: 'line-store'"));
    cpSync(fixture('line-store.mjs'), place.file('store.mjs'));
    const { code, stdout } = await place.run('kit', 'systems/line-store.ts');
    expect(code, stdout).toBe(0);
    const run = await place.run(
      ...['run', '--system', './systems/line-store.ts', '--nemesis', 'partition,kill', '--interval', '500ms'],
      ...['--duration', '1s', '--time-limit', '5s', '--seed', '1', '--rate', '200', '--json'],
    );
    const verdict = JSON.parse(run.stdout) as { verdict: string; counts: { errors: Record<string, number> } };
    // Every node is an island: what one has, another reads nothing of.
    expect(verdict.verdict).toBe('fail');
    expect(Object.keys(verdict.counts.errors)).toContain('connection-refused');
  });

  it('an error that nobody catches ends a run as an interrupt does, and leaves nothing', async () => {
    const written = snippet('write-a-client.md', "name: 'line-store'");
    const later = "setTimeout(() => { throw new Error('left alone'); }, 1500);";
    const broken = written.replace("    socket.on('connect'", `    ${later}\n    socket.on('connect'`);
    expect(broken).toContain('left alone');
    mkdirSync(place.file('systems'), { recursive: true });
    cpSync(fixture('line-store.mjs'), place.file('store.mjs'));
    writeFileSync(place.file('systems/line-store.ts'), broken);
    const { code, stderr } = await place.run(
      ...[
        'run',
        '--system',
        './systems/line-store.ts',
        '--nemesis',
        'none',
        '--time-limit',
        '20s',
        '--rate',
        '20',
      ],
    );
    expect(stderr).toMatch(/nobody caught an error of a plug-in: left alone\n {2}at .*line-store\.ts:\d+/);
    expect([1, 4]).toContain(code);
    expect(markedProcesses(place.path)).toEqual([]);
  });
});
