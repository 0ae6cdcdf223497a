/**
 * What the program of a `command` section asks of a run beyond its system: fixed ports, restarts, patience.
 */
import type { CommandSpec } from '../../harness/config/command-types.ts';
import type { NodeId } from '../../harness/contracts.ts';
import type { RunSpec } from '../../harness/run/spec.ts';

/** The parts of a run that a command decides. */
export function commandExtras(
  command: CommandSpec,
  nodes: readonly NodeId[],
): Pick<RunSpec, 'restart' | 'readyMs' | 'fixedPorts'> {
  const { policy, delayMs, limit } = command.restart;
  const fixed = command.ports.filter((port) => port.base !== null);
  const fixedPorts = Object.fromEntries(
    nodes.map((node, i) => [node, Object.fromEntries(fixed.map(({ name, base }) => [name, base! + i]))]),
  );
  return {
    restart: { policy, delayMs, max: limit },
    readyMs: command.ready.timeoutMs,
    ...(fixed.length > 0 ? { fixedPorts } : {}),
  };
}
