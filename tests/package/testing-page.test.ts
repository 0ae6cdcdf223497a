/**
 * The page on tests of one's own, as somebody follows it who has nothing but the package: its snippets on simulated
 * nodes compile in a strict project and pass, and the test fails once the node forgets what it wrote.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeConsumer, program } from './consumer.ts';

const PAGE = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

/** The one snippet that holds these words. */
function snippet(words: string): string {
  const found = BLOCKS.filter((code) => code.includes(words));
  expect(found, words).toHaveLength(1);
  return found[0]!;
}

const STEPS = `
class Write {
  check = () => true;
  run = async (_: object, real: Cluster) => void (await real.call({ f: 'write', key: 0, value: 1 }));
  toString = () => 'write';
}
class Read {
  check = () => true;
  run = async (_: object, real: Cluster) => void (await real.call({ f: 'read', key: 0, value: null }));
  toString = () => 'read';
}
`;

const TEST = [
  snippet("simulate, type Body, type NodeHandle } from 'faultline/sim'"),
  `import fc from 'fast-check';
import { cluster, type Cluster } from 'faultline/sim';
import { faultCommands } from 'faultline/fast-check';
${STEPS}
`,
  // Imports of a snippet come first in a file of its own; here they may stand anywhere at its top level.
  snippet('const plans = simPlans')
    .replace('await fc.assert(', "it('draws plans', () => fc.assert(")
    .replace(/\);\n$/, '));\n'),
  snippet('...faultCommands({ nodes: 3 })')
    .replace('await fc.assert(', "it('takes steps', () => fc.assert(")
    .replace(/\);\n$/, '));\n'),
].join('\n');

const TSCONFIG = JSON.stringify({
  compilerOptions: { target: 'ES2023', module: 'NodeNext', strict: true, noEmit: true, types: ['node'] },
  include: ['*.ts'],
});

describe('docs/testing.md', () => {
  const consumer = makeConsumer({ 'page.test.ts': TEST, 'tsconfig.json': TSCONFIG }, [
    'vitest',
    'fast-check',
    '@types/node',
  ]);
  afterAll(() => consumer.remove());
  const run = (...words: string[]): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: consumer.folder,
      encoding: 'utf8',
    });
    return { status, output: `${stdout}${stderr}` };
  };

  it('compiles in a strict project', () => {
    expect(run(program('typescript', 'bin/tsc'), '-p', consumer.folder).output).toBe('');
  });

  it('passes as it stands, and fails once the node forgets', () => {
    const vitest = [program('vitest', 'vitest.mjs'), 'run', '--no-color'];
    const right = run(...vitest);
    expect(right.output).toContain('3 passed');
    expect(right.status).toBe(0);
    const forgetful = TEST.replace(
      "if (asked.type === 'write') self.storage.write(key, asked.value);",
      "if (asked.type === 'write') self.storage.read(key);",
    );
    expect(forgetful).not.toBe(TEST);
    writeFileSync(join(consumer.folder, 'page.test.ts'), forgetful);
    const wrong = run(...vitest);
    expect(wrong.status).toBe(1);
    expect(wrong.output).toMatch(/expected the history to be linearizable \(cas-register\), but found: /);
  });
});
