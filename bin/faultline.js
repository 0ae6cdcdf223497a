#!/usr/bin/env node
// The installed command. Everything lives in dist/, which `npm ci` (prepare) or `npm run build` makes.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('faultline: dist/ is missing; run "npm run build" in the checkout first\n');
  process.exit(4);
}
await import(main.href);
