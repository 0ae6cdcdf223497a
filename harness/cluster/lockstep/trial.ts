/**
 * Does virtual time work here? An hour of sleep is over in no time, or it is said what stands in the way: tracing may
 * be forbidden in a container, seccomp filters absent from a kernel.
 */
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forget, killTree, runNow, startProcess } from '../processes.ts';
import { STEP_NOTES, StepChannel } from './step-channel.ts';

const HOUR_NS = 3600e9;

/** Lets a shell sleep for an hour of virtual time; what is not as it should be, or null. */
export async function tryStepper(stepper: string): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-steps-'));
  const [commands, reports] = [join(folder, 'in'), join(folder, 'out')];
  const failed = runNow(stepper, ['--fifos', commands, reports]);
  if (failed !== null) return failed;
  const channel = new StepChannel(commands, reports);
  const nowhere = openSync('/dev/null', 'w');
  try {
    const started = await startProcess(
      { file: stepper, args: ['1', '5', 'sh', '-c', 'sleep 3600; echo done'] },
      {},
      {
        protocol: 'none',
        stdoutFd: nowhere,
        stderrFd: nowhere,
        moreFds: [channel.commandFd, channel.reportFd],
      },
      () => undefined,
    );
    channel.handedOver();
    const sleeping = channel.ask('step', { monoNs: 0, wallNs: 0n }, Buffer.alloc(0));
    const over = channel.ask('step', { monoNs: HOUR_NS, wallNs: BigInt(HOUR_NS) }, Buffer.alloc(0));
    killTree(started);
    forget(started.pid);
    if (sleeping === null || over === null) return 'the stepper ended at once';
    if (sleeping.kind === 'trouble') return sleeping.words;
    if (sleeping.nextNs !== HOUR_NS) return 'a sleeping program was not seen to sleep';
    if (over.kind !== 'ended' || over.output !== 'done\n')
      return 'an hour of sleep was not over after an hour';
    if ((over.notes & STEP_NOTES.addresses) !== 0)
      return 'addresses of programs cannot be fixed: runs may differ';
    return null;
  } finally {
    channel.close();
    closeSync(nowhere);
    rmSync(folder, { recursive: true, force: true });
  }
}
