/**
 * What the tidy test knows about the source tree: every TypeScript file, its imports (type imports
 * included), and the functions of its compiled form with their lengths.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, parse } from 'acorn';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders of product code, in the order of their layers. */
export const CODE_FOLDERS = [
  'harness',
  'checkers',
  'workloads',
  'nemesis',
  'systems',
  'plugins',
  'search',
  'testing',
  'reports',
  'cli',
] as const;

/** One source file: path from the root, text, and what it imports (repository paths, or package names). */
export interface Source {
  path: string;
  text: string;
  lines: number;
  /** Repository-relative paths. */
  local: string[];
  /** Bare package names, `node:` modules included. */
  packages: string[];
}

function walk(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return walk(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** Text with comments blanked out, so that words in prose are not taken for code. */
export function withoutComments(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|(^|[^:'"`\\])\/\/[^\n]*/g,
    (match, before: string | undefined) =>
      (before ?? '') + match.slice((before ?? '').length).replace(/[^\n]/g, ' '),
  );
}

function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const found = code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g);
  return [...found].map((match) => match[1]!);
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** Reads every source file below the given folders. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap(walk).map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const specifiers = importsOf(text);
    const local = specifiers
      .filter((s) => s.startsWith('.'))
      .map((s) => normalize(join(dirname(path), s)).replaceAll('\\', '/'));
    const packages = specifiers.filter((s) => !s.startsWith('.')).map(packageOf);
    return { path, text, lines: text.split('\n').length - 1, local, packages };
  });
}

/** Groups of files that import each other in a ring (Tarjan's strongly connected components, iterative). */
export function cycles(sources: readonly Source[]): string[][] {
  const graph = new Map(sources.map((s) => [s.path, s.local.filter((l) => l !== s.path)]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const rings: string[][] = [];
  for (const root of graph.keys()) {
    if (index.has(root)) continue;
    const work: { node: string; next: number }[] = [{ node: root, next: 0 }];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const { node } = frame;
      if (frame.next === 0) {
        index.set(node, index.size);
        low.set(node, index.get(node)!);
        stack.push(node);
        onStack.add(node);
      }
      const edges = graph.get(node) ?? [];
      if (frame.next < edges.length) {
        const to = edges[frame.next++]!;
        if (!graph.has(to)) continue;
        if (!index.has(to)) work.push({ node: to, next: 0 });
        else if (onStack.has(to)) low.set(node, Math.min(low.get(node)!, index.get(to)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(node)!));
      if (low.get(node) !== index.get(node)) continue;
      const ring: string[] = [];
      let member: string;
      do {
        member = stack.pop()!;
        onStack.delete(member);
        ring.push(member);
      } while (member !== node);
      if (ring.length > 1) rings.push(ring.sort());
    }
  }
  return rings;
}

/** A function of a compiled file: where it starts and how many lines it has. */
export interface FunctionLength {
  path: string;
  name: string;
  lines: number;
}

interface AnyNode extends Node {
  [field: string]: unknown;
}

/** Lengths of every function in the compiled form of a source file, nested ones counted on their own too. */
export function functionLengths(source: Source): FunctionLength[] {
  const compiled = join(ROOT, 'dist', source.path.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) return [];
  const tree = parse(readFileSync(compiled, 'utf8'), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
  });
  const found: FunctionLength[] = [];
  const visit = (node: AnyNode, name: string): void => {
    if (/^(Function|ArrowFunction)/.test(node.type)) {
      const id = node['id'] as { name: string } | null | undefined;
      found.push({
        path: source.path,
        name: id?.name ?? name,
        lines: node.loc!.end.line - node.loc!.start.line + 1,
      });
    }
    const label = nameOf(node) ?? name;
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child && typeof (child as AnyNode).type === 'string') visit(child as AnyNode, label);
      }
    }
  };
  visit(tree as unknown as AnyNode, '(top)');
  return found;
}

function nameOf(node: AnyNode): string | undefined {
  const key = (node['key'] ?? node['id']) as { name?: string } | null | undefined;
  return key?.name;
}

/** Exported declarations of a file that carry no doc comment. */
export function undocumentedExports(source: Source): string[] {
  const lines = source.text.split('\n');
  const missing: string[] = [];
  lines.forEach((line, i) => {
    const match =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let) ([\w$]+)/.exec(
        line,
      );
    if (!match) return;
    let above = i - 1;
    // Constants in one block share the comment above the first.
    if (/^export const/.test(line)) while (above >= 0 && /^export const/.test(lines[above]!)) above--;
    while (above >= 0 && /^\s*(@|\/\/ biome-ignore)/.test(lines[above]!)) above--;
    if (!/\*\/\s*$/.test(lines[above] ?? '')) missing.push(`${source.path}: ${match[1]}`);
  });
  return missing;
}

/** Repository-relative path of an absolute one. */
export function fromRoot(path: string): string {
  return relative(ROOT, path);
}
