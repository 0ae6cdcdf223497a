/**
 * The commands, in the order in which help lists them.
 */
import type { Command } from '../command.ts';
import { withPlugins } from '../plugin-loading.ts';
import { campaign } from './campaign.ts';
import { causality } from './causality.ts';
import { check } from './check.ts';
import { clean } from './clean.ts';
import { completion } from './completion.ts';
import { demo } from './demo.ts';
import { describe } from './describe.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor.ts';
import { explore } from './explore.ts';
import { init } from './init.ts';
import { kit } from './kit.ts';
import { list } from './list.ts';
import { maelstrom } from './maelstrom.ts';
import { measure } from './measure.ts';
import { create } from './new.ts';
import { replay } from './replay.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { sandbox } from './sandbox.ts';
import { serve } from './serve.ts';
import { show } from './show.ts';
import { shrink } from './shrink.ts';
import { suite } from './suite.ts';
import { tune } from './tune.ts';
import { worker } from './worker.ts';

/** Every command of the command line. */
export const COMMANDS: readonly Command[] = [
  withPlugins(demo),
  withPlugins(run),
  withPlugins(suite),
  withPlugins(campaign),
  worker,
  maelstrom,
  withPlugins(check),
  withPlugins(replay),
  withPlugins(shrink),
  withPlugins(explore),
  withPlugins(tune),
  report,
  show,
  runs,
  diff,
  serve,
  withPlugins(list),
  withPlugins(describe),
  causality,
  withPlugins(measure),
  doctor,
  init,
  create,
  kit,
  sandbox,
  clean,
  completion(() => COMMANDS),
];
