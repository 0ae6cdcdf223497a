import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { witnessIn } from '../../../cli/campaign/witnesses.ts';
import { content } from '../../../reports/xml.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-witness-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (body: string): void =>
  writeFileSync(
    join(folder, 'junit.xml'),
    `<testcase name="a"/>\n<failure type="lost" message="m">${content(body)}</failure>`,
  );

it('is what stands between the sentence and the command', () => {
  write(
    'It lost 3.\n\n00:01  process 2  write "<3>" & more  ok\n- It was acknowledged.\n\nagain: faultline run',
  );
  expect(witnessIn(folder)).toBe('00:01  process 2  write "<3>" & more  ok\n- It was acknowledged.');
});

it('is cut where it is long, and empty where there is none', () => {
  expect(witnessIn(folder)).toBe('');
  write('It failed.\n\nagain: faultline run');
  expect(witnessIn(folder)).toBe('');
  write(`It lost 3.\n\n${Array.from({ length: 100 }, (_, i) => `op ${i}`).join('\n')}\n\nagain: x`);
  expect(witnessIn(folder).split('\n').slice(-2)).toEqual(['op 39', '... and 60 more lines']);
});
