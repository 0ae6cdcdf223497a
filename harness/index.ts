/**
 * The public surface of the package: what a configuration in TypeScript, a client of one's own, or a program
 * that reads stored runs may import from `faultline`.
 */
export { defineConfig } from './config/define.ts';
export type { Config } from './config/types.ts';
export {
  type Capability,
  type Client,
  type Cluster,
  type Evidence,
  type Fault,
  type Invocation,
  OpFailure,
  type System,
  type SystemContext,
} from './contracts.ts';
export { HistoryBuilder, HistoryError, historyOf } from './history/builder.ts';
export { type ExportFormat, writeHistory } from './history/export.ts';
export { History } from './history/history.ts';
export { type HistoryFormat, type OpenedHistory, readHistory } from './history/open.ts';
export type { ReadOptions, ReadResult } from './history/read-result.ts';
export type { Json, Op, OpError, OpType, Phase, Process } from './op.ts';
export { UsageError } from './registry.ts';
export type { RunMeta, VerdictFile } from './store/files.ts';
export { RunFolder } from './store/run-folder.ts';
export { Store } from './store/store.ts';
export type { Anomaly, CheckerResult, Verdict } from './verdict.ts';
