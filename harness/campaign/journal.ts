/**
 * The journal of a campaign: a line when a run starts and a line when it ended, so that a campaign that was killed
 * goes on where it was. A torn last line is what a crash leaves, and is left out.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../registry.ts';
import { readJson } from '../store/atomic.ts';
import type { Attempt, Purpose } from './attempts.ts';
import type { CampaignPlan } from './types.ts';

/** Names of the files in a campaign's folder. */
export const CAMPAIGN_FILES = {
  plan: 'campaign-plan.json',
  journal: 'journal.jsonl',
  summary: 'summary.json',
  markdown: 'summary.md',
  junit: 'junit.xml',
  report: 'report.html',
  runs: 'runs',
} as const;

/** A process that was started. */
export interface StartedAttempt {
  kind: 'started';
  run: string;
  attempt: number;
  purpose: Purpose;
  seed: number | null;
  fromMs: number;
  slot: number;
  folder: string;
  pid: number;
  startTicks: number;
}

/** One line. */
export type JournalLine = StartedAttempt | ({ kind: 'ended' } & Attempt);

/** What is known about a campaign from its folder. */
export interface Unfinished {
  plan: StoredPlan;
  /** Tries that ended. */
  ended: Attempt[];
  /** Tries that were started and of which nobody knows the end. */
  open: StartedAttempt[];
}

/** The plan as it is stored: with when the night began and by which command. */
export interface StoredPlan extends CampaignPlan {
  /** ISO 8601. */
  started: string;
  /** Tells it from another that began at the same time. Absent in plans of earlier versions. */
  nonce?: number;
  command: string;
  /** The campaign's file as it was named, and where. */
  file: string;
  cwd: string;
  /** Of faultline and of Node. */
  versions: { faultline: string; node: string };
}

/** Adds a line, at once. */
export function journalLine(folder: string, line: JournalLine): void {
  appendFileSync(join(folder, CAMPAIGN_FILES.journal), `${JSON.stringify(line)}\n`);
}

/** Reads a campaign's folder. Throws `UsageError` when it is none. */
export function readCampaign(folder: string): Unfinished {
  const plan = readJson(join(folder, CAMPAIGN_FILES.plan), 'campaign') as StoredPlan;
  if (plan?.schema !== 1) {
    throw new UsageError('this campaign is not of version 1', {
      file: join(folder, CAMPAIGN_FILES.plan),
      hint: 'use the faultline that began it',
    });
  }
  const path = join(folder, CAMPAIGN_FILES.journal);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  // Behind the last line feed is nothing, or a line that was never finished.
  const lines = text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => parsed(line) ?? []);
  const ended = lines.flatMap((line) => (line.kind === 'ended' ? [attemptOf(line)] : []));
  const open = lines.flatMap((line) =>
    line.kind === 'started' && !ended.some((one) => one.run === line.run && one.attempt === line.attempt)
      ? [line]
      : [],
  );
  return { plan, ended, open };
}

function parsed(text: string): JournalLine | null {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    return null;
  }
}

function attemptOf({ kind, ...attempt }: { kind: 'ended' } & Attempt): Attempt {
  return attempt;
}
