/** How the end of a container is told, by an engine that is played here. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { describeExit } from '../../../../harness/cluster/cluster-error.ts';
import { EngineContainer, type RawContainer } from '../../../../harness/cluster/docker/engine-container.ts';

/** A container that runs until it ends with a status, for the kernel's want of memory or not. */
function played(status: number, OOMKilled: boolean): EngineContainer {
  const raw = {
    id: 'x',
    modem: { demuxStream: () => undefined },
    attach: async () => new PassThrough().end(),
    start: async () => undefined,
    wait: async () => ({ StatusCode: status }),
    inspect: async () => ({
      State: { Pid: 1, Paused: false, Running: false, ExitCode: status, OOMKilled },
      Config: {},
      NetworkSettings: { Ports: {} },
    }),
  } as unknown as RawContainer;
  return new EngineContainer(raw, (work) => work);
}

it.each<[number, boolean, string]>([
  [137, true, 'signal SIGKILL (by the kernel: more memory than docker.memory allows)'],
  [137, false, 'signal SIGKILL'],
  [3, true, 'exit code 3'],
])('tells status %i, out of memory %s, as %s', async (status, oom, words) => {
  const sinks = { stdout: () => undefined, stderr: () => undefined };
  const { exited } = await played(status, oom).start(sinks, async () => undefined);
  expect(describeExit(await exited)).toBe(words);
});
