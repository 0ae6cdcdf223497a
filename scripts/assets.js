// After tsc: what the compiler does not copy. The report application is bundled into one script that
// reports/html inlines into each report; the stepper of virtual time, the switch of netns and the file system of
// disks are compiled where they are first used.
import { cpSync, existsSync } from 'node:fs';
import { build } from 'esbuild';

const entry = 'reports/html/app/main.ts';
if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    outfile: 'dist/reports/html/app.js',
  });
}

const compiledLater = [
  'harness/cluster/lockstep/stepper',
  'harness/cluster/netns/switch',
  'harness/cluster/disk/filesystem',
];
for (const source of compiledLater) cpSync(source, `dist/${source}`, { recursive: true });
