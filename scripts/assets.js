// After tsc: what the compiler does not copy. The report application is bundled into one script that
// reports/html inlines into each report.
import { existsSync } from 'node:fs';
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
