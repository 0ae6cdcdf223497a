/**
 * Who said a value of a configuration: what resolved configurations and run.json carry.
 */
import type { Json } from '../op.ts';

/** Who said a value. */
export type OriginKind =
  | 'default'
  | 'system'
  | 'workload'
  | 'file'
  | 'suite'
  | 'campaign'
  | 'demo'
  | 'flag'
  | 'environment'
  | 'plan'
  | 'drawn';

/** Who said a value, and where exactly: `faultline.yaml:12`, `--time-limit`, `DOCKER_HOST`. */
export interface Origin {
  from: OriginKind;
  at?: string;
}

/** Where the file, or whatever stands for one, has a value: steps from its root. */
export type OriginOf = (path: readonly string[]) => Origin;

/** One value of a run's configuration as run.json keeps it. */
export interface ConfiguredValue {
  /** `timeLimit`, `set.electionMs`, `nemesis[0]`. */
  name: string;
  value: Json;
  from: OriginKind;
  at?: string;
}
