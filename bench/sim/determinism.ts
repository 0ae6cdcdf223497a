/**
 * Every seed twice: the same events and the same operations, and no correct system found wrong. Then fewer seeds
 * in processes of their own, with the compiler off, lazy or always moving objects, and in a thread: the same text
 * everywhere. Scenarios are those of `faultline explore`.
 * `npm run bench -- sim/determinism [systems|all] [seeds] [seeds in processes]`
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { evidenceText } from '../../search/evidence.ts';
import { correctTerrain, explore, searchableSystems } from '../../search/explore.ts';
import { signatureText } from '../../search/scenario.ts';
import { digestOf } from './digest.ts';

/** Flags of processes in which the same must happen. */
const ELSEWHERE = [[], ['--no-opt', '--max-lazy'], ['--stress-compaction', '--max-old-space-size=128']];
const SELF = fileURLToPath(import.meta.url);

function inProcess(flags: readonly string[], system: string, seeds: number): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, SELF, 'digest', system, String(seeds)],
    {
      encoding: 'utf8',
    },
  );
  return status === 0 ? stdout.trim() : `exit ${status}: ${stderr.trim().split('\n').at(-1)}`;
}

function inThread(system: string, seeds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SELF, { workerData: { system, seeds } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function twice(system: string, seeds: number): boolean {
  const cpu = process.cpuUsage();
  const limits = { budgetMs: Number.POSITIVE_INFINITY, maxRuns: seeds, firstSeed: 1, twice: true };
  const { diverged, found, evidence, runs, events } = explore(correctTerrain(system), limits);
  const used = process.cpuUsage(cpu);
  const seconds = ((used.user + used.system) / 1e6).toFixed(1);
  say(
    `${system}: ${runs} seeds twice, ${events} events, ${seconds} CPU s: ${diverged.length} differences, ${found.length} failures`,
  );
  say(`  ${evidenceText(evidence, runs)}`);
  for (const { seed, divergence } of diverged.slice(0, 5)) {
    say(`  seed ${seed}, event ${divergence.event}: ${divergence.first} | ${divergence.second}`);
  }
  for (const { signature, times, scenario } of found) {
    say(`  ${signatureText(signature)} in ${times} runs, first seed ${scenario.case.seed}`);
  }
  return diverged.length + found.length === 0;
}

async function elsewhere(system: string, seeds: number): Promise<boolean> {
  const here = digestOf(system, seeds);
  const others = ELSEWHERE.map((flags) => [flags.join(' ') || 'fresh', inProcess(flags, system, seeds)]);
  others.push(['thread', await inThread(system, seeds)]);
  const different = others.filter(([, digest]) => digest !== here);
  const said = different.map(([where, digest]) => `${where} gives ${digest}`).join(', ');
  say(`  ${seeds} seeds give ${here} here, ${said === '' ? `and in ${others.length} other places` : said}`);
  return different.length === 0;
}

async function main([names = 'all', seeds = '10000', few = '100']: readonly string[]): Promise<void> {
  const systems = names === 'all' ? searchableSystems() : names.split(',');
  let fine = true;
  for (const system of systems) {
    if (Number(seeds) > 0) fine = twice(system, Number(seeds)) && fine;
    else say(`${system}:`);
    if (Number(few) > 0) fine = (await elsewhere(system, Number(few))) && fine;
  }
  process.exitCode = fine ? 0 : 1;
}

if (!isMainThread) {
  const { system, seeds } = workerData as { system: string; seeds: number };
  parentPort!.postMessage(digestOf(system, seeds));
} else if (process.argv[2] === 'digest') say(digestOf(process.argv[3]!, Number(process.argv[4])));
else await main(process.argv.slice(2));
