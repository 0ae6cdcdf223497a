/**
 * Messages per second through the stdio router: three node processes that answer each other as fast as they
 * can, once without and once with the message journal.
 * `npm run bench -- router`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBackend } from '../harness/cluster/backends.ts';
import { Seed } from '../harness/random.ts';
import { monotonicNs, sleep } from '../harness/time.ts';

const seconds = Number(process.argv[2] ?? 5);
const window = Number(process.argv[3] ?? 100);
const rules = process.argv[4] === 'rules';
const nodes = ['n1', 'n2', 'n3'];

async function measure(journal: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  const path = join(folder, 'messages.jsonl');
  const cluster = findBackend('stdio')!.create({
    runId: folder,
    nodes,
    seed: Seed.of(1),
    program: () => ({ file: process.execPath, args: [join('tests', 'fixtures', 'chatter-node.mjs')] }),
    ready: { kind: 'init' },
    logsDir: join(folder, 'logs'),
    dataDir: join(folder, 'data'),
    ...(journal ? { messages: { path } } : {}),
  });
  await cluster.up(new AbortController().signal);
  const all = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
  // One-in-a-million faults: every message is drawn for, hardly one is touched.
  if (rules)
    cluster.links.set(
      'f',
      all.map((l) => ({ ...l, rule: { loss: 1e-6, duplicate: 1e-6, reorder: 1e-6 } })),
    );
  const ask = (node: string, body: Record<string, string | number>) =>
    cluster.request(node, body, { client: 'bench', timeoutMs: 20_000 });
  const delivered = (): number => cluster.links.counters().reduce((sum, c) => sum + c.delivered, 0);
  for (const node of nodes) await ask(node, { type: 'go', window });
  await sleep(500);
  const [from, began, cpu] = [delivered(), monotonicNs(), process.cpuUsage()];
  await sleep(seconds * 1_000);
  const [count, took, used] = [delivered() - from, (monotonicNs() - began) / 1e9, process.cpuUsage(cpu)];
  for (const node of nodes) await ask(node, { type: 'stop' });
  await cluster.down();
  const bytes = journal ? statSync(path).size : 0;
  rmSync(folder, { recursive: true, force: true });
  const own = (used.user + used.system) / 1e6;
  return (
    `${Math.round(count / took)} messages/s (${count} in ${took.toFixed(1)} s), router ${(own / took).toFixed(2)} CPUs, ` +
    `${((own / count) * 1e6).toFixed(1)} us CPU each, journal ${(bytes / 1e6).toFixed(1)} MB`
  );
}

process.stdout.write(`without journal: ${await measure(false)}\n`);
process.stdout.write(`with journal:    ${await measure(true)}\n`);
