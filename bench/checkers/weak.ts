/**
 * How long register transactions take to judge at the weak levels, loading not counted: made-up runs of a
 * causal store that replicates late, written as JSONL and read back as users' histories are; or stored files.
 * `npm run bench -- checkers/weak [transactions, e.g. 100000 or 1m] [levels, e.g. causal,read-atomic]`
 * `npm run bench -- checkers/weak <file> [levels]`
 */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UNLIMITED } from '../../checkers/contract.ts';
import { weakIsolation } from '../../checkers/weak/checkers.ts';
import { LEVELS, type Level } from '../../checkers/weak/isolation.ts';
import { readHistory } from '../../harness/history/open.ts';
import { Seed } from '../../harness/random.ts';
import { monotonicNs } from '../../harness/time.ts';

const ROUNDS = 3;
const SESSIONS = 100;
const MOPS = 4;
/** How many transactions the replicas lag behind at most. */
const LAG = 1000;

/** Writes a run that satisfies every weak level: each session sees a growing prefix and its own writes. */
function writeRun(path: string, count: number): void {
  const rng = Seed.of(1).fork('bench', 'weak', count).rng();
  const keys = Math.max(10, Math.round(count / 100));
  const versions: { at: number[]; value: number[] }[] = Array.from({ length: keys }, () => ({
    at: [],
    value: [],
  }));
  const own: Map<number, number>[] = Array.from({ length: SESSIONS }, () => new Map());
  const prefix = new Int32Array(SESSIONS);
  const file = openSync(path, 'w');
  let text = '';
  let fresh = 0;
  for (let t = 0; t < count; t++) {
    const session = t < SESSIONS ? t : rng.int(0, SESSIONS - 1);
    prefix[session] = Math.max(prefix[session]!, t - 1 - rng.int(0, LAG));
    const asked: string[] = [];
    const answered: string[] = [];
    const wrote = new Map<number, number>();
    for (let m = 0; m < MOPS; m++) {
      const key = rng.int(0, keys - 1);
      if (rng.chance(0.5)) {
        wrote.set(key, ++fresh);
        asked.push(`["w",${key},${fresh}]`);
        answered.push(`["w",${key},${fresh}]`);
        continue;
      }
      const seen = Math.max(latest(versions[key]!.at, prefix[session]!), own[session]!.get(key) ?? -1);
      const value = wrote.get(key) ?? (seen < 0 ? null : versions[key]!.value[seen]!);
      asked.push(`["r",${key},null]`);
      answered.push(`["r",${key},${value}]`);
    }
    for (const [key, value] of wrote) {
      own[session]!.set(key, versions[key]!.at.push(t) - 1);
      versions[key]!.value.push(value);
    }
    const head = `{"process":${session},"f":"txn","time":`;
    text += `${head}${t * 2000},"type":"invoke","value":[${asked}]}\n`;
    text += `${head}${t * 2000 + 1000},"type":"ok","value":[${answered}]}\n`;
    if (text.length < 1 << 20) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  closeSync(file);
}

/** Index of the last version written at or before a position of the log, or -1. */
function latest(at: readonly number[], limit: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

async function measure(path: string, name: string, levels: readonly Level[]): Promise<void> {
  for (const level of levels) {
    // Texts that were parsed once would make the next level cheaper: each gets a history of its own.
    const { history } = await readHistory(path);
    const loaded = process.memoryUsage().rss;
    const times: number[] = [];
    let said = '';
    const before = process.cpuUsage();
    let first = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const from = monotonicNs();
      const result = weakIsolation(history, level, UNLIMITED);
      times.push((monotonicNs() - from) / 1e6);
      if (round === 0) first = (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1e3;
      said = `${result.verdict}, ${JSON.stringify(result.stats)}`;
    }
    const median = [...times].sort((a, b) => a - b)[ROUNDS >> 1]!;
    process.stdout.write(
      `${name} ${level}: first ${times[0]!.toFixed(0)} ms (cpu ${first.toFixed(0)} ms), median ${median.toFixed(0)} ms, ` +
        `rss ${Math.round(process.memoryUsage().rss / 1e6)} MB (${Math.round(loaded / 1e6)} MB after load), ${said}\n`,
    );
  }
}

async function main(): Promise<void> {
  const [what = '100000', named] = process.argv.slice(2);
  const levels = named === undefined ? LEVELS : LEVELS.filter((level) => named.split(',').includes(level));
  if (existsSync(what)) return measure(what, what, levels);
  const count = Number(what.replace(/m$/, '000000').replace(/k$/, '000'));
  const folder = mkdtempSync(join(tmpdir(), 'weak-bench-'));
  try {
    const path = join(folder, 'history.jsonl');
    writeRun(path, count);
    await measure(path, `${what} transactions, ${SESSIONS} sessions`, levels);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
