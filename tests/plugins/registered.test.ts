/**
 * Loading plug-ins: what is registered, and what is refused in which words.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadNamed } from '../../cli/plugin-loading.ts';
import { UsageError } from '../../harness/registry.ts';
import { plannedPlugins } from '../../plugins/planned.ts';
import { registeredAs, registeredPlugins, registerPlugin } from '../../plugins/registered.ts';
import { WORKLOADS } from '../../workloads/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const OWN = fileURLToPath(new URL('../fixtures/plugins/adds.ts', import.meta.url));

async function refusal(name: string, text: string): Promise<string> {
  const error = await registerPlugin(put(name, text), name).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).format();
}

describe('registerPlugin', () => {
  it('registers everything a module exports, once', async () => {
    const found = await registerPlugin(OWN, 'adds.ts');
    expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['workload adds', 'checker thirteen']);
    const before = WORKLOADS['adds'];
    expect(before!.speaks).toBe('set');
    await registerPlugin(OWN, 'adds.ts');
    expect(WORKLOADS['adds']).toBe(before);
    expect(registeredPlugins()).toHaveLength(2);
    expect(registeredAs('checker', 'thirteen')).toMatchObject({ file: OWN });
    const used = {
      system: 'raft',
      workload: 'adds',
      faults: [{ fault: 'kill' }],
      checkers: [{ name: 'stats' }],
    };
    const { plugins } = plannedPlugins(used, join(OWN, '../..'));
    expect(plugins).toEqual([
      expect.objectContaining({ kind: 'workload', name: 'adds', file: 'plugins/adds.ts' }),
    ]);
    expect(plannedPlugins({ ...used, workload: null }, '/')).toEqual({});
  });

  it('takes a module anew when it, or what it imports from beside it, has changed', async () => {
    put('part.ts', 'export const summary: string = "as it was";\n');
    const path = put(
      'changing.ts',
      'import { summary } from "./part.ts";\nexport default { name: "changing", summary, options: {}, check() {} };\n',
    );
    const [first] = await registerPlugin(path, 'changing.ts');
    put('part.ts', 'export const summary: string = "as it is";\n');
    const [second] = await registerPlugin(path, 'changing.ts');
    expect(second!.sha256).not.toBe(first!.sha256);
    expect(registeredPlugins().filter(({ name }) => name === 'changing')).toHaveLength(1);
  });

  it.each([
    ['syntax.ts', 'export default {\n  name: "a";\n};\n', /^syntax\.ts:2:12 {2}cannot be compiled: /],
    [
      'throws.ts',
      'const x: string = "1";\nthrow new Error("no");\n',
      /^throws\.ts:?\d* {2}this plug-in cannot be loaded: no\n/,
    ],
    [
      'nothing.js',
      'export const a = 1;\n',
      /^nothing\.js {2}this plug-in has no default export\n {2}write export default/,
    ],
    [
      'text.js',
      'export default "x";\n',
      /^text\.js {2}this is no plug-in: its default export is a string, not an object/,
    ],
    [
      'odd.js',
      'export default { name: "x" };\n',
      /its default export has only name\n {2}a system has program, a workload has build/,
    ],
    [
      'clash.js',
      'export default { name: "stats", summary: "s", options: {}, check() {} };',
      /the checker "stats" has the name of the checker that comes with faultline/,
    ],
    [
      'twice.js',
      'export default { name: "adds", summary: "s", needs: ["x"], options: {}, build() {} };',
      /the workload "adds" has the name of the workload of .*adds\.ts/,
    ],
    [
      'lacks.js',
      'export default { name: "w", summary: "s", needs: ["read"], optoins: {}, build() {} };',
      /the workload "w" lacks "options"; is "optoins" meant for it\?\n {2}options: an object/,
    ],
    [
      'name.js',
      'export default { name: "No Name", summary: "s", options: {}, check() {} };',
      /has a wrong "name"\n {2}name: a name of small letters/,
    ],
    [
      'mode.js',
      'export default { name: "f", summary: "s", modes: { a: { summary: "a" } }, defaultMode: "b", inject() {} };',
      /the fault "f" has a wrong "defaultMode"/,
    ],
    [
      'backend.js',
      'export default { name: "s", summary: "s", backends: ["cloud"], open() {} };',
      /the system "s" has a wrong "backends"\n {2}backends: a list of at least one of stdio, tcp/,
    ],
    [
      'import.js',
      'import "faultline/nowhere";\nexport default {};\n',
      /the package faultline has no "faultline\/nowhere"/,
    ],
  ])('refuses %s', async (name, text, words) => {
    expect(await refusal(name, text)).toMatch(words);
    expect(readdirSync(folder).filter((one) => one.startsWith('.'))).toEqual([]);
  });

  it('tells which plug-in threw while a run was planned, and where', async () => {
    const text = `const none = undefined as unknown as { x: number };
export default {
  name: 'slips', summary: 'it slips', needs: [], options: {},
  build: () => ({ generator: none.x, checkers: [] }),
};
`;
    await registerPlugin(put('slips.ts', text), 'slips.ts');
    const build = (): unknown => WORKLOADS['slips']!.build({}, {} as never);
    expect(build).toThrow(UsageError);
    expect(build).toThrow(
      /^build of the workload "slips" threw TypeError: Cannot read properties of undefined/,
    );
    try {
      build();
    } catch (error) {
      expect((error as UsageError).place).toMatch(/slips\.ts:4$/);
    }
  });

  it('refuses a path that is not there, and a module of another kind where a name is wanted', async () => {
    await expect(registerPlugin(join(folder, 'gone.ts'), 'gone.ts')).rejects.toThrow(
      'there is no such plug-in',
    );
    await expect(loadNamed(OWN, './adds.ts', 'workload')).resolves.toBe('adds');
    await expect(loadNamed(OWN, './adds.ts', 'fault')).rejects.toThrow(
      './adds.ts holds the workload adds, the checker thirteen, and a fault is wanted here',
    );
  });
});
