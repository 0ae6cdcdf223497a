/**
 * One run's folder: where each file is, and typed reading and writing of them.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { NodeId } from '../contracts.ts';
import { type Plan, renderPlan } from '../plan/plan.ts';
import { UsageError } from '../registry.ts';
import { readJson, writeAtomic, writeJson } from './atomic.ts';
import { RUN_FILES, type RunMeta, type VerdictFile } from './files.ts';

/** A run folder by path; cheap to make, nothing is read before it is asked for. */
export class RunFolder {
  /** Absolute, or as it was given. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** `<name>/<timestamp>-<seed>` by its place in the store. */
  get id(): string {
    return `${basename(dirname(this.path))}/${basename(this.path)}`;
  }

  /** Path of one of the files every run has. */
  file(which: keyof typeof RUN_FILES): string {
    return join(this.path, RUN_FILES[which]);
  }

  has(which: keyof typeof RUN_FILES): boolean {
    return existsSync(this.file(which));
  }

  /** The folder of a node's captured output; made when it is not there. */
  logs(node: NodeId): string {
    const folder = join(this.file('logs'), node);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Writes plan.json: the same plan gives the same bytes. */
  writePlan(plan: Plan): void {
    writeAtomic(this.file('plan'), renderPlan(plan));
  }

  /** Throws `UsageError` when there is none, or a later faultline wrote it. */
  readPlan(): Plan {
    const plan = readJson(this.file('plan'), 'plan') as Plan;
    this.#known('plan', plan?.version);
    return plan;
  }

  writeMeta(meta: RunMeta): void {
    writeJson(this.file('run'), meta);
  }

  /** Throws `UsageError` when there is none, or a later faultline wrote it. */
  readMeta(): RunMeta {
    const meta = readJson(this.file('run'), 'run description') as RunMeta;
    this.#known('run', meta?.schema);
    return meta;
  }

  writeVerdict(verdict: VerdictFile): void {
    writeJson(this.file('verdict'), verdict);
  }

  /** Throws `UsageError` when there is none, or a later faultline wrote it. */
  readVerdict(): VerdictFile {
    const verdict = readJson(this.file('verdict'), 'verdict') as VerdictFile;
    this.#known('verdict', verdict?.schema);
    return verdict;
  }

  #known(which: keyof typeof RUN_FILES, version: unknown): void {
    if (version === 1) return;
    throw new UsageError(`this file has version ${JSON.stringify(version)}, this faultline reads version 1`, {
      file: this.file(which),
      hint: 'use the faultline that wrote it',
    });
  }
}

/** True for a folder that holds at least one of the files a run is made of. */
export function isRunFolder(path: string): boolean {
  return [RUN_FILES.plan, RUN_FILES.history, RUN_FILES.run].some((name) => existsSync(join(path, name)));
}
