// `npm run docs`: writes what is generated into the documentation. Uses the built library.
import { readFileSync, writeFileSync } from 'node:fs';
import { DOC_TABLES, withTable } from '../dist/cli/doc-tables.js';
import { withCatalogue } from '../dist/cli/fault-catalogue.js';

const faults = 'docs/faults.md';
writeFileSync(faults, withCatalogue(readFileSync(faults, 'utf8')));
for (const table of DOC_TABLES) writeFileSync(table.page, withTable(readFileSync(table.page, 'utf8'), table));
