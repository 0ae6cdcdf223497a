/**
 * Runs checkers over a history in worker threads, several at a time, each under limits of time and memory.
 * Nothing a checker does can take the run down: it answers, or it is `unknown` with how far it got, or, when
 * it threw, `broken` with what it said.
 */
import { availableParallelism } from 'node:os';
import type { History } from '../history/history.ts';
import type { CheckerResult, Verdict } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import { Crew, CrewHall } from './crew.ts';
import { JudgeLane } from './lane.ts';
import { DEFAULT_LIMITS, type JudgeLimits } from './messages.ts';

/** A checker's answer and how long it took. */
export type JudgedResult = CheckerResult & { millis: number };

/** What the judge reports while it works. `checker` is the name in the result. */
export type JudgeProgress =
  | { kind: 'started'; checker: string }
  | { kind: 'finished'; checker: string; verdict: Verdict; millis: number; result: JudgedResult };

/** What to judge, with what, and within which limits. */
export interface JudgeRequest {
  history: History;
  specs: readonly CheckerSpec[];
  /** Entry file of the workers: compiled JavaScript that calls `serveCheckers`. */
  workerUrl: URL;
  limits?: Partial<JudgeLimits>;
  /** Workers at a time; default: one per core. */
  parallel?: number;
  onProgress?: (progress: JudgeProgress) => void;
  /** Calls off what has not answered yet: it becomes `unknown`. */
  signal?: AbortSignal;
}

/**
 * Judges a history. The result holds one entry per spec, by checker name (a name used again gets `#2`, `#3`).
 * Never rejects on account of a checker.
 */
export async function judge(request: JudgeRequest): Promise<Record<string, JudgedResult>> {
  const jobs = named(request.specs);
  const results: Record<string, JudgedResult> = {};
  for (const job of jobs) results[job.name] = pending();
  if (jobs.length === 0) return results;

  const limits: JudgeLimits = { ...DEFAULT_LIMITS, ...request.limits };
  const transfer = request.history.toTransfer();
  // More lanes than checkers: those without one of their own wait for a check to help with.
  const width = Math.max(1, request.parallel ?? availableParallelism());
  const hall = new CrewHall();
  let next = 0;
  let left = jobs.length;
  const judgeOne = async (lane: JudgeLane, job: (typeof jobs)[number]): Promise<void> => {
    request.onProgress?.({ kind: 'started', checker: job.name });
    const result = await lane.run(job.spec, new Crew(job.spec, hall));
    results[job.name] = result;
    const { verdict, millis } = result;
    request.onProgress?.({ kind: 'finished', checker: job.name, verdict, millis, result });
    if (--left === 0) hall.close();
  };
  const drain = async (): Promise<void> => {
    const lane = new JudgeLane(request.workerUrl, transfer, limits, request.signal);
    try {
      for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) await judgeOne(lane, job);
      for (let crew = await hall.next(); crew !== null; crew = await hall.next()) await crew.join(lane);
    } finally {
      await lane.close();
    }
  };
  await Promise.all(Array.from({ length: width }, drain));
  return results;
}

/** Gives every spec a name of its own. */
function named(specs: readonly CheckerSpec[]): { name: string; spec: CheckerSpec }[] {
  const uses = new Map<string, number>();
  return specs.map((spec) => {
    const use = (uses.get(spec.name) ?? 0) + 1;
    uses.set(spec.name, use);
    return { name: use === 1 ? spec.name : `${spec.name}#${use}`, spec };
  });
}

/** Holds the place of a result, so that results keep the order of the specs. */
function pending(): JudgedResult {
  return { verdict: 'broken', anomalies: [], stats: {}, note: 'was not run', millis: 0 };
}
