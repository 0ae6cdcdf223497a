#!/usr/bin/env node
// The installed command. Everything lives in dist/, which `npm ci` (prepare) or `npm run build` makes: in one bundle,
// which starts sooner, and module by module, which is taken when the compiler ran after the bundle was made.
import { statSync } from 'node:fs';

const changedMs = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const bundled = changedMs('../dist/bundle/main.js');
const compiled = changedMs('../dist/cli/main.js');

if (bundled === 0 && compiled === 0) {
  process.stderr.write('faultline: dist/ is missing; run "npm run build" in the checkout first\n');
  process.exit(4);
}
const isCurrent = bundled > 0 && bundled >= changedMs('../dist/.tsbuildinfo');
await import(new URL(isCurrent ? '../dist/bundle/main.js' : '../dist/cli/main.js', import.meta.url).href);
