// After tsc: what the compiler does not copy. The report application is bundled into one script that
// reports/html inlines into each report, those of `faultline serve` into its pages; the stepper of virtual time, the switch of netns and the file system of
// disks are compiled where they are first used.
import { cpSync, existsSync } from 'node:fs';
import { build } from 'esbuild';

const applications = {
  'reports/html/app/main.ts': 'dist/reports/html/app.js',
  'reports/serve/app/runs.ts': 'dist/reports/serve/runs.js',
  'reports/serve/app/live.ts': 'dist/reports/serve/live.js',
};
for (const [entry, outfile] of Object.entries(applications)) {
  if (!existsSync(entry)) continue;
  await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    outfile,
  });
}

// One file for nodes of reference systems on other machines.
await build({
  entryPoints: ['systems/reference/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  outfile: 'dist/systems/reference/bundle.mjs',
});

const asTheyAre = [
  'harness/cluster/lockstep/stepper',
  'harness/cluster/netns/switch',
  'harness/cluster/disk/filesystem',
  'harness/cluster/ssh/host',
];
for (const source of asTheyAre) cpSync(source, `dist/${source}`, { recursive: true });
