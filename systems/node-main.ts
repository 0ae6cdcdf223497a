/**
 * Starts one node of a module of the user's own as a process: `node node-main.js <module> <data folder>`. It speaks the
 * Maelstrom protocol on standard input and output; what it throws ends it, as it would end any process.
 */
import { made, type NodeSettings, type UserNode } from '../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../harness/sim/node-module.ts';
import type { Program } from './reference/api.ts';
import { note, processEffects } from './reference/runtime/effects.ts';
import { serveStdio } from './reference/runtime/stdio.ts';

function ended(error: unknown): never {
  note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}

/** Handlers may be asynchronous: nobody waits for them. */
function watched(work: () => unknown): void {
  try {
    void Promise.resolve(work()).catch(ended);
  } catch (error) {
    ended(error);
  }
}

function programOf(path: string, settings: NodeSettings): Program {
  const factory = loadNodeModule(path)();
  let user: UserNode;
  return {
    init: (node) =>
      watched(async () => {
        user = made(factory, node, settings);
        await user.init?.(node);
        await user.start?.();
      }),
    onMessage: (from, body) => watched(() => user.onMessage(from, body)),
    onTimer: (name) => watched(() => user.onTimer?.(name)),
  };
}

const [path = '', dataDir] = process.argv.slice(2);
const settings = JSON.parse(process.env['FAULTLINE_SETTINGS'] ?? '{"options":{},"bugs":[]}') as NodeSettings;
serveStdio(programOf(path, settings), processEffects(dataDir === undefined ? {} : { dataDir }));
