/**
 * The tries of one reduction on disk: every outcome is a line of a file as soon as it is known, so that a
 * reduction that was interrupted, or killed, goes on where it was when it is asked for again.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { clean } from '../../harness/faults/clean.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import type { Case } from '../../harness/sim/case.ts';
import { readJson, writeJson } from '../../harness/store/atomic.ts';
import { Store } from '../../harness/store/store.ts';
import { machineMs } from '../../harness/time.ts';
import { BudgetSpent } from '../attempts.ts';
import type { Signature } from '../scenario.ts';
import { anomalyOf, brokenTry, type TryRequest, tryOnCluster } from './cluster-run.ts';
import type { ClusterScenario } from './cluster-scenario.ts';
import { type TryOutcome, textOf } from './statistics.ts';

/** Thrown when somebody asked to stop. */
export class Interrupted extends Error {}

/** What a reduction starts from, as its folder keeps it. */
export interface TriesStart {
  version: 1;
  scenario: ClusterScenario;
  signature: Signature;
  /** When the failure was complete, ns of the load. */
  shownNs: number;
  about: string;
}

/** What is the same for all tries. */
export interface TriesOptions {
  folder: string;
  start: TriesStart;
  budgetMs: number;
  request: Pick<TryRequest, 'cwd' | 'name' | 'version' | 'commandLine' | 'repro' | 'signal'>;
  /** A try begins; a try has ended. */
  onTry?: (tries: Tries, c: Case) => void;
}

interface Line extends TryOutcome {
  key: string;
  n: number;
  tookMs: number;
}

const START = 'start.json';
const TRIES = 'tries.jsonl';
const FAILING = 'failing';
/** Tries in a row that may say nothing. */
const MOST_BROKEN = 3;

/** Made and remembered tries. */
export class Tries {
  /** Tries of this process, and those of earlier ones. */
  made = 0;
  readonly remembered: number;
  /** Milliseconds that all tries took. */
  tookMs = 0;
  readonly #options: TriesOptions;
  readonly #known = new Map<string, TryOutcome>();
  readonly #began = machineMs();

  constructor(options: TriesOptions) {
    this.#options = options;
    const { folder, start } = options;
    mkdirSync(join(folder, FAILING), { recursive: true });
    if (storedStart(folder) === null) writeJson(join(folder, START), start);
    for (const { key, n, failed, shownNs, tookMs } of storedLines(folder)) {
      this.#known.set(`${key} ${n}`, { failed, shownNs });
      this.tookMs += tookMs;
    }
    this.remembered = this.#known.size;
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return machineMs() - this.#began;
  }

  /** Outcome of try `n` of a case. Throws `BudgetSpent`, `Interrupted`, `UsageError` when no try says anything. */
  async outcome(c: Case, n: number): Promise<TryOutcome> {
    const key = keyOf(c);
    const known = this.#known.get(`${key} ${n}`);
    if (known !== undefined) return known;
    if (this.#options.request.signal.aborted) throw new Interrupted();
    if (this.elapsedMs > this.#options.budgetMs) throw new BudgetSpent();
    this.#options.onTry?.(this, c);
    const began = machineMs();
    const outcome = await this.#make(c, key, n);
    const tookMs = Math.round(machineMs() - began);
    this.made++;
    this.tookMs += tookMs;
    const line: Line = { key, n, ...outcome, tookMs };
    appendFileSync(join(this.#options.folder, TRIES), `${JSON.stringify(line)}\n`);
    this.#known.set(`${key} ${n}`, outcome);
    return outcome;
  }

  /** The run folder of a failing try of this case; null when none is left. */
  failing(c: Case): string | null {
    const folder = join(this.#options.folder, FAILING, keyOf(c));
    return existsSync(folder) ? folder : null;
  }

  /** Removes the folders of failing tries of other cases. */
  keepOnly(c: Case): void {
    const folder = join(this.#options.folder, FAILING);
    for (const key of readdirSync(folder)) {
      if (key !== keyOf(c)) rmSync(join(folder, key), { recursive: true, force: true });
    }
  }

  async #make(c: Case, key: string, n: number): Promise<TryOutcome> {
    const { folder, start, request } = this.#options;
    const { scenario, signature } = start;
    const store = new Store(request.cwd);
    for (let broken = 1; ; broken++) {
      const out = join(folder, 'try');
      // What a killed harness left there is ended before its ledger goes.
      if (existsSync(out)) await clean(out);
      rmSync(out, { recursive: true, force: true });
      const seed = n === 0 ? c.seed : Seed.of(c.seed).fork('try', n).rng().int(1, 99_999);
      const { verdict } = await tryOnCluster({ ...request, scenario: { ...scenario, case: c }, seed, out });
      store.forget(out);
      if (request.signal.aborted) throw new Interrupted();
      const anomaly = anomalyOf(verdict, signature);
      if (anomaly !== undefined) {
        const failing = join(folder, FAILING, key);
        rmSync(failing, { recursive: true, force: true });
        renameSync(out, failing);
        return { failed: true, shownNs: shownAt(failing, anomaly.ops) };
      }
      const why = brokenTry(verdict);
      if (why === null) {
        rmSync(out, { recursive: true, force: true });
        return { failed: false, shownNs: null };
      }
      if (broken >= MOST_BROKEN) {
        throw new UsageError(`${broken} tries in a row say nothing: ${why}`, { file: out });
      }
    }
  }
}

/** What a folder of tries started from; null when there are none. Throws `UsageError` for one of a later version. */
export function storedStart(folder: string): TriesStart | null {
  const path = join(folder, START);
  if (!existsSync(path)) return null;
  const start = readJson(path, 'reduction') as TriesStart;
  if (start.version === 1) return start;
  throw new UsageError(
    `this reduction has version ${JSON.stringify(start.version)}, this faultline goes on with 1`,
    {
      file: path,
      hint: 'begin anew: --fresh',
    },
  );
}

/** Lines of earlier processes; one that was torn off counts as not made. */
function storedLines(folder: string): Line[] {
  const path = join(folder, TRIES);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const torn = lines.pop();
  // What follows must not be glued to half a line.
  if (torn !== '') appendFileSync(path, '\n');
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Line);
}

function keyOf(c: Case): string {
  return createHash('sha256').update(textOf(c)).digest('hex').slice(0, 16);
}

/** When the last of these operations was, ns of the load: nothing after it is needed. */
function shownAt(folder: string, ops: readonly number[]): number | null {
  const { phases } = readJson(join(folder, 'verdict.json'), 'verdict') as {
    phases: { phase: string; fromNs: number }[];
  };
  const loadFromNs = phases.find(({ phase }) => phase === 'load')?.fromNs ?? 0;
  const lines = readFileSync(join(folder, 'history.jsonl'), 'utf8').split('\n');
  let last = -1;
  for (const index of ops) last = Math.max(last, Number(/"time":(\d+)/.exec(lines[index] ?? '')?.[1] ?? -1));
  return last < 0 ? null : Math.max(0, last - loadFromNs);
}
