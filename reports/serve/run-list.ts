/**
 * The runs and nights of a store as rows of a list. What ended is read once; a run that goes on is read again at
 * every look.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CAMPAIGN_FILES } from '../../harness/campaign/journal.ts';
import type { CampaignSummary } from '../../harness/campaign/summary.ts';
import { isRunning } from '../../harness/store/event-log.ts';
import type { RunMeta, VerdictFile } from '../../harness/store/files.ts';
import type { RunFolder } from '../../harness/store/run-folder.ts';
import { Store } from '../../harness/store/store.ts';
import type { Verdict } from '../../harness/verdict.ts';

/** How a run stands: its verdict, or that it goes on, or that it ended without one. */
export type Standing = Verdict | 'running' | 'no verdict';

/** One run. */
export interface RunRow {
  /** `<name>/<timestamp>-<seed>`. */
  id: string;
  name: string;
  standing: Standing;
  /** One sentence: why that verdict. */
  sentence: string;
  system: string;
  workload: string;
  backend: string;
  bugs: readonly string[];
  /** Kinds of faults that were planned. */
  faults: readonly string[];
  seed: number | null;
  /** ISO 8601. */
  started: string;
  durationMs: number | null;
  hasReport: boolean;
}

/** One night of a campaign. */
export interface NightRow {
  id: string;
  name: string;
  standing: Standing;
  runs: number;
  failed: number;
  started: string;
  hasReport: boolean;
}

/** Rows of one store, newest first. */
export class RunList {
  readonly #store: Store;
  readonly #ended = new Map<string, { atMs: number; row: RunRow }>();
  readonly #nights = new Map<string, { atMs: number; row: NightRow }>();

  constructor(workingDirectory: string) {
    this.#store = new Store(workingDirectory);
  }

  /** Absolute path of the store. */
  get root(): string {
    return this.#store.root;
  }

  /** All runs. O(runs) file times, and O(size) of what changed since the last look. */
  runs(): RunRow[] {
    return this.#store.list().map((folder) => this.#row(folder));
  }

  /** The folder of a run in the store, null when there is none of this id. */
  folder(id: string): string | null {
    return this.#store.list().find((run) => run.id === id)?.path ?? null;
  }

  /** All nights. */
  nights(): NightRow[] {
    const rows: NightRow[] = [];
    for (const family of names(this.root)) {
      if (!family.startsWith('campaign-')) continue;
      for (const leaf of names(join(this.root, family))) {
        const row = this.#night(family, leaf);
        if (row !== null) rows.push(row);
      }
    }
    return rows.sort((a, b) => (a.started < b.started ? 1 : -1));
  }

  #row(folder: RunFolder): RunRow {
    const atMs = modifiedMs(folder.file('verdict'));
    const known = this.#ended.get(folder.id);
    if (known !== undefined && known.atMs === atMs) {
      if (known.row.hasReport) return known.row;
      return { ...known.row, hasReport: folder.has('report') };
    }
    const row = readRow(folder);
    if (atMs !== null) this.#ended.set(folder.id, { atMs, row });
    return row;
  }

  #night(family: string, leaf: string): NightRow | null {
    const path = join(this.root, family, leaf);
    if (!existsSync(join(path, CAMPAIGN_FILES.plan))) return null;
    const id = `${family}/${leaf}`;
    const atMs = modifiedMs(join(path, CAMPAIGN_FILES.summary));
    const known = this.#nights.get(id);
    if (known !== undefined && known.atMs === atMs) return known.row;
    const row = readNight(path, id);
    if (atMs !== null) this.#nights.set(id, { atMs, row });
    return row;
  }
}

function readRow(folder: RunFolder): RunRow {
  const meta = partOf<RunMeta>(folder.file('run'));
  const verdict = partOf<VerdictFile>(folder.file('verdict'));
  const [stamp = '', seed = ''] = basename(folder.path).split('-');
  return {
    id: folder.id,
    name: meta.name ?? folder.id.split('/')[0]!,
    standing: verdict.verdict ?? (isRunning(folder.path) ? 'running' : 'no verdict'),
    sentence: verdict.sentence ?? '',
    system: meta.system ?? '',
    workload: meta.workload ?? '',
    backend: meta.backend ?? '',
    bugs: meta.bugs ?? [],
    faults: [...new Set((verdict.faults ?? []).map(({ fault }) => fault))].sort(),
    seed: meta.seed ?? (/^\d+$/.test(seed) ? Number(seed) : null),
    started: meta.started ?? isoOf(stamp),
    durationMs: meta.durationMs ?? null,
    hasReport: folder.has('report'),
  };
}

function readNight(path: string, id: string): NightRow {
  const summary = partOf<CampaignSummary>(join(path, CAMPAIGN_FILES.summary));
  const counts: Partial<Record<Verdict, number>> = summary.counts ?? {};
  const leaf = basename(path);
  return {
    id,
    name: summary.name ?? id.slice('campaign-'.length, id.indexOf('/')),
    standing: summary.verdict ?? 'no verdict',
    runs: Object.values(counts).reduce((sum, count) => sum + count, 0),
    failed: counts.fail ?? 0,
    started: summary.started ?? isoOf(leaf.split('-')[0]!),
    hasReport: existsSync(join(path, CAMPAIGN_FILES.report)),
  };
}

/** What a JSON file holds; nothing where it is missing or torn, as that of a run that was killed may be. */
function partOf<T>(path: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<T>;
  } catch {
    return {};
  }
}

function modifiedMs(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function names(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** `20261122T213736.123Z` as ISO 8601; nothing when it is no such stamp. */
function isoOf(stamp: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z$/.exec(stamp);
  if (parts === null) return '';
  const [, year, month, day, hour, minute, second, milli] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`;
}
