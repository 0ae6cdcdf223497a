/**
 * How fast `faultline serve` lists: the first page after it started, and every later one, over HTTP.
 * `npm run bench -- serve [runs]`
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicNs } from '../harness/time.ts';
import { bytes } from '../reports/format.ts';
import { reportServer } from '../reports/serve/server.ts';
import { bullyParts, writeRunFolder } from '../tests/reports/fixtures.ts';

const runs = Number(process.argv[2] ?? 1_000);
const ROUNDS = 5;

const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
try {
  const one = writeRunFolder(bullyParts(), join(dir, 'one'));
  for (let i = 0; i < runs; i++) {
    const stamp = `20261101T${String(i).padStart(6, '0')}.000Z-${i}`;
    const folder = join(dir, '.faultline', `name-${i % 20}`, stamp);
    mkdirSync(folder, { recursive: true });
    for (const file of ['run.json', 'verdict.json', 'plan.json']) cpSync(join(one, file), join(folder, file));
  }
  for (let round = 0; round < ROUNDS; round++) {
    const server = reportServer(dir, null);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const timed = async (): Promise<string> => {
      const from = monotonicNs();
      const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      return `${((monotonicNs() - from) / 1e6).toFixed(0)} ms for ${bytes(text.length)}`;
    };
    const first = await timed();
    process.stdout.write(`${runs} runs: first ${first}, then ${await timed()}, ${await timed()}\n`);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
