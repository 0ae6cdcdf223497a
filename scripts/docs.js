// `npm run docs`: writes what is generated into the documentation. Uses the built library.
import { readFileSync, writeFileSync } from 'node:fs';
import { withCatalogue } from '../dist/cli/fault-catalogue.js';

const page = 'docs/faults.md';
writeFileSync(page, withCatalogue(readFileSync(page, 'utf8')));
