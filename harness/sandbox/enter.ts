/**
 * Runs a command in a sandbox as if it ran here: same input and output, its exit code, signals passed on. The command
 * ends when this process does, however that ends.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { SANDBOX_MARK, type SandboxWay, sandboxCommand } from './command.ts';

/** Tells a command of ours that descriptor 3 is where it hears of signals, and of the end of whoever started it. */
const CHANNEL_MARK = 'FAULTLINE_SANDBOX_CHANNEL';
const CHANNEL = 3;
/** Has the mark name the sandbox's own process namespace: only who is in it can know that. */
const MARKED = `${SANDBOX_MARK}=$(readlink /proc/self/ns/pid) exec "$@"`;
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH'];

/**
 * Enters with a command of ours, which calls `obeySandbox`. Resolves with its exit code; 137 where a signal ended it.
 */
export function enterSandbox(way: SandboxWay, command: readonly string[]): Promise<number> {
  const [file, ...args] = sandboxCommand(way, ['sh', '-c', MARKED, 'sh', ...command], process.pid);
  // A session of its own: keys at the terminal reach this process alone, which passes them on once.
  const child = spawn(file!, args, {
    detached: true,
    env: { ...process.env, [CHANNEL_MARK]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  const channel = child.stdio[CHANNEL] as Socket;
  channel.on('error', () => undefined);
  const pass = (name: NodeJS.Signals): void => void channel.write(`${name}\n`);
  for (const name of PASSED_ON) process.on(name, pass);
  return endOf(child).finally(() => {
    for (const name of PASSED_ON) process.off(name, pass);
    channel.destroy();
  });
}

/** Enters with somebody else's command, which shares the terminal with this process. Resolves as `enterSandbox`. */
export function lendSandbox(way: SandboxWay, command: readonly string[]): Promise<number> {
  const [file, ...args] = sandboxCommand(way, ['sh', '-c', MARKED, 'sh', ...command], process.pid);
  const child = spawn(file!, args, { stdio: 'inherit' });
  // Keys at the terminal are for the command; what ends this process ends the sandbox.
  const leave = (): void => undefined;
  process.on('SIGINT', leave);
  return endOf(child).finally(() => process.off('SIGINT', leave));
}

function endOf(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 137));
  });
}

/**
 * In a sandbox entered by `enterSandbox`: takes the signals that are passed on as its own, and ends at once, with
 * everything else in the sandbox, when whoever started it has ended. Elsewhere: nothing.
 */
export function obeySandbox(): void {
  if (process.env[CHANNEL_MARK] === undefined) return;
  // The descriptor is ours alone.
  delete process.env[CHANNEL_MARK];
  const channel = new Socket({ fd: CHANNEL, readable: true, writable: false });
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => {
    for (const name of text.trim().split('\n')) process.kill(process.pid, name);
  });
  channel.once('end', () => process.kill(process.pid, 'SIGKILL'));
  channel.on('error', () => undefined);
  channel.unref();
}
