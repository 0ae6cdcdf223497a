// After tsc: the command and the exports of the package once more, in a few large files. A process of a night lives for
// a second; reading a thousand small modules took it half of that. Programs of nodes stay where tsc put them: what a
// module finds beside itself, it finds by the place it was compiled to. Threads are of the bundle too.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { build, transformSync } from 'esbuild';

const OUT = 'dist/bundle';
const { exports: exported } = JSON.parse(readFileSync('package.json', 'utf8'));

// `dist/bundle/sim.js` is the bundle of what `dist/testing/index.d.ts` describes.
const entries = { main: 'dist/cli/main.js' };
for (const { types, default: bundle } of Object.values(exported).filter((one) => one.types)) {
  entries[relative(OUT, bundle).replace(/\.js$/, '')] = types.replace(/\.d\.ts$/, '.js');
}

/** Entries of threads: who starts them, by which name, and which they are. */
const threads = [
  ['checkers/worker-url.js', './worker.js', 'checkers/worker.js'],
  ['checkers/worker-url.js', './online/worker.js', 'checkers/online/worker.js'],
  ['plugins/judge-worker-url.js', './judge-worker.js', 'plugins/judge-worker.js'],
  ['search/explore-all.js', './explore-worker.js', 'search/explore-worker.js'],
];
const nameOf = (entry) => `thread-${entry.replace(/\.js$/, '').replaceAll('/', '-')}`;
for (const [, , entry] of threads) entries[nameOf(entry)] = `dist/${entry}`;

/** The text of a module that starts threads, with their names in the bundle. */
function startingThreads(path, text) {
  let changed = text;
  for (const [starter, name, entry] of threads.filter(([starter]) => path.endsWith(`/dist/${starter}`))) {
    const next = changed.replaceAll(`'${name}'`, `'./${nameOf(entry)}.js'`);
    if (next === changed) throw new Error(`${starter} does not start ${name} any more`);
    changed = next;
  }
  return changed;
}

const asIfInPlace = {
  name: 'place',
  setup(builder) {
    builder.onLoad({ filter: /[/\\]dist[/\\].*\.js$/ }, ({ path }) => {
      if (threads.some(([starter]) => path.endsWith(`/dist/${starter}`)))
        return { contents: startingThreads(path, readFileSync(path, 'utf8')) };
      const place = JSON.stringify(relative(resolve(OUT), path).replaceAll('\\', '/'));
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return { contents: text };
      // Only where it is code: a template of a file for users holds it as text.
      const { code } = transformSync(text, { define: { 'import.meta.url': '__place' } });
      return { contents: `const __place = new URL(${place}, import.meta.url).href;\n${code}` };
    });
  },
};

rmSync(`${OUT}.new`, { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: `${OUT}.new`,
  bundle: true,
  splitting: true,
  packages: 'external',
  plugins: [asIfInPlace],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
rmSync(OUT, { recursive: true, force: true });
renameSync(`${OUT}.new`, OUT);
