/**
 * Nights of stand-in runs over workers: programs of a few milliseconds that pass, fail, hang or kill who started them,
 * a store of the test's own, and workers in this process or in one that can be killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Conduct, type Conducted, conduct, folderOf } from '../../../../harness/campaign/conduct.ts';
import { CAMPAIGN_FILES, readCampaign } from '../../../../harness/campaign/journal.ts';
import type { PlannedRun } from '../../../../harness/campaign/types.ts';
import { parseRedis } from '../../../../harness/campaign/workers/address.ts';
import { FolderStore } from '../../../../harness/campaign/workers/folder-store.ts';
import type { NightRecord } from '../../../../harness/campaign/workers/messages.ts';
import { PROTOCOL } from '../../../../harness/campaign/workers/messages.ts';
import type { Needs } from '../../../../harness/campaign/workers/needs.ts';
import { markKey } from '../../../../harness/campaign/workers/nights.ts';
import { connect, type Exchange } from '../../../../harness/campaign/workers/redis.ts';
import { RemoteRunner } from '../../../../harness/campaign/workers/remote-runner.ts';
import type { SharedStore } from '../../../../harness/campaign/workers/shared-store.ts';
import { work } from '../../../../harness/campaign/workers/worker.ts';
import type { Working } from '../../../../harness/campaign/workers/working.ts';
import { writeJson } from '../../../../harness/store/atomic.ts';
import type { RedisServer } from '../../../kits/redis-server.ts';
import { PROGRAM } from '../pretended-runs.ts';
import { storedPlan } from '../samples.ts';

/** One folder for everything of a test file, and what its workers are started with. */
export class StandIn {
  readonly root = mkdtempSync(join(tmpdir(), 'faultline-workers-'));
  readonly store: SharedStore = new FolderStore(join(this.root, 'store'));
  readonly said: string[] = [];
  readonly program: string;
  readonly #redis: RedisServer;
  readonly #exchanges: Exchange[] = [];
  readonly #drains: AbortController[] = [];
  readonly #working: Promise<void>[] = [];
  readonly #children: ChildProcess[] = [];
  #count = 0;

  constructor(redis: RedisServer) {
    this.#redis = redis;
    this.program = join(this.root, 'program.mjs');
    writeFileSync(this.program, PROGRAM);
  }

  async exchange(): Promise<Exchange> {
    const exchange = await connect(parseRedis(this.#redis.url), this.root);
    this.#exchanges.push(exchange);
    return exchange;
  }

  /** Starts a worker in this process; `ended` resolves when it has. */
  async worker(
    over: Partial<Working> = {},
  ): Promise<{ drain: AbortController; leave: AbortController; ended: Promise<void> }> {
    const [drain, leave] = [new AbortController(), new AbortController()];
    const id = `w${++this.#count}`;
    const exchange = await this.exchange();
    const ended = work({
      ...{
        exchange,
        address: 'redis://here',
        id,
        host: `host-${id}`,
        version: '1.0.0',
        can: ['sim'],
        slots: 1,
      },
      ...{ storeOf: () => this.store, cwd: this.root, commit: null, folder: join(this.root, 'workers', id) },
      ...{ program: [process.execPath, this.program], drain: drain.signal, leave: leave.signal },
      tell: (text) => this.said.push(`${id}: ${text}`),
      ...over,
    });
    this.#drains.push(drain);
    this.#working.push(ended);
    return { drain, leave, ended };
  }

  /** Starts a worker in a process of its own, from the compiled files. */
  async process(env: Record<string, string> = {}): Promise<ChildProcess> {
    const dist = (path: string): string =>
      JSON.stringify(
        fileURLToPath(new URL(`../../../../dist/harness/campaign/workers/${path}`, import.meta.url)),
      );
    const id = `p${++this.#count}`;
    const script = `import { connect } from ${dist('redis.js')};
import { work } from ${dist('worker.js')};
import { FolderStore } from ${dist('folder-store.js')};
const never = new AbortController().signal;
await work({ exchange: await connect({ url: '${this.#redis.url}', shown: 'redis://here' }, '.'), address: 'redis://here',
  id: '${id}', host: 'host-${id}', version: '1.0.0', can: ['sim'], slots: 1,
  storeOf: () => new FolderStore(${JSON.stringify(join(this.root, 'store'))}), cwd: ${JSON.stringify(this.root)}, commit: null,
  folder: ${JSON.stringify(join(this.root, 'workers', id))}, program: [process.execPath, ${JSON.stringify(this.program)}],
  drain: never, leave: never, tell: (text) => console.log(text) });`;
    const path = join(this.root, `${id}.mjs`);
    writeFileSync(path, script);
    const child = spawn(process.execPath, [path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.stdout!.on('data', (text) => this.said.push(`${id}: ${String(text).trimEnd()}`));
    this.#children.push(child);
    return child;
  }

  /** A night of these runs, in a folder of its own or in one that is gone on with. */
  async night(runs: readonly PlannedRun[], over: NightOver = {}): Promise<Night> {
    const id = over.id ?? `night-${++this.#count}`;
    const folder = over.folder ?? join(this.root, 'nights', id);
    mkdirSync(join(folder, CAMPAIGN_FILES.runs), { recursive: true });
    writeJson(join(folder, CAMPAIGN_FILES.plan), storedPlan(runs));
    const { ended, open } = readCampaign(folder);
    const never = new AbortController().signal;
    const exchange = await this.exchange();
    await this.store.write(markKey(id), '{}');
    const runner = new RemoteRunner({
      ...{ exchange, address: 'redis://here', store: this.store, resumed: over.folder !== undefined },
      night: {
        ...{ id, name: id, protocol: PROTOCOL, version: '1.0.0', commit: null, store: this.store.shown },
        ...{ files: [], keep: 'failing', runLimitMs: 90_000, ...over.record },
      },
      needsOf: ({ run }) => over.needsOf?.(run) ?? [['sim']],
      leafOf: ({ run }) => folderOf(run.id),
      patienceMs: over.patienceMs ?? 60_000,
      stop: over.stop ?? never,
      leave: over.leave ?? never,
      tell: (text) => this.said.push(`${id}: ${text}`),
    });
    await runner.begin();
    const how: Conduct = {
      ...{ folder, runs, runner, keep: 'failing', budgetMs: over.budgetMs ?? null, runLimitMs: 90_000 },
      ...{ tries: { retries: 1, reruns: 1 }, repro: (words) => `faultline ${words.join(' ')}` },
      ...{ ended, open, stop: over.stop ?? never, onAttempt: () => undefined },
    };
    return { id, folder, runner, exchange, done: conduct(how) };
  }

  /** Resolves once somebody has said this. */
  async says(text: string | RegExp, withinMs = 30_000): Promise<string> {
    for (let waited = 0; waited < withinMs; waited += 50) {
      const found = this.said.find((line) =>
        typeof text === 'string' ? line.includes(text) : text.test(line),
      );
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nobody said ${text}:\n${this.said.join('\n')}`);
  }

  /** Ends every worker that still works. */
  async rest(): Promise<void> {
    for (const drain of this.#drains.splice(0)) drain.abort();
    await Promise.all(this.#working.splice(0));
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
    for (const exchange of this.#exchanges.splice(0)) exchange.close();
    this.said.length = 0;
  }

  async end(): Promise<void> {
    await this.rest();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What differs from a plain night. */
export interface NightOver {
  id?: string;
  /** Of a night that is gone on with. */
  folder?: string;
  record?: Partial<NightRecord>;
  needsOf?: (run: PlannedRun) => Needs;
  patienceMs?: number;
  budgetMs?: number;
  stop?: AbortSignal;
  leave?: AbortSignal;
}

/** A night under way. */
export interface Night {
  id: string;
  folder: string;
  runner: RemoteRunner;
  exchange: Exchange;
  done: Promise<Conducted>;
}

/** `pass/w/n#1 first pass`, in any order. */
export function told({ attempts }: Conducted): string[] {
  return attempts.map(({ run: id, purpose, verdict: v }) => `${id} ${purpose} ${v}`).sort();
}
