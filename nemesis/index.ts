/**
 * Every fault, by name. Adding one is a file beside this one and a line here.
 */
import type { Fault } from '../harness/contracts.ts';
import { bandwidth } from './bandwidth.ts';
import { byzantine } from './byzantine.ts';
import { clock } from './clock.ts';
import { corrupt } from './corrupt.ts';
import { damage } from './damage.ts';
import { disk } from './disk.ts';
import { duplicate } from './duplicate.ts';
import { flap } from './flap.ts';
import { eavesdrop, forge, replay } from './intrusions.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { descriptors, memory } from './limits.ts';
import { loss } from './loss.ts';
import { membership } from './membership.ts';
import { mtu } from './mtu.ts';
import { dropReply, dropRequest, slow } from './partial-failure.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { reorder } from './reorder.ts';
import { reset } from './reset.ts';
import { rolling } from './rolling.ts';
import { cpu } from './starve.ts';
import { tamper } from './tamper.ts';

/** The registry of faults. */
export const FAULTS = {
  partition,
  kill,
  pause,
  clock,
  latency,
  loss,
  duplicate,
  reorder,
  reset,
  bandwidth,
  tamper,
  corrupt,
  mtu,
  flap,
  replay,
  forge,
  eavesdrop,
  byzantine,
  'drop-request': dropRequest,
  'drop-reply': dropReply,
  slow,
  rolling,
  disk,
  power,
  damage,
  cpu,
  memory,
  descriptors,
  membership,
} as const satisfies Readonly<Record<string, Fault>>;

/** Name of a fault in the registry. */
export type FaultName = keyof typeof FAULTS;
