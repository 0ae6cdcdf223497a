/**
 * Files that `faultline new` and `faultline init` write into a project: never over anything, and `plugins` of a
 * configuration that is there already with everything else in it left as it stands.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { findConfig } from '../harness/config/load.ts';
import { onFirstUse } from '../harness/on-first-use.ts';
import { UsageError } from '../harness/registry.ts';
import { type Io, line } from './io.ts';

const require = createRequire(import.meta.url);
const yaml = onFirstUse(() => require('yaml') as typeof import('yaml'));

/** A file to be written: its path from here, and what is in it. */
export interface ProjectFile {
  path: string;
  text: string;
}

/** Writes all of them, or none where one is there already. */
export function writeFiles(io: Io, files: readonly ProjectFile[]): void {
  for (const { path } of files) {
    if (existsSync(join(io.cwd, path)))
      throw new UsageError('there is such a file already', {
        file: path,
        hint: 'choose another name, or remove it',
      });
  }
  for (const { path, text } of files) {
    const full = join(io.cwd, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text, { flag: 'wx' });
    line(io.out, path);
  }
}

/**
 * Names a module under `plugins` of the configuration here. True when it is named there now; false when there is no
 * configuration. One that is a program is told what to add.
 */
export function addPlugin(io: Io, module: string): boolean {
  const file = findConfig(io.cwd);
  if (file === null) return false;
  const shown = relative(io.cwd, file);
  if (!['.yaml', '.yml', '.json'].includes(extname(file))) {
    line(io.err, `add to ${shown}: plugins: ['${module}']`);
    return true;
  }
  const text = readFileSync(file, 'utf8');
  if (extname(file) === '.json') {
    const value = JSON.parse(text) as { plugins?: string[] };
    writeFileSync(
      file,
      `${JSON.stringify({ ...value, plugins: [...(value.plugins ?? []), module] }, null, 2)}\n`,
    );
  } else {
    writeFileSync(file, withPluginLine(text, module));
  }
  line(io.out, `${shown} (plugins)`);
  return true;
}

/** The text of a configuration with one more module; everything else in it stays as it is written. */
export function withPluginLine(text: string, module: string): string {
  const plugins = yaml().parseDocument(text).get('plugins');
  if (!yaml().isSeq(plugins) || plugins.items.length === 0) {
    if (plugins !== undefined && plugins !== null)
      return text.replace(/^plugins:.*$/m, `plugins: [${module}]`);
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}plugins:\n  - ${module}\n`;
  }
  const [from, to] = (plugins.items.at(-1) as { range: [number, number] }).range;
  const own = plugins.flow === true ? `, ${module}` : `\n${indentBefore(text, from)}- ${module}`;
  return text.slice(0, to) + own + text.slice(to);
}

/** What stands before the dash of the item at this offset. */
function indentBefore(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return line.slice(0, line.indexOf('-'));
}

/** Is this package among those of the project here? */
export function usesPackage(cwd: string, name: string): boolean {
  if (existsSync(join(cwd, 'node_modules', name))) return true;
  const path = join(cwd, 'package.json');
  if (!existsSync(path)) return false;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path, 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return name in { ...dependencies, ...devDependencies };
}
