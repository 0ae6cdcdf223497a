/**
 * The commands, in the order in which help lists them.
 */
import type { Command } from '../command.ts';
import { clean } from './clean.ts';
import { demo } from './demo.ts';
import { describe } from './describe.ts';
import { doctor } from './doctor.ts';
import { list } from './list.ts';
import { run } from './run.ts';

/** Every command of the command line. */
export const COMMANDS: readonly Command[] = [demo, run, list, describe, doctor, clean];
