/**
 * Said by whoever finds that the work at hand needs a sandbox around this whole process, so that the command can be
 * started again inside of one, before anything was done.
 */
import type { SandboxWay } from './command.ts';

/** Not a failure: the command is to be entered with `enterSandbox`. */
export class SandboxNeeded extends Error {
  readonly way: SandboxWay;

  constructor(way: SandboxWay) {
    super('this needs a sandbox around the harness');
    this.name = 'SandboxNeeded';
    this.way = way;
  }
}
