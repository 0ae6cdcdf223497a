/**
 * The test that `faultline new` writes beside a module: its kit, by the test runner of the project.
 */

/** Test runners a test can be written for. */
export const RUNNERS = ['vitest', 'node'] as const;

/** One of them. */
export type Runner = (typeof RUNNERS)[number];

/** The test of a module; `millis` is how long one check may take. */
export function kitTest(file: string, runner: Runner, millis: number): string {
  const from = runner === 'vitest' ? 'vitest' : 'node:test';
  const call = runner === 'vitest' ? `test(name, run, ${millis})` : `test(name, { timeout: ${millis} }, run)`;
  const imports = ["import { kitOf } from 'faultline/kit';", `import { test } from '${from}';`];
  const sorted = runner === 'vitest' ? imports : imports.reverse();
  return `// The contract of ${file}, check by check; \`faultline kit\` runs the same.
${sorted.join('\n')}

for (const { name, run } of await kitOf(new URL('./${file}', import.meta.url))) {
  ${call};
}
`;
}
