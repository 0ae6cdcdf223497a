/**
 * Starts one reference node as a process: picks the program, the storage and the transport.
 */
import { PROGRAMS } from './programs.ts';
import { parseNodeArguments, UsageError } from './runtime/arguments.ts';
import { note, processEffects } from './runtime/effects.ts';
import { serveStdio } from './runtime/stdio.ts';
import { serveTcp } from './runtime/tcp.ts';

function main(): void {
  const { kind, config, dataDir, seed, tcp } = parseNodeArguments(
    process.argv.slice(2),
    Object.values(PROGRAMS),
  );
  const effects = processEffects({
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(seed === undefined ? {} : { seed }),
  });
  const program = kind.create(config);
  if (tcp === undefined) serveStdio(program, effects);
  else serveTcp(program, tcp, effects);
}

try {
  main();
} catch (error) {
  note(error instanceof UsageError ? error.message : String((error as Error).stack ?? error));
  process.exit(error instanceof UsageError ? 64 : 1);
}
